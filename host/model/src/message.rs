//! A message: one entry of a conversation.

use serde::{Deserialize, Serialize};

use crate::{ContactId, Conversation, ConversationId, Identifier, InboxId, MessageId, RunId, Timestamp, WorkspaceId};

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
    /// 1 when first stored; grows by one with every change.
    pub revision: u32,
    /// Its inbox had no channel when it was committed: unless it gets one until then, it is recorded as sent, to nobody.
    pub sandbox: bool,
    /// Why it is held, suppressed, failed or unknown.
    pub reason: Option<String>,
    /// How often its sending was tried.
    pub attempts: u32,
    /// When it is tried next, while it is queued or held.
    pub due_at: Option<Timestamp>,
    /// When it was sent, or received.
    pub sent_at: Option<Timestamp>,
    /// When the channel reported that it arrived.
    pub delivered_at: Option<Timestamp>,
    /// What the channel calls it.
    pub external_id: Option<String>,
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
    /// In the outbox, to be sent when it is due.
    Queued,
    /// In the outbox, kept back until a time: quiet hours, a cap.
    Held,
    /// Recorded, and kept from leaving for good: the contact opted out or is blocked, or a limit against loops. Final.
    Suppressed,
    /// On its way: a host handed it to the channel and has no answer yet.
    Sending,
    /// The channel took it. Final, but for a report that it failed.
    Sent,
    /// The channel refused it, or was tried as often as allowed. Final, unless somebody has it sent again.
    Failed,
    /// Nobody knows whether it was sent; see [`crate::UnknownPolicy`].
    Unknown,
    /// It came from the contact. Final.
    Received,
}

/// What somebody decides about a message that is unknown or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Send it (again), with the same idempotency key.
    Send,
    /// It was sent.
    Sent,
    /// It was not sent and shall not be.
    Failed,
}

/// A message that arrived for an inbox, as its channel tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingMessage {
    /// The id it gets.
    pub id: MessageId,
    /// The workspace of the inbox.
    pub workspace: WorkspaceId,
    /// The inbox it arrived at.
    pub inbox: InboxId,
    /// What the channel calls it; the same id twice is the same message.
    pub external_id: String,
    /// Whom it is from, in the stored form.
    pub from: Identifier,
    /// The text.
    pub body: String,
    /// What is attached.
    pub media: Vec<Media>,
    /// When it arrived here.
    pub received_at: Timestamp,
}

/// What a channel reports about a message that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReport {
    /// The workspace of the inbox.
    pub workspace: WorkspaceId,
    /// The inbox that the report came to.
    pub inbox: InboxId,
    /// The message.
    pub message: MessageId,
    /// What became of it.
    pub state: ReportState,
    /// Why it failed.
    pub reason: Option<String>,
    /// When the report arrived.
    pub at: Timestamp,
}

/// What became of a message at its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    /// The channel took it after all.
    Sent,
    /// It arrived.
    Delivered,
    /// It did not arrive and will not.
    Failed,
}

impl Message {
    /// The longest text of a message in characters.
    pub const BODY_CHARS_MAX: usize = 10_000;
    /// The most attachments.
    pub const MEDIA_MAX: usize = 10;

    /// A message of a conversation, to be sent, that nobody has stored yet.
    pub fn outgoing(id: MessageId, conversation: &Conversation, body: String, now: Timestamp) -> Self {
        Self {
            id,
            workspace: conversation.workspace,
            conversation: conversation.id,
            contact: conversation.contact,
            inbox: conversation.inbox,
            direction: Direction::Outgoing,
            body,
            media: Vec::new(),
            state: MessageState::Queued,
            revision: 1,
            sandbox: false,
            reason: None,
            attempts: 0,
            due_at: None,
            sent_at: None,
            delivered_at: None,
            external_id: None,
            send_at: None,
            run: None,
            step: None,
            created_at: now,
        }
    }
}

impl MessageState {
    /// The state in one word, as the API and metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Suppressed => "suppressed",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Received => "received",
        }
    }

    /// Whether a message in this state is in the outbox: a host will see to it by itself.
    pub const fn is_in_outbox(self) -> bool {
        match self {
            Self::Queued | Self::Held | Self::Sending => true,
            Self::Suppressed | Self::Sent | Self::Failed | Self::Unknown | Self::Received => false,
        }
    }
}
