//! What is POSTed to a channel.

use hookbox_model::{Contact, Message, Timestamp};
use hookbox_vault::Secret;
use serde_json::json;

/// A signed request.
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) headers: [(&'static str, String); 6],
    pub(crate) body: Vec<u8>,
}

/// The request of a message's attempt to `url`. Every secret signs it, so that a receiver that has only one of two verifies it;
/// the body does not tell the attempt, so that a repeat under the same idempotency key is the same.
pub(crate) fn request(url: &str, secrets: &[&Secret], message: &Message, contact: &Contact, now: Timestamp) -> Request {
    let id = message.id.to_string();
    let body = json!({
        "type": "message", "id": id, "inbox": message.inbox.to_string(),
        "to": {"phone": contact.phone, "email": contact.email, "external_id": contact.external_id},
        "contact": message.contact.to_string(), "conversation": message.conversation.to_string(),
        "body": message.body, "media": message.media,
    });
    let body = body.to_string().into_bytes();
    let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(&id, now, &body)).collect();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-timestamp", (now.as_millis() / 1000).to_string()),
        ("webhook-signature", signatures.join(" ")),
        ("hookbox-attempt", message.attempts.to_string()),
        ("idempotency-key", id.clone()),
        ("webhook-id", id),
    ];
    Request { url: url.to_owned(), headers, body }
}
