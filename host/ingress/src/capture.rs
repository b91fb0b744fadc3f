//! A verified request becomes a capture, and the capture is on disk before this returns.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{Capture, CaptureId, Digest, IdempotencyKey, JsonLimits, Payload, Timestamp};
use hookbox_store::{Captured, Store};
use http::{HeaderMap, HeaderName};

use crate::auth::Verified;
use crate::refusal::Refusal;

/// What the sender calls the request, so that sending it again is safe.
static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest `Idempotency-Key`.
const KEY_CHARS_MAX: usize = 255;

/// A request whose caller is known and whose body is read.
pub(crate) struct Received<'a> {
    pub(crate) id: CaptureId,
    pub(crate) verified: Verified,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) received_at: Timestamp,
}

/// Checks the JSON and the idempotency key and writes the capture. The id is that of the first request when this one
/// repeats it.
pub(crate) async fn capture(
    store: &dyn Store,
    received: Received<'_>,
    limits: JsonLimits,
) -> Result<CaptureId, Refusal> {
    let Received { id, verified, headers, body, received_at } = received;
    let body = Payload::parse(body, limits).map_err(Refusal::Json)?;
    let idempotency = idempotency_key(headers)?
        .map(|key| IdempotencyKey { key: Arc::from(key), body_sha256: Digest::of(body.raw()) });
    let trigger = verified.trigger();
    let capture = Capture {
        id,
        workspace: trigger.workspace,
        automation: trigger.automation,
        automation_version: trigger.version,
        received_at,
        body,
        idempotency,
    };
    match store.captures().capture(Arc::new(capture)).await {
        Ok(Captured::Stored) => Ok(id),
        Ok(Captured::Repeated(first)) => Ok(first),
        Ok(Captured::Conflict) => Err(Refusal::Conflict),
        Err(error) => Err(Refusal::of_store(&error)),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = std::str::from_utf8(value.as_bytes()).map_err(|_| Refusal::IdempotencyKey)?;
    let fits = (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits && values.next().is_none() { Ok(Some(key)) } else { Err(Refusal::IdempotencyKey) }
}

#[cfg(test)]
mod tests {
    use super::{IDEMPOTENCY_KEY, idempotency_key};
    use crate::refusal::Refusal;
    use http::{HeaderMap, HeaderValue};

    fn check(given: &[&str], expected: Result<Option<&str>, Refusal>) {
        let mut headers = HeaderMap::new();
        for value in given {
            headers.append(&IDEMPOTENCY_KEY, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        }
        assert_eq!(idempotency_key(&headers), expected, "{given:?}");
    }

    #[test]
    fn an_idempotency_key_is_one_header_of_visible_ascii() {
        let longest = "k".repeat(255);
        check(&[], Ok(None));
        check(&["order-17:\"a\""], Ok(Some("order-17:\"a\"")));
        check(&[&longest], Ok(Some(&longest)));
        for wrong in ["", "a b", "ä", &format!("{longest}k")] {
            check(&[wrong], Err(Refusal::IdempotencyKey));
        }
        check(&["a", "a"], Err(Refusal::IdempotencyKey));
    }
}
