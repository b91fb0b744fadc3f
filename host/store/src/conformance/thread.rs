//! A conversation to test with: messages are put into the outbox by runs, and brought on as whoever sends them does.

use hookbox_model::{Contact, Conversation, InboxId, Message, MessageId, MessageState, Timestamp, WorkspaceId};

use super::samples;
use crate::{CommitError, ContactCommit, MessageCommitted, Store};

/// A conversation with a contact of its own.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Whose.
    pub contact: Contact,
    /// The conversation.
    pub conversation: Conversation,
}

impl Thread {
    /// Begins one.
    pub async fn begun(store: &dyn Store, workspace: WorkspaceId, inbox: InboxId) -> Self {
        let contact = samples::contact(workspace, &samples::phone());
        let conversation = samples::conversation(&contact, inbox);
        let change = ContactCommit {
            conversations: vec![samples::conversation_commit(None, conversation.clone())],
            ..samples::contact_commit(None, contact.clone())
        };
        let capture = samples::captured(store, workspace, samples::id()).await;
        store.runs().commit_run(samples::commit_of(&capture, change)).await.expect("a conversation is begun");
        Self { contact, conversation }
    }

    /// The contact as it is stored.
    pub async fn stored_contact(&self, store: &dyn Store) -> Contact {
        let stored = store.contacts().get(self.contact.workspace, self.contact.id).await;
        stored.expect("a look-up").expect("the contact")
    }

    /// Commits a run that asks for a message, as `change` makes it.
    pub async fn post(&self, store: &dyn Store, change: impl FnOnce(&mut Message)) -> Message {
        let contact = self.stored_contact(store).await;
        let mut message = samples::message(&self.conversation);
        change(&mut message);
        let commit = ContactCommit {
            messages: vec![message.clone()],
            ..samples::contact_commit(Some(&contact), contact.clone())
        };
        let capture = samples::captured(store, contact.workspace, samples::id()).await;
        store.runs().commit_run(samples::commit_of(&capture, commit)).await.expect("a message is committed");
        message
    }

    /// Commits runs that ask for messages to be sent at once.
    pub async fn posts<const N: usize>(&self, store: &dyn Store) -> [Message; N] {
        let mut messages = Vec::with_capacity(N);
        for _ in 0..N {
            messages.push(self.post(store, |_| {}).await);
        }
        messages.try_into().expect("so many were posted")
    }

    /// The contact opts out, or in again.
    pub async fn opt_out(&self, store: &dyn Store, opted_out: bool) {
        let stored = self.stored_contact(store).await;
        let after = Contact { version: stored.version + 1, consent: samples::consent(opted_out), ..stored };
        store.contacts().update(&after, samples::audited("contact.change")).await.expect("the contact is changed");
    }
}

/// The message as its next step makes it.
pub fn stepped(message: &Message, state: MessageState) -> Message {
    let attempts = message.attempts + u32::from(state == MessageState::Sending);
    Message { state, attempts, revision: message.revision + 1, due_at: None, ..message.clone() }
}

/// Commits a step, without holding its line.
pub async fn step(store: &dyn Store, after: &Message) -> Result<MessageCommitted, CommitError> {
    store.outbox().commit_message(after, false, samples::now()).await
}

/// Brings a message of the outbox through these states; the message as it is then.
pub async fn bring<const N: usize>(store: &dyn Store, message: &Message, states: [MessageState; N]) -> Message {
    let mut message = message.clone();
    for state in states {
        message = stepped(&message, state);
        assert_eq!(step(store, &message).await, Ok(MessageCommitted::AsAsked), "{state:?}");
    }
    message
}

/// Claims up to `limit` messages.
pub async fn claim(store: &dyn Store, limit: usize) -> Vec<Message> {
    let claims = store.outbox().claim(limit).await.expect("a claim");
    claims.into_iter().map(|claim| claim.message).collect()
}

/// The ids of up to 100 messages that can be claimed now; they are claimed then.
pub async fn claimed(store: &dyn Store) -> Vec<MessageId> {
    claim(store, 100).await.iter().map(|message| message.id).collect()
}

/// The message as it is stored.
pub async fn stored(store: &dyn Store, message: &Message) -> Message {
    store.messages().get(message.workspace, message.id).await.expect("a look-up").expect("the message")
}

/// A moment that does not come while the tests run.
pub fn never() -> Timestamp {
    Timestamp::from_millis(u64::MAX)
}
