//! The outbox: messages that are committed and not sent, claimed to be sent, each conversation in its order.
//!
//! Of each conversation only the oldest message that is in the outbox can be claimed; the next one becomes claimable when it
//! leaves, and whoever claimed it has committed or released it. The oldest is the one committed first; one that is sent again
//! comes before all that were committed after it, but overtakes none that is on its way. A message in state `sending` that
//! nobody has claimed was interrupted: it is claimable at once, as it is. A scheduled message (`send_at` lies after its
//! `created_at`) keeps nobody waiting: when it falls due it takes its place behind all that are there then.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{Contact, Conversation, Message, MessageId, Timestamp, WorkspaceId};

use crate::{CommitError, Page, PageRequest, StoreError};

/// A message handed to a host to be sent. Until it is committed or released, nobody else gets it.
#[derive(Debug, Clone)]
pub struct OutboxClaim {
    /// The message, `queued`, `held` or (interrupted) `sending`.
    pub message: Message,
    /// Whom it is to, as stored now.
    pub contact: Arc<Contact>,
    /// Its conversation, as stored now.
    pub conversation: Arc<Conversation>,
}

/// What became of a commit of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageCommitted {
    /// It is as it was asked.
    AsAsked,
    /// It was to be `sending` and the contact may not be written to at this moment: it was written as `suppressed`.
    Suppressed,
}

/// What may be asked about the outbox.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Up to `limit` messages that are due; between workspaces in turn.
    async fn claim(&self, limit: usize) -> Result<Vec<OutboxClaim>, StoreError>;

    /// Resolves when `claim` may have something to give, by the clock as it is then: at most a second after a message fell due,
    /// however the clock jumps. May resolve without reason; never misses one.
    async fn wait_for_outbox(&self);

    /// Puts a claimed message in the place of the one at `message.revision - 1`; `RunChanged` when it is at another or left the
    /// outbox. In state `queued` or `held` it is claimable from `due_at` on, in `sending` it stays claimed, in any other it
    /// leaves the outbox; an unknown one with `hold_line` keeps what follows in its conversation waiting until a report or a
    /// decision settles it. The step to `sending` reads the contact's consent in the same transaction; the first one counts the
    /// message as handed to a channel at `at`, for [`Outbox::sent_on_day`] and `Messages::sent_since`.
    async fn commit_message(
        &self,
        message: &Message,
        hold_line: bool,
        at: Timestamp,
    ) -> Result<MessageCommitted, CommitError>;

    /// How many messages of the workspace came to `sending` for the first time on the day that begins at `day_begin`, which is
    /// a day of the workspace's zone.
    async fn sent_on_day(&self, workspace: WorkspaceId, day_begin: Timestamp) -> Result<u64, StoreError>;

    /// Gives claimed messages back as they are; another `claim` hands them out again.
    async fn release(&self, messages: &[(WorkspaceId, MessageId)]);

    /// Messages in the outbox, oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Message>, StoreError>;
}
