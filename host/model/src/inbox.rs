//! An inbox: a sending identity that conversations belong to.

use serde::{Deserialize, Serialize};

use crate::{Hours, InboxId, SigningSecret, Timestamp, WorkspaceId};

/// A sending identity. Without a channel it is a sandbox: its messages are recorded as sent to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// Its id.
    pub id: InboxId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Its name, unique in the workspace; documents and plugins name it by this.
    pub name: String,
    /// What carries its messages outside.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// When it sends nothing: messages are held until these hours end.
    #[serde(default)]
    pub quiet_hours: Option<Hours>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What carries an inbox's messages to the outside and back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Messages are POSTed to a URL, signed by Standard Webhooks.
    Webhook(WebhookChannel),
}

/// A channel that POSTs messages to a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookChannel {
    /// Where messages are POSTed to.
    pub url: String,
    /// What requests of both directions are signed with, newest first; each live one signs what goes out.
    pub secrets: Vec<SigningSecret>,
    /// What becomes of a message whose sending ended in doubt (a timeout, a crash).
    pub unknown: UnknownPolicy,
    /// The other side said that it is gone (410): nothing is sent until the channel is changed.
    #[serde(default)]
    pub gone_at: Option<Timestamp>,
}

/// What becomes of a message of which nobody knows whether it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum UnknownPolicy {
    /// It is sent again with the same idempotency key.
    #[default]
    Retry,
    /// It stays unknown, and what follows in its conversation waits, until a report arrives or somebody decides.
    Hold,
    /// It stays unknown until a report arrives or somebody decides; what follows goes on.
    Ask,
}
