//! Messages: those of a contact, those that come in, and what channels report.

use async_trait::async_trait;
use hookbox_model::{
    Audited, ContactId, ConversationId, Decision, IncomingMessage, Message, MessageId, MessageReport, MessageState,
    Timestamp, WorkspaceId,
};

use crate::{Page, PageRequest, StoreError};

/// Which messages are wanted; all of them when nothing is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Only of this contact.
    pub contact: Option<ContactId>,
    /// Only of this conversation.
    pub conversation: Option<ConversationId>,
    /// Only in this state.
    pub state: Option<MessageState>,
}

/// What became of an incoming message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is stored.
    Stored,
    /// The channel told it before; this is it.
    Repeated(MessageId),
}

/// What may be asked about messages. Runs add them with `Runs::commit_run`; the outbox has a trait of its own.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Messages, oldest first: in the order of their ids.
    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: MessageFilter,
        page: PageRequest,
    ) -> Result<Page<Message>, StoreError>;

    /// The message with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Message>, StoreError>;

    /// How many outgoing messages of a contact are sending, sent or unknown and were first handed to a channel at or after a
    /// moment; counts up to `limit`.
    async fn sent_since(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        since: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError>;

    /// Stores a message that came in, in one transaction with everything it changes: the contact is found by its identifier or
    /// made, the conversation found or begun and opened, a consent word is taken (the reason names the word and the inbox),
    /// and the channel's id is remembered for 24 hours. Contact and conversation come to their next version, so that a commit of
    /// whoever read them before is refused. Returns when it is on disk. `Missing` when the workspace has no such inbox.
    async fn receive(&self, incoming: &IncomingMessage) -> Result<Received, StoreError>;

    /// Takes a channel's report: `Sent` settles a message that is unknown or sending, waits for another attempt, or was given up
    /// after one (failed, suppressed); `Delivered` also notes when; `Failed` makes one that is sending, sent or unknown fail with its reason. A report that tells nothing
    /// new changes nothing. `Missing` when the inbox has no such message.
    async fn report(&self, report: &MessageReport) -> Result<(), StoreError>;

    /// Takes somebody's decision about a message that is unknown or failed: `Send` puts it into the outbox again, due at `at` and
    /// with the attempts it had. `Missing` when there is none, `Stale` when it is in another state. That a failed one has failed
    /// changes nothing.
    async fn decide(
        &self,
        workspace: WorkspaceId,
        id: MessageId,
        decision: Decision,
        at: Timestamp,
        audited: Audited,
    ) -> Result<Message, StoreError>;
}
