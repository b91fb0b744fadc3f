//! Whether the caller holds a live key of the trigger.
//!
//! Missing, malformed, wrong, expired and revoked keys and unknown automations are one refusal with one body, after the
//! same work: the hashes of one key and one comparison in constant time. So an answer tells nobody which ids and keys exist.

use std::sync::Arc;

use hookbox_model::{Digest, KeyId, PresentedKey, Timestamp, TriggerKey};
use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

use crate::refusal::Refusal;
use crate::triggers::KnownTrigger;

/// A trigger whose caller proved to hold one of its keys. Made here only.
#[derive(Debug)]
pub(crate) struct Verified {
    known: Arc<KnownTrigger>,
    key: KeyId,
}

impl Verified {
    pub(crate) fn known(&self) -> &KnownTrigger {
        &self.known
    }

    pub(crate) fn key(&self) -> KeyId {
        self.key
    }
}

/// Compared with when there is no such key; no secret is known to hash to it, and it never opens anything.
const DECOY: Digest = Digest::from_bytes([0; 32]);

/// Stands in for a key that is missing or malformed, so that it costs what parsing one costs: the checksum over 85 bytes
/// and the hash of 32.
const NO_KEY: [u8; 85] = [0; 85];

/// Checks the `Authorization` header against the keys of the trigger that was asked for, if there is one.
pub(crate) fn verify(
    headers: &HeaderMap,
    known: Option<Arc<KnownTrigger>>,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let presented = bearer(headers).and_then(|text| PresentedKey::parse(text).ok());
    let (id, secret_sha256) = match presented {
        Some(key) => (Some(key.id), key.secret_sha256),
        None => {
            std::hint::black_box(Digest::of(&NO_KEY));
            (None, Digest::of(&NO_KEY[..32]))
        }
    };
    let keys: &[TriggerKey] = known.as_deref().map_or(&[], |known| &known.trigger().keys);
    let key = keys.iter().find(|key| Some(key.id) == id);
    let expected = key.map_or(&DECOY, |key| &key.secret_sha256);
    let equal = bool::from(secret_sha256.as_bytes().ct_eq(expected.as_bytes()));
    let live = key.is_some_and(|key| key.is_live(now));
    match (known, id) {
        (Some(known), Some(key)) if equal & live => Ok(Verified { known, key }),
        (Some(_) | None, Some(_) | None) => Err(Refusal::Unauthorized),
    }
}

/// The token of the one `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::verify;
    use crate::refusal::Refusal;
    use crate::triggers::KnownTrigger;
    use hookbox_model::{AutomationId, AutomationState, Timestamp, Trigger, TriggerKey, WorkspaceId};
    use hookbox_vault::Vault;
    use http::{HeaderMap, HeaderValue, header};
    use std::sync::Arc;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn key(seed: u8) -> (TriggerKey, String) {
        let automation = AutomationId::from_uuid(Uuid::from_u128(1));
        TriggerKey::generate(automation, WorkspaceId::from_uuid(Uuid::from_u128(2)), [seed; 40], Timestamp::default())
    }

    fn check(authorization: &[&str], keys: Vec<TriggerKey>, opens: bool) {
        let mut headers = HeaderMap::new();
        for value in authorization {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).expect("a header value"));
        }
        let (automation, workspace) = (key(1).0.automation, key(1).0.workspace);
        let trigger = Trigger {
            automation,
            workspace,
            state: AutomationState::Live,
            version: 1,
            body_bytes_max: None,
            signature: hookbox_model::SignatureRule::None,
            secrets: Vec::new(),
            allow: Vec::new(),
            rate: None,
            keys,
        };
        let known = Arc::new(KnownTrigger::new(trigger, &Vault::new([1; 32])));
        let answer = verify(&headers, Some(known), NOW).map(|verified| verified.known().trigger().automation);
        assert_eq!(answer, if opens { Ok(automation) } else { Err(Refusal::Unauthorized) }, "{authorization:?}");
        assert_eq!(verify(&headers, None, NOW).err(), Some(Refusal::Unauthorized));
    }

    #[test]
    fn a_live_key_opens_its_trigger_and_nothing_else_does() {
        let ((one, one_text), (two, two_text)) = (key(1), key(2));
        let bearer = format!("Bearer {one_text}");
        check(&[&bearer], vec![one.clone()], true);
        check(&[&format!("bearer  {one_text} ")], vec![two.clone(), one.clone()], true);
        check(&[&format!("Bearer {two_text}")], vec![one.clone()], false);
        check(&[&bearer, &bearer], vec![one.clone()], false);
        check(&[], vec![one.clone()], false);
        for wrong in
            ["", "Bearer", "Bearer ", &one_text, "Basic dXNlcg==", &bearer.to_uppercase(), &format!("{bearer}0")]
        {
            check(&[wrong], vec![one.clone()], false);
        }
        let same_id = TriggerKey { secret_sha256: two.secret_sha256, ..one.clone() };
        check(&[&bearer], vec![same_id], false);
    }

    #[test]
    fn a_key_ends_when_it_expires_or_is_revoked() {
        let (one, text) = key(1);
        let bearer = format!("Bearer {text}");
        check(&[&bearer], vec![TriggerKey { not_after: Some(Timestamp::from_millis(1_001)), ..one.clone() }], true);
        check(&[&bearer], vec![TriggerKey { not_after: Some(NOW), ..one.clone() }], false);
        check(&[&bearer], vec![TriggerKey { revoked_at: Some(NOW), ..one }], false);
    }
}
