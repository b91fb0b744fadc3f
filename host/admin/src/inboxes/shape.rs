//! An inbox as the API shows it: its channel without the channel's secrets.

use hookbox_model::{Channel, Hours, Inbox, InboxId, Timestamp, UnknownPolicy, WebhookChannel};
use schemars::JsonSchema;
use serde::Serialize;

use crate::signing::SecretShape;

/// A sending identity that conversations belong to. Documents and plugins name it by its name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Inbox")]
pub(super) struct InboxShape {
    /// Its id.
    id: InboxId,
    /// Its name, unique in the workspace.
    name: String,
    /// What carries its messages outside; without one they are recorded as sent to nobody.
    channel: Option<ChannelShape>,
    /// When it sends nothing.
    quiet_hours: Option<Hours>,
    /// When it was made.
    created_at: Timestamp,
    /// The first secret of a channel. Only in the answer that made the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// What carries an inbox's messages to the outside and back.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Channel")]
enum ChannelShape {
    /// Messages are POSTed to a URL, signed by Standard Webhooks.
    Webhook(WebhookShape),
}

/// A channel that POSTs messages to a URL.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookChannel")]
struct WebhookShape {
    /// Where messages are POSTed to.
    url: String,
    /// What becomes of a message whose sending ended in doubt.
    unknown: UnknownPolicy,
    /// The other side said that it is gone: nothing is sent until the channel is changed.
    gone_at: Option<Timestamp>,
    /// What both directions are signed with, newest first; never their texts.
    secrets: Vec<SecretShape>,
}

impl InboxShape {
    /// An inbox; `secret` is given only in the answer that made its channel.
    pub(super) fn of(inbox: Inbox, secret: Option<String>) -> Self {
        let Inbox { id, workspace: _, name, channel, quiet_hours, created_at } = inbox;
        let channel = channel.map(|Channel::Webhook(channel)| {
            let WebhookChannel { url, secrets, unknown, gone_at } = channel;
            let secrets = secrets.iter().map(|secret| SecretShape::of(secret, None)).collect();
            ChannelShape::Webhook(WebhookShape { url, unknown, gone_at, secrets })
        });
        Self { id, name, channel, quiet_hours, created_at, secret }
    }
}
