//! Why a request is refused: one closed list, one match to statuses and titles.
//!
//! The text of each variant is the `detail` of the answer: it may tell the sender about the request, never about our insides.

use bytes::Bytes;
use hookbox_model::{JsonError, Problem};
use hookbox_store::StoreError;
use http::StatusCode;

use crate::told::Faults;

/// Why a request or a connection is refused. Nothing was captured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "this server has nothing at this path; a webhook URL is /automations/ and the automation's id, that of a channel \
         /inboxes/, the inbox's id and /incoming"
    )]
    NotFound,
    #[error("this URL takes POST only; send the JSON as the body of a POST")]
    Method,
    #[error("the body must come without a content or transfer coding other than chunked; send it uncompressed")]
    Encoding,
    #[error("the body may have at most {limit_bytes} bytes; send less, or set a larger limit for the automation")]
    BodyTooLarge { limit_bytes: u64 },
    #[error(
        "send a key of this automation as `Authorization: Bearer hbx_…`; the key is missing, wrong, expired or revoked"
    )]
    Unauthorized,
    #[error("this address is not in the automation's allow-list; send from one that is, or have the list changed")]
    Address,
    #[error(
        "too many requests from this address, with this key or for this inbox; nothing was captured, send it again after \
         {retry_after_s} s"
    )]
    TooOften { retry_after_s: u32 },
    #[error("the body must be JSON in UTF-8; send `Content-Type: application/json`")]
    ContentType,
    #[error("`wait` may be given once, as a whole number of seconds from 0 to 30; nothing was captured")]
    Wait,
    #[error("the body came too slowly and nothing was captured; sending it again is safe")]
    BodyTooSlow,
    #[error("the body broke off or its chunks are malformed; nothing was captured, sending it again is safe")]
    BodyBroken,
    #[error(
        "the automation takes signed requests only (Standard Webhooks); the signature is missing, wrong or too old, so \
         sign the raw body anew for each attempt"
    )]
    Signature,
    #[error(
        "sign the raw body with a secret of the inbox's channel (Standard Webhooks), anew for each attempt; there is no such \
         inbox, it has no channel, or the signature is missing, wrong or too old"
    )]
    Channel,
    #[error("the body is not acceptable JSON: {0}")]
    Json(JsonError),
    #[error("the body is not what a channel tells: {0}")]
    Content(Faults),
    #[error("this inbox has no such message; report under the id that the message left with")]
    MessageMissing,
    #[error("the automation is archived and takes no more requests; nothing was captured, do not send it again")]
    Archived,
    #[error("the automation is a draft; nothing was captured, send it again once the automation is live")]
    Draft,
    #[error("`Idempotency-Key` and `webhook-id` may each be given once, as 1 to 255 visible ASCII characters")]
    IdempotencyKey,
    #[error(
        "this `Idempotency-Key` or `webhook-id` came with another body within the last 24 hours; use a new key for a new request, and \
         the same body for a repetition"
    )]
    Conflict,
    #[error("requests come faster than they can be written; nothing was captured, send it again shortly")]
    Busy,
    #[error("the server's disk is nearly full; nothing was captured, send it again later")]
    DiskFull,
    #[error(
        "the server's store is unavailable; nothing is known to be captured, send it again later with the same \
         `Idempotency-Key` or id"
    )]
    Unavailable,
    #[error("the server failed; quote the request id when you report it")]
    Internal,
    #[error("the request must have exactly one `Host` header")]
    Host,
    #[error(
        "the length of the body is ambiguous: give one `Content-Length`, or `Transfer-Encoding: chunked`, never both, in a line of at most 64 bytes"
    )]
    Ambiguous,
    #[error("the request line or a header is not HTTP/1.1")]
    Head,
    #[error("the request target is too long")]
    Target,
    #[error("the request head has too many headers or too many bytes")]
    HeadTooLarge,
    #[error("the request head did not come in time; nothing was captured, sending it again is safe")]
    HeadTooSlow,
    #[error("there are too many connections, in all or from this address; close some, or try again shortly")]
    Connections,
}

impl Refusal {
    /// The one place where a refusal becomes a status and a title; the title makes the problem's stable `type`.
    pub(crate) const fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::Encoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content encoding not supported"),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "Body too large"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Address => (StatusCode::FORBIDDEN, "Address not allowed"),
            Self::TooOften { .. } => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::ContentType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content type not supported"),
            Self::Wait => (StatusCode::BAD_REQUEST, "Invalid wait"),
            Self::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "Body too slow"),
            Self::BodyBroken => (StatusCode::BAD_REQUEST, "Body broken"),
            Self::Signature => (StatusCode::UNAUTHORIZED, "Invalid signature"),
            Self::Channel => (StatusCode::UNAUTHORIZED, "Invalid channel signature"),
            Self::Json(_) => (StatusCode::BAD_REQUEST, "Invalid JSON"),
            Self::Content(_) => (StatusCode::BAD_REQUEST, "Invalid content"),
            Self::MessageMissing => (StatusCode::NOT_FOUND, "Message not found"),
            Self::Archived => (StatusCode::GONE, "Automation archived"),
            Self::Draft => (StatusCode::CONFLICT, "Automation not live"),
            Self::IdempotencyKey => (StatusCode::BAD_REQUEST, "Invalid idempotency key"),
            Self::Conflict => (StatusCode::CONFLICT, "Idempotency key reused"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
            Self::DiskFull => (StatusCode::SERVICE_UNAVAILABLE, "Disk nearly full"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Store unavailable"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
            Self::Host => (StatusCode::BAD_REQUEST, "Host missing or repeated"),
            Self::Ambiguous => (StatusCode::BAD_REQUEST, "Ambiguous length"),
            Self::Head => (StatusCode::BAD_REQUEST, "Malformed head"),
            Self::Target => (StatusCode::URI_TOO_LONG, "Target too long"),
            Self::HeadTooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Head too large"),
            Self::HeadTooSlow => (StatusCode::REQUEST_TIMEOUT, "Head too slow"),
            Self::Connections => (StatusCode::SERVICE_UNAVAILABLE, "Too many connections"),
        }
    }

    /// The `application/problem+json` body.
    pub(crate) fn body(&self, request_id: &str) -> Bytes {
        let (status, title) = self.kind();
        let problem = Problem::new(status.as_u16(), title, self.to_string(), request_id);
        serde_json::to_vec(&problem).expect("strings and a number always have a JSON form").into()
    }

    /// What the store's refusal means to the sender. Logged here, because the sender is not told the reason.
    pub(crate) fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::DiskFull { .. } => {
                tracing::warn!(%error, "requests are refused: the disk is nearly full");
                Self::DiskFull
            }
            StoreError::Unavailable { .. } => {
                tracing::warn!(%error, "requests are refused: the store is unavailable");
                Self::Unavailable
            }
            StoreError::Exists { .. }
            | StoreError::Missing { .. }
            | StoreError::Stale { .. }
            | StoreError::InUse { .. }
            | StoreError::Damaged { .. } => {
                tracing::error!(%error, "a request failed: the store refused it for a reason of its own");
                Self::Internal
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::told::Faults;
    use hookbox_model::JsonError;
    use std::collections::BTreeSet;

    fn every_refusal() -> Vec<Refusal> {
        let json = JsonError { what: "a byte order mark".into(), byte: 0 };
        vec![
            Refusal::NotFound,
            Refusal::Method,
            Refusal::Encoding,
            Refusal::BodyTooLarge { limit_bytes: 1 },
            Refusal::Unauthorized,
            Refusal::Address,
            Refusal::TooOften { retry_after_s: 1 },
            Refusal::ContentType,
            Refusal::Wait,
            Refusal::BodyTooSlow,
            Refusal::BodyBroken,
            Refusal::Json(json),
            Refusal::Content(Faults::default()),
            Refusal::MessageMissing,
            Refusal::Channel,
            Refusal::Signature,
            Refusal::Archived,
            Refusal::Draft,
            Refusal::IdempotencyKey,
            Refusal::Conflict,
            Refusal::Busy,
            Refusal::DiskFull,
            Refusal::Unavailable,
            Refusal::Internal,
            Refusal::Host,
            Refusal::Ambiguous,
            Refusal::Head,
            Refusal::Target,
            Refusal::HeadTooLarge,
            Refusal::HeadTooSlow,
            Refusal::Connections,
        ]
    }

    #[test]
    fn every_problem_type_is_distinct_and_in_the_readme_with_its_status() {
        let readme = include_str!("../README.md");
        let mut types = BTreeSet::new();
        for refusal in every_refusal() {
            let body: serde_json::Value = serde_json::from_slice(&refusal.body("r1")).expect("JSON");
            let kind = body["type"].as_str().expect("a type").to_owned();
            let row = format!("| {} | `{kind}` |", body["status"]);
            assert!(readme.contains(&row), "README.md lacks {row}");
            assert!(types.insert(kind.clone()), "{kind} is used twice");
            assert_eq!(body["request_id"], "r1");
            assert!(!body["detail"].as_str().expect("a detail").ends_with('.'));
        }
        assert_eq!(readme.matches("`/problems/").count(), types.len(), "README.md lists a type that is not used");
    }
}
