//! Standard Webhooks: `v1` signatures over `id.timestamp.body`, by the scheme's own library; the time comes in as a value.

use hookbox_model::Timestamp;
use standardwebhooks::Webhook;
use subtle::ConstantTimeEq;

use crate::secret::Secret;

/// What a request is signed with, as its headers say it.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or more of `v1,…` with blanks between.
    pub signatures: &'a str,
}

/// A signature is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The time is no number of seconds.
    #[error("`webhook-timestamp` must be whole seconds since 1970")]
    Timestamp,
    /// The time is too far from the host's.
    #[error(
        "`webhook-timestamp` is more than {tolerance_s} seconds from now; check the sender's clock, and sign each attempt anew"
    )]
    Window {
        /// How far it may be.
        tolerance_s: u64,
    },
    /// None of the signatures was made with one of the secrets over this id, time and body.
    #[error("no signature in `webhook-signature` fits the id, the timestamp and the raw body")]
    Mismatch,
}

/// The most signatures that are looked at; a sender that rotates secrets sends two.
const SIGNATURES_MAX: usize = 16;

impl Secret {
    /// The signature of a body that is sent under `id` at `at`: `v1,…`. A body that is not UTF-8 has none and gets an empty one.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let seconds = i64::try_from(at.as_millis() / 1_000).unwrap_or(i64::MAX);
        self.signature(id, seconds, body).unwrap_or_default()
    }

    fn signature(&self, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
        Webhook::from_bytes(self.as_bytes().to_vec()).and_then(|webhook| webhook.sign(id, seconds, body)).ok()
    }
}

/// Checks that a request was signed with one of the secrets, at most `tolerance_s` seconds from `now`.
///
/// # Errors
/// [`SignatureError`]; its text may be shown to the sender.
pub fn verify(
    secrets: &[Secret],
    presented: &Presented<'_>,
    body: &[u8],
    now: Timestamp,
    tolerance_s: u64,
) -> Result<(), SignatureError> {
    let digits = presented.timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = presented.timestamp.parse().ok().filter(|_| digits).ok_or(SignatureError::Timestamp)?;
    let now = i64::try_from(now.as_millis() / 1_000).unwrap_or(i64::MAX);
    if now.abs_diff(seconds) > tolerance_s {
        return Err(SignatureError::Window { tolerance_s });
    }
    let mut fits = false;
    for secret in secrets {
        let Some(expected) = secret.signature(presented.id, seconds, body) else { continue };
        for given in presented.signatures.split(' ').take(SIGNATURES_MAX) {
            fits |= bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
        }
    }
    if fits { Ok(()) } else { Err(SignatureError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use hookbox_model::Timestamp;

    use super::{Presented, SignatureError, verify};
    use crate::secret::Secret;

    /// What the reference libraries of Standard Webhooks publish for signing: secret, id, seconds, body, signature.
    const VECTORS: [(&str, &str, u64, &[u8], &str); 2] = [
        // In every language but Rust.
        (SECRET, ID, SECONDS, BODY, SIGNATURE),
        // In Rust.
        (
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            br#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ];

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SECONDS: u64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn check(id: &str, timestamp: &str, signatures: &str, body: &[u8], now_s: u64) -> Result<(), SignatureError> {
        let secrets = [Secret::from_random([1; 32]), Secret::parse(SECRET).expect("the published secret")];
        let presented = Presented { id, timestamp, signatures };
        verify(&secrets, &presented, body, Timestamp::from_millis(now_s * 1_000), 300)
    }

    #[test]
    fn the_published_vectors_of_standard_webhooks_are_signed_and_accepted() {
        for (secret, id, seconds, body, signature) in VECTORS {
            let secret = Secret::parse(secret).expect("a published secret");
            let at = Timestamp::from_millis(seconds * 1_000);
            assert_eq!(secret.sign(id, at, body), signature);
            let presented = Presented { id, timestamp: &seconds.to_string(), signatures: signature };
            assert_eq!(verify(&[secret], &presented, body, at, 300), Ok(()));
            let others = [Secret::from_random([1; 32])];
            assert_eq!(verify(&others, &presented, body, at, 300), Err(SignatureError::Mismatch));
            assert_eq!(verify(&[], &presented, body, at, 300), Err(SignatureError::Mismatch), "no secret, no trust");
        }
    }

    /// The cases that the reference libraries test beside their vectors.
    #[test]
    fn the_published_cases_of_standard_webhooks_are_judged_as_published() {
        const OTHER: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        // A signature of the asymmetric scheme, as the specification shows it beside one of ours.
        const ASYMMETRIC: &str =
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
        let version_2 = OTHER.replace("v1", "v2");
        let (at, tolerance_s) = (SECONDS.to_string(), 300);
        let window = Err(SignatureError::Window { tolerance_s });
        let mismatch = Err(SignatureError::Mismatch);
        for (what, signatures, now_s, expected) in [
            ("a valid signature", SIGNATURE.to_owned(), SECONDS, Ok(())),
            ("several with a valid one", format!("{OTHER} {version_2} {SIGNATURE} {OTHER}"), SECONDS, Ok(())),
            ("a valid one beside an asymmetric one", format!("{SIGNATURE} {ASYMMETRIC}"), SECONDS, Ok(())),
            ("several without a valid one", format!("{OTHER} {version_2} {OTHER}"), SECONDS, mismatch),
            ("an asymmetric one alone", ASYMMETRIC.to_owned(), SECONDS, mismatch),
            ("a signature of something else", OTHER.to_owned(), SECONDS, mismatch),
            ("the last character wrong", SIGNATURE.replace("1OE=", "1OA="), SECONDS, mismatch),
            ("a partial signature: nothing but its version", "v1,".to_owned(), SECONDS, mismatch),
            ("a partial signature: its beginning", SIGNATURE[..8].to_owned(), SECONDS, mismatch),
            ("a signature without its version", SIGNATURE[3..].to_owned(), SECONDS, mismatch),
            ("as old as may be", SIGNATURE.to_owned(), SECONDS + tolerance_s, Ok(())),
            ("too old", SIGNATURE.to_owned(), SECONDS + tolerance_s + 1, window),
            ("as new as may be", SIGNATURE.to_owned(), SECONDS - tolerance_s, Ok(())),
            ("too new", SIGNATURE.to_owned(), SECONDS - tolerance_s - 1, window),
        ] {
            assert_eq!(check(ID, &at, &signatures, BODY, now_s), expected, "{what}");
        }
        let sixteen = format!("{}{SIGNATURE}", format!("{OTHER} ").repeat(15));
        assert_eq!(check(ID, &at, &sixteen, BODY, SECONDS), Ok(()));
        let seventeen = format!("{OTHER} {sixteen}");
        assert_eq!(check(ID, &at, &seventeen, BODY, SECONDS), mismatch, "only so many are looked at");
    }

    #[test]
    fn whatever_differs_is_refused() {
        let at = SECONDS.to_string();
        let later = (SECONDS + 1).to_string();
        let window = Err(SignatureError::Window { tolerance_s: 300 });
        assert_eq!(check("msg_other", &at, SIGNATURE, BODY, SECONDS), Err(SignatureError::Mismatch));
        assert_eq!(check(ID, &later, SIGNATURE, BODY, SECONDS), Err(SignatureError::Mismatch));
        assert_eq!(check(ID, &at, SIGNATURE, br#"{"test":2432232314}"#, SECONDS), Err(SignatureError::Mismatch));
        assert_eq!(check(ID, &at, SIGNATURE, b"\xff", SECONDS), Err(SignatureError::Mismatch));
        assert_eq!(check(ID, &at, &SIGNATURE[3..], BODY, SECONDS), Err(SignatureError::Mismatch));
        assert_eq!(check(ID, &at, &SIGNATURE.replace("v1", "v2"), BODY, SECONDS), Err(SignatureError::Mismatch));
        assert_eq!(check(ID, &at, "", BODY, SECONDS), Err(SignatureError::Mismatch));
        assert_eq!(check(ID, &at, SIGNATURE, BODY, SECONDS + 301), window);
        assert_eq!(check(ID, &at, SIGNATURE, BODY, SECONDS - 301), window);
        for wrong in ["", "now", "-5", "+5", "1.5", "99999999999999999999"] {
            assert_eq!(check(ID, wrong, SIGNATURE, BODY, SECONDS), Err(SignatureError::Timestamp), "{wrong}");
        }
    }
}
