//! A store in memory with what dispatch asks of one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hookbox_model::{
    Audited, Contact, ContactId, Conversation, ConversationId, Decision, Identifier, Inbox, InboxId, IncomingMessage,
    Message, MessageId, MessageReport, MessageState, Timestamp, Workspace, WorkspaceId,
};
use hookbox_store::{
    Audit, Automations, Backups, Captures, CommitError, Contacts, Conversations, Fields, History, Inboxes, Known,
    Lists, Members, MessageCommitted, MessageFilter, Messages, Outbox, OutboxClaim, Page, PageRequest, PluginSecrets,
    PluginState, Plugins, Received, Runs, Sessions, Stats, Store, StoreError, Templates, Tokens, Triggers, Users,
    Workspaces,
};
use parking_lot::Mutex;
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) workspaces: HashMap<WorkspaceId, Workspace>,
    pub(crate) inboxes: HashMap<InboxId, Inbox>,
    /// What changes of inboxes said of themselves.
    pub(crate) audited: Vec<Audited>,
    pub(crate) contacts: HashMap<ContactId, Contact>,
    pub(crate) conversations: HashMap<ConversationId, Conversation>,
    pub(crate) messages: BTreeMap<MessageId, Message>,
    pub(crate) claimed: HashSet<MessageId>,
    pub(crate) held_lines: HashSet<ConversationId>,
    /// Opted out between the claim and the commit.
    pub(crate) refuses: HashSet<ContactId>,
    /// Reading this message's inbox panics.
    pub(crate) panics: Option<InboxId>,
    /// This inbox is damaged.
    pub(crate) damaged: Option<InboxId>,
    /// What somebody else makes of an inbox just before it is updated.
    pub(crate) quicker: Option<Inbox>,
    pub(crate) sent_today: u64,
    /// So many who ask what was sent today are answered together, with what it was when the last of them asked.
    pub(crate) counts_together: usize,
}

pub(crate) struct Fake {
    pub(crate) state: Mutex<State>,
    pub(crate) clock: Arc<AtomicU64>,
    changed: Notify,
    revision: AtomicU64,
}

impl Fake {
    pub(crate) fn new(now: Timestamp) -> Arc<Self> {
        let clock = Arc::new(AtomicU64::new(now.as_millis()));
        Arc::new(Self { state: Mutex::default(), clock, changed: Notify::new(), revision: AtomicU64::new(1) })
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst))
    }

    /// Turns the clock on, and changes what `change` says.
    pub(crate) fn turn(&self, millis: u64, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock());
        self.clock.fetch_add(millis, Ordering::SeqCst);
        self.revision.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// Resolves when `holds` does; fails after a while.
    pub(crate) async fn until(&self, holds: impl Fn(&State) -> bool) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if holds(&self.state.lock()) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("what was waited for did not come");
    }

    fn due(&self) -> Vec<MessageId> {
        let (state, now) = (self.state.lock(), self.now());
        let mut lines = state.held_lines.clone();
        let in_outbox = state.messages.values().filter(|message| message.state.is_in_outbox());
        let oldest = in_outbox.filter(|message| lines.insert(message.conversation));
        let due = oldest.filter(|message| message.due_at.is_none_or(|at| at <= now));
        due.map(|message| message.id).filter(|id| !state.claimed.contains(id)).collect()
    }
}

#[async_trait]
impl Outbox for Fake {
    async fn claim(&self, limit: usize) -> Result<Vec<OutboxClaim>, StoreError> {
        let due = self.due();
        let mut state = self.state.lock();
        let mut claims = Vec::new();
        for id in due.into_iter().take(limit) {
            state.claimed.insert(id);
            let message = state.messages[&id].clone();
            let contact = Arc::new(state.contacts[&message.contact].clone());
            let conversation = Arc::new(state.conversations[&message.conversation].clone());
            claims.push(OutboxClaim { message, contact, conversation });
        }
        Ok(claims)
    }

    async fn wait_for_outbox(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if !self.due().is_empty() {
                return;
            }
            changed.await;
        }
    }

    async fn commit_message(
        &self,
        message: &Message,
        hold_line: bool,
        _: Timestamp,
    ) -> Result<MessageCommitted, CommitError> {
        let mut state = self.state.lock();
        if state.messages[&message.id].revision + 1 != message.revision {
            return Err(CommitError::RunChanged);
        }
        let mut message = message.clone();
        let refused = message.state == MessageState::Sending && state.refuses.contains(&message.contact);
        if refused {
            message.state = MessageState::Suppressed;
        }
        if message.state != MessageState::Sending {
            state.claimed.remove(&message.id);
        } else if message.attempts == 1 {
            state.sent_today += 1;
        }
        if hold_line {
            state.held_lines.insert(message.conversation);
        }
        state.messages.insert(message.id, message);
        drop(state);
        self.changed.notify_waiters();
        Ok(if refused { MessageCommitted::Suppressed } else { MessageCommitted::AsAsked })
    }

    async fn sent_on_day(&self, _: WorkspaceId, _: Timestamp) -> Result<u64, StoreError> {
        let sent = self.state.lock().sent_today;
        self.turn(0, |state| state.counts_together = state.counts_together.saturating_sub(1));
        self.until(|state| state.counts_together == 0).await;
        Ok(sent)
    }

    async fn release(&self, messages: &[(WorkspaceId, MessageId)]) {
        let mut state = self.state.lock();
        state.claimed.retain(|claimed| !messages.iter().any(|(_, id)| id == claimed));
        drop(state);
        self.changed.notify_waiters();
    }

    async fn page(&self, _: WorkspaceId, _: PageRequest) -> Result<Page<Message>, StoreError> {
        unreachable!("dispatch reads no pages")
    }
}

#[async_trait]
impl Inboxes for Fake {
    async fn create(&self, _: &Inbox, _: Audited) -> Result<(), StoreError> {
        unreachable!("dispatch makes no inboxes")
    }

    async fn update(&self, before: &Inbox, after: &Inbox, audited: Audited) -> Result<(), StoreError> {
        let mut updated = Err(StoreError::Stale { what: "inbox" });
        self.turn(0, |state| {
            // Whoever a test lets be quicker.
            if let Some(quicker) = state.quicker.take() {
                state.inboxes.insert(quicker.id, quicker);
            }
            if state.inboxes.get(&after.id) == Some(before) {
                state.inboxes.insert(after.id, after.clone());
                state.audited.push(audited.clone());
                updated = Ok(());
            }
        });
        updated
    }

    async fn at_door(&self, _: InboxId) -> Result<Option<Inbox>, StoreError> {
        unreachable!("dispatch is no door")
    }

    async fn get(&self, _: WorkspaceId, id: InboxId) -> Result<Option<Inbox>, StoreError> {
        let state = self.state.lock();
        assert_ne!(state.panics, Some(id), "a panic that a test asked for");
        if state.damaged == Some(id) {
            return Err(StoreError::Damaged { what: "inbox", reason: "a test said so".into() });
        }
        Ok(state.inboxes.get(&id).cloned())
    }

    async fn page(&self, _: WorkspaceId, _: PageRequest) -> Result<Page<Inbox>, StoreError> {
        unreachable!("dispatch reads no pages")
    }
}

#[async_trait]
impl Contacts for Fake {
    async fn create(&self, _: &Contact, _: Audited) -> Result<(), StoreError> {
        unreachable!("dispatch makes no contacts")
    }

    async fn update(&self, _: &Contact, _: Audited) -> Result<(), StoreError> {
        unreachable!("dispatch changes no contacts")
    }

    async fn get(&self, _: WorkspaceId, id: ContactId) -> Result<Option<Contact>, StoreError> {
        Ok(self.state.lock().contacts.get(&id).cloned())
    }

    async fn find(&self, _: WorkspaceId, _: &Identifier) -> Result<Option<Known>, StoreError> {
        unreachable!("dispatch looks for no contacts")
    }

    async fn known(&self, _: WorkspaceId, _: ContactId) -> Result<Option<Known>, StoreError> {
        unreachable!("dispatch reads no conversations")
    }

    async fn page(&self, _: WorkspaceId, _: PageRequest) -> Result<Page<Contact>, StoreError> {
        unreachable!("dispatch reads no pages")
    }

    async fn search(&self, _: WorkspaceId, _: &str, _: PageRequest) -> Result<Page<Contact>, StoreError> {
        unreachable!("dispatch looks for no contacts")
    }
}

#[async_trait]
impl Workspaces for Fake {
    async fn create(&self, _: &Workspace, _: Audited) -> Result<(), StoreError> {
        unreachable!("dispatch makes no workspaces")
    }

    async fn update(&self, _: &Workspace, _: &Workspace, _: Audited) -> Result<(), StoreError> {
        unreachable!("dispatch changes no workspaces")
    }

    async fn get(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        Ok(self.state.lock().workspaces.get(&id).cloned())
    }

    async fn page(&self, _: PageRequest) -> Result<Page<Workspace>, StoreError> {
        unreachable!("dispatch reads no pages")
    }
}

#[async_trait]
impl Messages for Fake {
    async fn page(&self, _: WorkspaceId, _: MessageFilter, _: PageRequest) -> Result<Page<Message>, StoreError> {
        unreachable!("dispatch reads no pages")
    }

    async fn get(&self, _: WorkspaceId, id: MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.state.lock().messages.get(&id).cloned())
    }

    async fn sent_since(&self, _: WorkspaceId, id: ContactId, _: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let state = self.state.lock();
        let handed = |state| matches!(state, MessageState::Sending | MessageState::Sent | MessageState::Unknown);
        let count = state.messages.values().filter(|message| message.contact == id && handed(message.state)).count();
        Ok(u32::try_from(count).expect("few messages").min(limit))
    }

    async fn receive(&self, _: &IncomingMessage) -> Result<Received, StoreError> {
        unreachable!("dispatch receives nothing")
    }

    async fn report(&self, _: &MessageReport) -> Result<(), StoreError> {
        unreachable!("dispatch reports nothing")
    }

    async fn decide(
        &self,
        _: WorkspaceId,
        _: MessageId,
        _: Decision,
        _: Timestamp,
        _: Audited,
    ) -> Result<Message, StoreError> {
        unreachable!("dispatch decides nothing")
    }
}

macro_rules! not_asked {
    ($($name:ident: $concept:ident),*) => {
        $(fn $name(&self) -> &dyn $concept { unreachable!("dispatch does not ask for it") })*
    };
}

#[async_trait]
impl Store for Fake {
    not_asked!(
        members: Members, lists: Lists, fields: Fields, templates: Templates,
        conversations: Conversations, automations: Automations, triggers: Triggers, captures: Captures, runs: Runs,
        plugins: Plugins, plugin_state: PluginState, plugin_secrets: PluginSecrets, history: History, audit: Audit, backups: Backups, stats: Stats,
        users: Users, sessions: Sessions, tokens: Tokens
    );

    fn workspaces(&self) -> &dyn Workspaces {
        self
    }

    fn inboxes(&self) -> &dyn Inboxes {
        self
    }

    fn contacts(&self) -> &dyn Contacts {
        self
    }

    fn messages(&self) -> &dyn Messages {
        self
    }

    fn outbox(&self) -> &dyn Outbox {
        self
    }

    fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }

    fn queue_depth(&self) -> u64 {
        0
    }

    fn trouble(&self) -> Option<StoreError> {
        None
    }

    async fn broken(&self) -> StoreError {
        std::future::pending().await
    }

    async fn close(&self) {}
}
