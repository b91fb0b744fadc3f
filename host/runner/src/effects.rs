//! What effects do to the contact, its conversations and messages: plain values, no store.
//!
//! A [`Draft`] begins as the contact was read, takes effects step by step, and ends as the [`ContactCommit`] that goes
//! with the records. Names become ids here; the sandbox has checked them already, so an unknown one means that it was
//! removed while the step ran.

use std::sync::Arc;

use hookbox_model::{
    Contact, Conversation, ConversationId, ConversationState, Effect, FieldFault, InboxId, Message, MessageState, Note,
    NoteId, RunId, StateAccess, Timestamp, WritePolicy,
};
use hookbox_store::{ContactCommit, ConversationCommit, Known, StateCommit};
use uuid::Uuid;

use crate::names::Names;
use crate::plugin_state::TurnState;

/// A contact with its conversations while a run changes them.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// As it was read; absent when nobody stored it yet.
    before: Option<Arc<Contact>>,
    contact: Arc<Contact>,
    conversations: Vec<Thread>,
    messages: Vec<Message>,
    /// What plugins looked at and left of their state, if any did. Shared with the call that goes on from it.
    state: Option<Arc<TurnState>>,
    ids: Ids,
    changed: bool,
}

/// Where the ids of conversations and notes come from.
#[derive(Debug, Clone, Copy)]
enum Ids {
    /// They are new.
    New,
    /// They follow one another from this one on, the same each time: nothing of them is stored.
    Following(Uuid),
}

#[derive(Debug, Clone)]
struct Thread {
    /// As it was read; absent when this run begins it.
    before: Option<Arc<Conversation>>,
    conversation: Arc<Conversation>,
    changed: bool,
}

/// Where effects come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) run: RunId,
    pub(crate) step: &'a str,
    /// The automation's inbox.
    pub(crate) inbox: InboxId,
    pub(crate) now: Timestamp,
}

/// An effect cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EffectFault {
    /// A list, inbox or member was removed while the step ran.
    #[error("there is no {what} {name:?} in this workspace any more; add it or change the step, then replay the run")]
    Unknown { what: &'static str, name: String },
    /// A value does not suit its field.
    #[error("{0}; mend the value or the field's declaration, then replay the run")]
    Field(#[from] FieldFault),
}

impl EffectFault {
    /// A short word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-name",
            Self::Field(_) => "invalid-field",
        }
    }
}

impl Draft {
    /// Begins with the contact as it was read; version 0 is a contact nobody stored yet.
    pub(crate) fn of(known: Known) -> Self {
        let thread = |conversation: Arc<Conversation>| Thread {
            before: Some(conversation.clone()),
            conversation,
            changed: false,
        };
        Self {
            before: (known.contact.version > 0).then(|| known.contact.clone()),
            contact: known.contact,
            conversations: known.conversations.into_iter().map(thread).collect(),
            messages: Vec::new(),
            state: None,
            ids: Ids::New,
            changed: false,
        }
    }

    /// The same, with ids that follow from `first`, for a rehearsal that can be repeated.
    pub(crate) fn with_ids_after(self, first: Uuid) -> Self {
        Self { ids: Ids::Following(first), ..self }
    }

    /// The contact as the effects so far left it.
    pub(crate) fn contact(&self) -> &Arc<Contact> {
        &self.contact
    }

    /// The conversation of an inbox as the effects so far left it.
    pub(crate) fn conversation(&self, inbox: InboxId) -> Option<&Arc<Conversation>> {
        self.conversations.iter().map(|thread| &thread.conversation).find(|conversation| conversation.inbox == inbox)
    }

    /// The plugin state that the steps so far looked at and left.
    pub(crate) fn state(&self) -> Option<Arc<TurnState>> {
        self.state.clone()
    }

    /// About how many bytes of plugin state it holds.
    pub(crate) fn state_bytes(&self) -> usize {
        self.state.as_ref().map_or(0, |state| state.bytes())
    }

    /// Adds what a step of `plugin` did with its state.
    pub(crate) fn remember(&mut self, plugin: &str, accesses: Vec<StateAccess>) {
        if !accesses.is_empty() {
            Arc::make_mut(self.state.get_or_insert_default()).add(plugin, accesses);
        }
    }

    /// What is to be committed of plugin state.
    pub(crate) fn take_state(&mut self) -> Vec<StateCommit> {
        self.state.take().map(|state| Arc::unwrap_or_clone(state).into_commits()).unwrap_or_default()
    }

    /// Changes the contact; the draft is changed if the contact is.
    pub(crate) fn change_contact(&mut self, change: impl FnOnce(&mut Contact) -> bool) {
        if change(Arc::make_mut(&mut self.contact)) {
            self.changed = true;
        }
    }

    /// Applies one effect.
    pub(crate) fn apply(&mut self, effect: &Effect, names: &Names, origin: Origin<'_>) -> Result<(), EffectFault> {
        let unknown = |what, name: &String| EffectFault::Unknown { what, name: name.clone() };
        match effect {
            Effect::SetField { name, value } => {
                let contact = Arc::make_mut(&mut self.contact);
                self.changed |= contact.write_field(name, value.clone(), WritePolicy::Overwrite, names.field(name))?;
            }
            Effect::ClearField { name } => self.change_contact(|contact| contact.fields.remove(name).is_some()),
            Effect::AddTag { tag } => self.change_contact(|contact| contact.tags.insert(tag.clone())),
            Effect::RemoveTag { tag } => self.change_contact(|contact| contact.tags.remove(tag)),
            Effect::AddToList { list } => {
                let id = names.list(list).ok_or_else(|| unknown("list", list))?;
                self.change_contact(|contact| contact.lists.insert(id));
            }
            Effect::RemoveFromList { list } => {
                let id = names.list(list).ok_or_else(|| unknown("list", list))?;
                self.change_contact(|contact| contact.lists.remove(&id));
            }
            Effect::Assign { to } => {
                let member = names.member(to).ok_or_else(|| unknown("member", to))?;
                self.change_conversation(origin.inbox, origin.now, |conversation| conversation.assignee = Some(member));
            }
            Effect::Unassign => {
                self.change_conversation(origin.inbox, origin.now, |conversation| conversation.assignee = None);
            }
            Effect::Close => self.set_state(origin, ConversationState::Closed),
            Effect::Reopen => self.set_state(origin, ConversationState::Open),
            Effect::AddNote { body } => self.add_note(body, origin),
            Effect::Send { inbox, .. } => {
                let inbox = match inbox {
                    None => origin.inbox,
                    Some(name) => names.inbox(name).ok_or_else(|| unknown("inbox", name))?,
                };
                self.send(effect, inbox, names, origin);
            }
        }
        Ok(())
    }

    /// What is to be committed with the records, and the contact as it will be known.
    pub(crate) fn finish(self, now: Timestamp) -> (ContactCommit, Known) {
        let Self { before, mut contact, conversations, messages, changed, .. } = self;
        let touched =
            changed || before.is_none() || !messages.is_empty() || conversations.iter().any(|thread| thread.changed);
        if touched {
            let after = Arc::make_mut(&mut contact);
            after.version += 1;
            after.updated_at = now;
        }
        let mut known = Known { contact: contact.clone(), conversations: Vec::with_capacity(conversations.len()) };
        let mut commits = Vec::new();
        for Thread { before, mut conversation, changed } in conversations {
            if changed {
                Arc::make_mut(&mut conversation).version += 1;
                commits.push(ConversationCommit { before, after: conversation.clone() });
            }
            known.conversations.push(conversation);
        }
        (ContactCommit { before, after: contact, conversations: commits, messages }, known)
    }

    fn send(&mut self, effect: &Effect, inbox: InboxId, names: &Names, origin: Origin<'_>) {
        let Effect::Send { message, body, media, send_at, .. } = effect else { return };
        self.change_conversation(inbox, origin.now, |conversation| conversation.state = ConversationState::Open);
        let conversation = self.conversation(inbox).expect("it was begun or found just now");
        let message = Message::outgoing(*message, conversation, body.clone(), origin.now);
        let mut message = Message {
            media: media.clone(),
            send_at: *send_at,
            run: Some(origin.run),
            step: Some(origin.step.to_owned()),
            ..message
        };
        set_out(&mut message, names, &self.contact, origin.now);
        self.messages.push(message);
    }

    fn change_conversation(
        &mut self,
        inbox: InboxId,
        now: Timestamp,
        change: impl FnOnce(&mut Conversation),
    ) -> ConversationId {
        let at = self.conversations.iter().position(|thread| thread.conversation.inbox == inbox);
        let at = at.unwrap_or_else(|| {
            let id = ConversationId::from_uuid(self.ids.next());
            let begun = Conversation::begun(id, self.contact.workspace, self.contact.id, inbox, now);
            self.conversations.push(Thread { before: None, conversation: Arc::new(begun), changed: true });
            self.conversations.len() - 1
        });
        let thread = &mut self.conversations[at];
        let conversation = Arc::make_mut(&mut thread.conversation);
        change(conversation);
        conversation.updated_at = now;
        thread.changed = true;
        thread.conversation.id
    }

    fn set_state(&mut self, origin: Origin<'_>, state: ConversationState) {
        self.change_conversation(origin.inbox, origin.now, |conversation| conversation.state = state);
    }

    fn add_note(&mut self, body: &str, origin: Origin<'_>) {
        let id = NoteId::from_uuid(self.ids.next());
        let note = Note { id, body: body.to_owned(), run: Some(origin.run), created_at: origin.now };
        self.change_conversation(origin.inbox, origin.now, |conversation| {
            if conversation.notes.len() >= Conversation::NOTES_MAX {
                conversation.notes.remove(0);
            }
            conversation.notes.push(note);
        });
    }
}

impl Ids {
    fn next(&mut self) -> Uuid {
        match self {
            Self::New => Uuid::now_v7(),
            Self::Following(last) => {
                *last = Uuid::from_u128(last.as_u128().wrapping_add(1));
                *last
            }
        }
    }
}

/// The state that a message begins in: suppressed when the contact may not be written to, held through quiet hours, queued
/// until it is due, queued for its channel, or (an inbox without one) sent at once to nobody. One that is kept for later is
/// marked too when its inbox has no channel now: only such a one may go to nobody then. The commit is refused unless the
/// contact is stored as it is here, so its consent is that of the committing transaction.
fn set_out(message: &mut Message, names: &Names, contact: &Contact, now: Timestamp) {
    if let Some(refusal) = contact.consent.refusal() {
        message.state = MessageState::Suppressed;
        message.reason = Some(refusal);
        return;
    }
    let earliest = message.send_at.filter(|send_at| *send_at > now);
    let channel = names.sending(message.inbox).is_some_and(|sending| sending.channel);
    message.sandbox = !channel;
    if let Some(end) = names.quiet_until(message.inbox, contact, earliest.unwrap_or(now)) {
        message.state = MessageState::Held;
        message.due_at = Some(end);
        message.reason = Some("quiet hours".to_owned());
    } else if earliest.is_some() || channel {
        message.due_at = earliest.or(Some(now));
    } else {
        message.state = MessageState::Sent;
        message.sent_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookbox_model::{
        ConsentWord, Contact, ContactId, Effect, Field, FieldId, FieldKind, FieldValue, Hours, Identifier, InboxId,
        MessageId, MessageState, RunId, Timestamp, WorkspaceId,
    };
    use hookbox_store::Known;

    use super::{Draft, Origin};
    use crate::names::{Names, Sending};

    const ORIGIN: Origin<'static> = Origin {
        run: RunId::from_bytes([7; 16]),
        step: "tell them",
        inbox: InboxId::from_bytes([2; 16]),
        now: Timestamp::from_millis(1_000),
    };

    fn draft() -> Draft {
        let identifier = Identifier::Phone("+12155556677".into());
        let (id, workspace) = (ContactId::from_bytes([9; 16]), WorkspaceId::from_bytes([8; 16]));
        let mut contact = Contact::unknown(id, workspace, &identifier, Timestamp::default());
        contact.version = 4;
        Draft::of(Known { contact: Arc::new(contact), conversations: Vec::new() })
    }

    fn apply(draft: &mut Draft, effect: Effect) -> Result<(), super::EffectFault> {
        draft.apply(&effect, &Names::of_tests(), ORIGIN)
    }

    #[test]
    fn effects_of_a_run_become_one_commit_at_the_next_version() {
        let mut draft = draft();
        let send = Effect::Send {
            message: MessageId::from_bytes([5; 16]),
            inbox: None,
            body: "Hi".into(),
            media: Vec::new(),
            send_at: None,
        };
        for effect in [
            Effect::SetField { name: "first_name".into(), value: FieldValue::Text("John".into()) },
            Effect::AddToList { list: "customers".into() },
            send,
            Effect::Assign { to: "front-desk".into() },
            Effect::Close,
        ] {
            apply(&mut draft, effect).expect("every name is known");
        }
        let (commit, known) = draft.finish(Timestamp::from_millis(2_000));
        assert_eq!(commit.before.as_ref().map(|before| before.version), Some(4));
        assert_eq!(commit.after.version, 5);
        assert_eq!(commit.after.lists.len(), 1);
        assert_eq!(commit.messages.len(), 1);
        let [conversation] = &commit.conversations[..] else { panic!("one conversation began") };
        assert!(conversation.before.is_none());
        let conversation = &conversation.after;
        assert_eq!((conversation.version, conversation.assignee.is_some()), (1, true));
        assert_eq!(conversation.state, hookbox_model::ConversationState::Closed);
        assert_eq!(commit.messages[0].conversation, conversation.id);
        assert_eq!(known.contact, commit.after);
    }

    #[test]
    fn effects_that_change_nothing_leave_the_contact_as_it_was_read() {
        let mut draft = draft();
        apply(&mut draft, Effect::ClearField { name: "nothing".into() }).expect("no name to look up");
        apply(&mut draft, Effect::RemoveFromList { list: "customers".into() }).expect("a known list");
        let (commit, _) = draft.finish(Timestamp::default());
        assert_eq!(commit.before.as_ref(), Some(&commit.after), "it is only checked");
    }

    #[test]
    fn a_name_that_was_removed_meanwhile_is_named() {
        let unknown = apply(&mut draft(), Effect::Assign { to: "nobody".into() }).expect_err("not a member");
        assert!(unknown.to_string().starts_with("there is no member \"nobody\""));
    }

    fn sent(names: &Names, send_at: Option<Timestamp>) -> hookbox_model::Message {
        let mut draft = draft();
        let message = MessageId::from_bytes([5; 16]);
        let send = Effect::Send { message, inbox: None, body: "Hi".into(), media: Vec::new(), send_at };
        draft.apply(&send, names, ORIGIN).expect("every name is known");
        draft.finish(ORIGIN.now).0.messages.remove(0)
    }

    #[test]
    fn a_message_is_sent_to_nobody_queued_or_held_as_its_inbox_says() {
        let sandbox = sent(&Names::of_tests(), None);
        assert_eq!((sandbox.state, sandbox.sandbox, sandbox.sent_at), (MessageState::Sent, true, Some(ORIGIN.now)));
        let later = Timestamp::from_millis(60_000);
        let scheduled = sent(&Names::of_tests(), Some(later));
        assert_eq!((scheduled.state, scheduled.due_at, scheduled.sandbox), (MessageState::Queued, Some(later), true));
        let channel = || Sending { channel: true, quiet_hours: None };
        let queued = sent(&Names::of_tests().with_sending(channel()), None);
        assert_eq!((queued.state, queued.due_at), (MessageState::Queued, Some(ORIGIN.now)));
        let for_channel = sent(&Names::of_tests().with_sending(channel()), Some(later));
        assert!(
            !queued.sandbox && !for_channel.sandbox,
            "what is meant for a channel goes to nobody under no condition"
        );
        let time = |text: &str| text.parse().expect("a time of day");
        let night = Hours { days: Vec::new(), from: time("00:00"), to: time("08:00"), zone: None };
        let held = sent(&Names::of_tests().with_sending(Sending { quiet_hours: Some(night), ..channel() }), None);
        assert_eq!((held.state, held.due_at), (MessageState::Held, Some(Timestamp::from_millis(8 * 3_600_000))));
        assert_eq!(held.reason.as_deref(), Some("quiet hours"));
    }

    #[test]
    fn a_message_to_somebody_who_opted_out_is_suppressed_in_every_inbox() {
        let names = [Names::of_tests(), Names::of_tests().with_sending(Sending { channel: true, quiet_hours: None })];
        for names in names {
            let mut draft = draft();
            draft.change_contact(|contact| contact.consent.take(ConsentWord::OptOut, ORIGIN.now, "they wrote STOP"));
            let message = MessageId::from_bytes([5; 16]);
            let send = Effect::Send { message, inbox: None, body: "Hi".into(), media: Vec::new(), send_at: None };
            draft.apply(&send, &names, ORIGIN).expect("every name is known");
            let message = draft.finish(ORIGIN.now).0.messages.remove(0);
            assert_eq!((message.state, message.due_at, message.sent_at), (MessageState::Suppressed, None, None));
            assert_eq!(message.reason.as_deref(), Some("the contact opted out: they wrote STOP"));
        }
    }

    #[test]
    fn a_declared_field_takes_only_what_it_holds() {
        let field = Field {
            id: FieldId::from_bytes([4; 16]),
            workspace: WorkspaceId::from_bytes([8; 16]),
            name: "age".into(),
            kind: FieldKind::Number,
            many: false,
            created_at: Timestamp::default(),
        };
        let names = Names::of_tests().with_field(field);
        let set = |text: &str| Effect::SetField { name: "age".into(), value: FieldValue::Text(text.into()) };
        let mut draft = draft();
        draft.apply(&set("41"), &names, ORIGIN).expect("a number");
        assert_eq!(draft.contact().fields["age"], FieldValue::Integer(41));
        let fault = draft.apply(&set("old"), &names, ORIGIN).expect_err("no number");
        assert_eq!(fault.code(), "invalid-field");
    }
}
