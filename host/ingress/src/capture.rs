//! A verified request becomes a capture, and the capture is on disk before this returns.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    AutomationState, Capture, CaptureId, Digest, IdempotencyKey, JsonLimits, Payload, TestCapture, Timestamp,
};
use hookbox_store::{Captured, Store};
use http::{HeaderMap, HeaderName};

use crate::auth::Verified;
use crate::headers;
use crate::refusal::Refusal;
use crate::signature::WEBHOOK_ID;

/// What the sender calls the request, so that sending it again is safe.
static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest `Idempotency-Key` and `webhook-id`.
const KEY_CHARS_MAX: usize = 255;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is captured, and a run begins.
    Run,
    /// It came to the test URL: it is kept to be looked at, and nothing runs.
    Test,
}

/// A request whose caller is known and whose body is read.
pub(crate) struct Received<'a> {
    pub(crate) id: CaptureId,
    pub(crate) purpose: Purpose,
    pub(crate) verified: Verified,
    pub(crate) headers: &'a HeaderMap,
    /// Whether `webhook-id` is signed.
    pub(crate) is_signed: bool,
    pub(crate) body: Bytes,
    pub(crate) received_at: Timestamp,
    /// Where it comes from.
    pub(crate) from: IpAddr,
}

/// Checks the JSON, the automation's state and the idempotency key and writes the capture. The id is that of the first request when this one
/// repeats it.
pub(crate) async fn capture(
    store: &dyn Store,
    received: Received<'_>,
    limits: JsonLimits,
) -> Result<CaptureId, Refusal> {
    let Received { id, purpose, verified, headers, is_signed, body, received_at, from } = received;
    let body = Payload::parse(body, limits).map_err(Refusal::Json)?;
    let trigger = verified.known().trigger();
    match (trigger.state, purpose) {
        // What comes while the automation is paused is held by the runner.
        (AutomationState::Live | AutomationState::Paused, Purpose::Run | Purpose::Test) => {}
        (AutomationState::Draft, Purpose::Test) => {}
        (AutomationState::Draft, Purpose::Run) => return Err(Refusal::Draft),
        (AutomationState::Archived, Purpose::Run | Purpose::Test) => return Err(Refusal::Archived),
    }
    let idempotency =
        idempotency_key(headers, is_signed)?.map(|key| IdempotencyKey { key, body_sha256: Digest::of(body.raw()) });
    let (workspace, automation, from, headers) =
        (trigger.workspace, trigger.automation, Some(from), headers::kept(headers));
    if purpose == Purpose::Test {
        let test = TestCapture { id, workspace, automation, received_at, from, headers, body };
        let kept = store.captures().capture_test(&test).await;
        return kept.map(|()| id).map_err(|error| Refusal::of_store(&error));
    }
    let capture = Capture {
        id,
        workspace,
        automation,
        automation_version: trigger.version,
        received_at,
        body,
        idempotency,
        from,
        headers,
    };
    match store.captures().capture(Arc::new(capture)).await {
        Ok(Captured::Stored) => Ok(id),
        Ok(Captured::Repeated(first)) => Ok(first),
        Ok(Captured::Conflict) => Err(Refusal::Conflict),
        Err(error) => Err(Refusal::of_store(&error)),
    }
}

/// What a repetition is found by: a signed `webhook-id`, which nobody on the way can change; else `Idempotency-Key`; else
/// `webhook-id`. A `webhook-id` is kept with a blank, which no `Idempotency-Key` has, so that the two never meet.
fn idempotency_key(headers: &HeaderMap, is_signed: bool) -> Result<Option<Arc<str>>, Refusal> {
    let given = named(headers, &IDEMPOTENCY_KEY)?;
    let id = named(headers, &WEBHOOK_ID)?;
    Ok(match (given, id) {
        (Some(key), None) => Some(Arc::from(key)),
        (Some(key), Some(_)) if !is_signed => Some(Arc::from(key)),
        (Some(_) | None, Some(id)) => Some(format!("webhook-id {id}").into()),
        (None, None) => None,
    })
}

fn named<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = std::str::from_utf8(value.as_bytes()).map_err(|_| Refusal::IdempotencyKey)?;
    let fits = (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits && values.next().is_none() { Ok(Some(key)) } else { Err(Refusal::IdempotencyKey) }
}

#[cfg(test)]
mod tests {
    use super::{IDEMPOTENCY_KEY, WEBHOOK_ID, idempotency_key, named};
    use crate::refusal::Refusal;
    use http::{HeaderMap, HeaderValue};

    fn check(given: &[&str], expected: Result<Option<&str>, Refusal>) {
        let mut headers = HeaderMap::new();
        for value in given {
            headers.append(&IDEMPOTENCY_KEY, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        }
        assert_eq!(named(&headers, &IDEMPOTENCY_KEY), expected, "{given:?}");
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

    #[test]
    fn a_signed_webhook_id_goes_before_an_idempotency_key_and_an_unsigned_one_after() {
        let mut headers = HeaderMap::new();
        let key = |headers: &HeaderMap, is_signed| idempotency_key(headers, is_signed).expect("good headers");
        assert_eq!(key(&headers, false), None);
        headers.insert(&WEBHOOK_ID, HeaderValue::from_static("msg_1"));
        assert_eq!(key(&headers, false).as_deref(), Some("webhook-id msg_1"));
        headers.insert(&IDEMPOTENCY_KEY, HeaderValue::from_static("order-17"));
        assert_eq!(key(&headers, false).as_deref(), Some("order-17"));
        assert_eq!(key(&headers, true).as_deref(), Some("webhook-id msg_1"));
        headers.insert(&WEBHOOK_ID, HeaderValue::from_static("a b"));
        assert_eq!(idempotency_key(&headers, false), Err(Refusal::IdempotencyKey));
    }
}
