//! Whether a request is signed as its trigger asks, or by a channel: Standard Webhooks over the raw body.
//!
//! Missing, wrong and late signatures are one refusal with one body.

use hookbox_model::{SignatureRule, Timestamp};
use hookbox_vault::{Presented, Secret, verify};
use http::{HeaderMap, HeaderName};

use crate::refusal::Refusal;
use crate::triggers::KnownTrigger;

/// What the sender calls the request; signed with it.
pub(crate) static WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
/// When it was signed, in seconds since 1970.
static WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// One or more signatures.
static WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Checks the signature if the trigger asks for one. Whether `webhook-id` is proved to be the sender's.
pub(crate) fn check(
    known: &KnownTrigger,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
    tolerance_s: u64,
) -> Result<bool, Refusal> {
    match known.trigger().signature {
        SignatureRule::None => Ok(false),
        SignatureRule::Required if is_signed(&known.secrets(now), headers, body, now, tolerance_s) => Ok(true),
        SignatureRule::Required => Err(Refusal::Signature),
    }
}

/// Whether one of the secrets signed the request, at most `tolerance_s` seconds from `now`.
pub(crate) fn is_signed(
    secrets: &[Secret],
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
    tolerance_s: u64,
) -> bool {
    let Some(presented) = presented(headers) else { return false };
    match verify(secrets, &presented, body, now, tolerance_s) {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(%error, "a signature was refused");
            false
        }
    }
}

fn presented(headers: &HeaderMap) -> Option<Presented<'_>> {
    Some(Presented {
        id: one(headers, &WEBHOOK_ID)?,
        timestamp: one(headers, &WEBHOOK_TIMESTAMP)?,
        signatures: one(headers, &WEBHOOK_SIGNATURE)?,
    })
}

fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
