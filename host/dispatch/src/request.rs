//! What is POSTed to a channel.

use hookbox_model::{Contact, Message, Timestamp, WebhookChannel};
use hookbox_vault::{Place, Vault};
use serde_json::json;

/// A signed request.
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) headers: [(&'static str, String); 5],
    pub(crate) body: Vec<u8>,
}

/// The request of a message's attempt, signed by the newest live secret; `None` when none is live or opens.
pub(crate) fn request(
    vault: &Vault,
    channel: &WebhookChannel,
    message: &Message,
    contact: &Contact,
    now: Timestamp,
) -> Option<Request> {
    let newest = channel.secrets.iter().find(|secret| secret.is_live(now))?;
    let place = Place::of_inbox(message.workspace, message.inbox, newest.id);
    let secret = vault.open(&place, &newest.sealed).ok()?;
    let id = message.id.to_string();
    let body = json!({
        "type": "message", "id": id, "inbox": message.inbox.to_string(),
        "to": {"phone": contact.phone, "email": contact.email, "external_id": contact.external_id},
        "contact": message.contact.to_string(), "conversation": message.conversation.to_string(),
        "body": message.body, "media": message.media, "attempt": message.attempts,
    });
    let body = body.to_string().into_bytes();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-timestamp", (now.as_millis() / 1000).to_string()),
        ("webhook-signature", secret.sign(&id, now, &body)),
        ("idempotency-key", id.clone()),
        ("webhook-id", id),
    ];
    Some(Request { url: channel.url.clone(), headers, body })
}
