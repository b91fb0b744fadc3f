//! What a request proves itself with: `webhook-id`, `webhook-timestamp` and `webhook-signature` in a line each, a body behind them.
//!
//! A request is let in exactly when one of the signatures that are looked at is the right one and its time is near. `%` in the third
//! line stands for the right one. Each line is also read as a key, a signing secret and a sealed secret, and is none unless it says so.

use hookbox_model::{Id, PresentedKey, Sealed, Timestamp};
use hookbox_vault::{Place, Presented, Secret, Vault, verify};

use super::lines::split;

/// The host's time, in seconds since 1970.
const NOW_S: u64 = 1_700_000_000;

const TOLERANCE_S: u64 = 300;

/// So many signatures are looked at.
const SIGNATURES_MAX: usize = 16;

pub(crate) fn try_on(input: &[u8]) {
    let ([id, timestamp, signatures], body) = split(input);
    let secrets = [Secret::from_random([1; 32]), Secret::from_random([2; 32])];
    let seconds = timestamp.parse::<i64>().ok().filter(|_| timestamp.bytes().all(|byte| byte.is_ascii_digit()));
    let near = seconds.filter(|seconds| NOW_S.abs_diff(seconds.unsigned_abs()) <= TOLERANCE_S);
    let right = near.map(|seconds| {
        let at = Timestamp::from_millis(seconds.unsigned_abs() * 1_000);
        secrets.each_ref().map(|secret| secret.sign(&id, at, body))
    });
    let signatures = match &right {
        Some(right) => signatures.replace('%', &right[1]),
        None => signatures,
    };
    // A body that is not UTF-8 has an empty signature, which nobody is let in by.
    let is_right = |given: &str| right.iter().flatten().any(|right| !right.is_empty() && right == given);
    let fits = signatures.split(' ').take(SIGNATURES_MAX).any(is_right);
    let presented = Presented { id: &id, timestamp: &timestamp, signatures: &signatures };
    let verified = verify(&secrets, &presented, body, Timestamp::from_millis(NOW_S * 1_000), TOLERANCE_S);
    assert_eq!(verified.is_ok(), fits, "{verified:?}");
    for line in [&id, &timestamp, &signatures] {
        read(line);
    }
}

fn read(text: &str) {
    if let Ok(key) = PresentedKey::parse(text) {
        let again = PresentedKey::parse(text).expect("the same again");
        assert!(again.id == key.id && again.secret_sha256 == key.secret_sha256);
        assert!(text.starts_with("hbx_"), "a key says that it is one");
    }
    if let Ok(secret) = Secret::parse(text) {
        assert_eq!(Secret::parse(&secret.reveal()), Ok(secret), "a secret reads back");
    }
    let place = Place::of_plugin_secret(Id::from_bytes([3; 16]), Id::from_bytes([5; 16]));
    let opened = Vault::new([1; 32]).open_text(&place, &Sealed::new(text.to_owned()));
    assert!(opened.is_err(), "nobody makes up what the vault sealed");
}
