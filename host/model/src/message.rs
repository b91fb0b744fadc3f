//! A message: one entry of a conversation.

use serde::{Deserialize, Serialize};

use crate::{ContactId, ConversationId, InboxId, MessageId, RunId, Timestamp, WorkspaceId};

/// One entry of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id, which is also its idempotency key on the way out.
    pub id: MessageId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The thread it is in.
    pub conversation: ConversationId,
    /// Whom it is to or from.
    pub contact: ContactId,
    /// The inbox it is from or to.
    pub inbox: InboxId,
    /// Which way it goes.
    pub direction: Direction,
    /// The text.
    pub body: String,
    /// What is attached.
    pub media: Vec<Media>,
    /// Where it stands.
    pub state: MessageState,
    /// Not to be sent before this.
    pub send_at: Option<Timestamp>,
    /// The run that asked for it, if an action did.
    pub run: Option<RunId>,
    /// The name of that run's step.
    pub step: Option<String>,
    /// When it was committed.
    pub created_at: Timestamp,
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Media {
    /// Where it can be fetched.
    pub url: String,
    /// Its media type (`image/png`).
    pub content_type: String,
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the contact.
    Incoming,
    /// To the contact.
    Outgoing,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MessageState {
    /// In the outbox.
    Queued,
    /// Recorded, and kept from leaving because the contact opted out.
    Suppressed,
}
