//! What a guest is shown: the invocation in the types of the contract, and of the contact only what `contacts.read` grants.
//!
//! Nothing large is copied: the argument borrows from the invocation and goes into guest memory from there.

use hookbox_model::{Contact, ConversationState, FieldValue, Grants, Invocation};

use crate::bindings::hookbox::plugin::types as wit;

/// The argument of `run`: what the invocation holds as text, the rest made into text.
pub(crate) struct Argument<'a> {
    invocation: &'a Invocation,
    run: String,
    now: String,
    contact: String,
    conversation: Option<String>,
    readable: Readable<'a>,
    fields: Vec<(&'a str, String)>,
}

/// The lists that the contract's records borrow.
pub(crate) struct Lists<'a> {
    fields: Vec<wit::Field<'a>>,
    tags: Vec<&'a str>,
    lists: Vec<&'a str>,
    steps: Vec<(&'a str, &'a str)>,
}

/// What `contacts.read` grants.
struct Readable<'a> {
    grants: &'a Grants,
    everything: bool,
}

impl<'a> Argument<'a> {
    /// The argument for `invocation`, its contact cut down to `grants`.
    pub(crate) fn new(invocation: &'a Invocation, grants: &'a Grants) -> Self {
        let readable = Readable::of(grants);
        let contact: &Contact = &invocation.contact.contact;
        let fields = contact.fields.iter().filter(|(name, _)| readable.allows(name));
        Self {
            run: invocation.run.to_string(),
            now: invocation.now.to_string(),
            contact: contact.id.to_string(),
            conversation: invocation.conversation.as_ref().map(|view| view.conversation.id.to_string()),
            fields: fields.map(|(name, value)| (name.as_str(), json_of(value))).collect(),
            readable,
            invocation,
        }
    }

    /// The lists, borrowed for [`Argument::as_wit`].
    pub(crate) fn lists(&self) -> Lists<'_> {
        let view = &self.invocation.contact;
        let fields = self.fields.iter().map(|(name, value)| wit::Field { name, value });
        let (mut tags, mut lists) = (Vec::new(), Vec::new());
        if self.readable.allows("tags") {
            tags.extend(view.contact.tags.iter().map(String::as_str));
        }
        if self.readable.allows("lists") {
            lists.extend(view.lists.iter().map(String::as_str));
        }
        let steps = self.invocation.steps.iter().map(|(name, output)| (name.as_str(), output.as_str()));
        Lists { fields: fields.collect(), tags, lists, steps: steps.collect() }
    }

    /// The argument in the contract's types.
    pub(crate) fn as_wit<'b>(&'b self, lists: &'b Lists<'b>) -> wit::Invocation<'b> {
        let Invocation { step_name, attempt, idempotency_key, payload, settings, .. } = self.invocation;
        wit::Invocation {
            run_id: &self.run,
            step_id: step_name,
            attempt: *attempt,
            idempotency_key,
            now: &self.now,
            payload: payload.text(),
            contact: self.contact(lists),
            conversation: self.conversation(),
            steps: &lists.steps,
            settings,
        }
    }

    fn contact<'b>(&'b self, lists: &'b Lists<'b>) -> wit::Contact<'b> {
        let contact = &self.invocation.contact.contact;
        let granted = |name, text: &'b Option<String>| text.as_deref().filter(|_| self.readable.allows(name));
        wit::Contact {
            id: &self.contact,
            phone: granted("phone", &contact.phone),
            email: granted("email", &contact.email),
            fields: &lists.fields,
            tags: &lists.tags,
            lists: &lists.lists,
            opted_out: !contact.consent.allows(),
        }
    }

    fn conversation(&self) -> Option<wit::Conversation<'_>> {
        let view = self.invocation.conversation.as_ref()?;
        Some(wit::Conversation {
            id: self.conversation.as_deref()?,
            inbox: &view.inbox,
            assignee: view.assignee.as_deref(),
            state: match view.state() {
                ConversationState::Open => wit::ConversationState::Open,
                ConversationState::Closed => wit::ConversationState::Closed,
            },
        })
    }
}

impl<'a> Readable<'a> {
    fn of(grants: &'a Grants) -> Self {
        let everything = scopes(grants).any(|scope| scope == "*");
        Self { grants, everything }
    }

    fn allows(&self, name: &str) -> bool {
        self.everything || scopes(self.grants).any(|scope| scope == name)
    }
}

/// Not [`Grants::check`]: a refusal here is nobody's fault and needs no text.
fn scopes(grants: &Grants) -> impl Iterator<Item = &str> {
    let readable = grants.as_needs().iter().filter(|need| need.capability == Grants::CONTACTS_READ);
    readable.flat_map(|need| &need.scope).map(String::as_str)
}

fn json_of(value: &FieldValue) -> String {
    value.to_json().to_string()
}

#[cfg(test)]
mod tests {
    use super::Argument;
    use bytes::Bytes;
    use hookbox_model::{
        Contact, ContactId, ContactView, FieldValue, Grants, Identifier, Invocation, JsonLimits, Need, Payload, RunId,
        Timestamp, WorkspaceId,
    };
    use std::sync::Arc;

    fn invocation() -> Invocation {
        let phone = Identifier::Phone("+12155556677".into());
        let (id, workspace) = (ContactId::from_bytes([1; 16]), WorkspaceId::from_bytes([2; 16]));
        let mut contact = Contact::unknown(id, workspace, &phone, Timestamp::from_millis(0));
        contact.email = Some("john@example.com".into());
        contact.fields.insert("first_name".into(), FieldValue::Text("Jo\"hn".into()));
        contact.fields.insert("age".into(), FieldValue::Integer(42));
        contact.tags.insert("vip".into());
        Invocation {
            run: RunId::from_bytes([3; 16]),
            step: 0,
            step_name: "tell them".into(),
            attempt: 1,
            idempotency_key: "key".into(),
            now: Timestamp::from_millis(1_700_000_000_120),
            payload: Payload::parse(Bytes::from_static(b"{}"), JsonLimits::default()).expect("JSON"),
            contact: ContactView { contact: Arc::new(contact), lists: vec!["customers".into()] },
            inbox: "support".into(),
            conversation: None,
            steps: Vec::new(),
            settings: "{}".into(),
            directory: Arc::default(),
            rehearsal: false,
        }
    }

    fn shown(scope: &[&str]) -> String {
        let scope = scope.iter().map(|&name| name.into()).collect();
        let need = Need { capability: "contacts.read".into(), scope, reason: String::new() };
        let (invocation, grants) = (invocation(), Grants::all_of(&[need]));
        let argument = Argument::new(&invocation, &grants);
        let lists = argument.lists();
        let contact = argument.as_wit(&lists).contact;
        let fields: Vec<_> = contact.fields.iter().map(|field| format!("{}={}", field.name, field.value)).collect();
        format!("{:?} {:?} {fields:?} {:?} {:?}", contact.phone, contact.email, contact.tags, contact.lists)
    }

    #[test]
    fn a_plugin_sees_of_the_contact_only_what_it_may_read() {
        assert_eq!(shown(&[]), "None None [] [] []");
        assert_eq!(shown(&["phone", "age"]), r#"Some("+12155556677") None ["age=42"] [] []"#);
        assert_eq!(shown(&["email", "tags", "lists"]), r#"None Some("john@example.com") [] ["vip"] ["customers"]"#);
        let all = r#"Some("+12155556677") Some("john@example.com") ["age=42", "first_name=\"Jo\\\"hn\""] ["vip"] ["customers"]"#;
        assert_eq!(shown(&["*"]), all);
    }
}
