//! API keys: `hbx_<keyid>_<secret>_<crc>`.
//!
//! The key id finds the record, the secret proves the caller, the checksum tells a mistyped key from a wrong one before
//! anything is looked up. Only the SHA-256 of the secret is ever stored.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// The public half of an API key, 16 hexadecimal digits; unguessable secrets are never used to find a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// A key id from 8 random bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The 8 bytes that the store keys on.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for KeyId {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        hex::<8>(text).map(Self).ok_or(KeyError)
    }
}

/// A key as a caller presents it, well formed but not yet compared with anything.
pub struct PresentedKey {
    /// Which key the caller claims to hold.
    pub id: KeyId,
    /// The SHA-256 of the secret that came with it.
    pub secret_sha256: Digest,
}

/// A text is not an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key: expected hbx_, 16 hexadecimal digits, _, 64 hexadecimal digits, _ and 8 digits of checksum")]
pub struct KeyError;

impl PresentedKey {
    /// Reads `hbx_<keyid>_<secret>_<crc>`, refusing a wrong shape or checksum.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (front, sum) = text.rsplit_once('_').ok_or(KeyError)?;
        let mut parts = front.strip_prefix("hbx_").ok_or(KeyError)?.split('_');
        let (id, secret) = (parts.next().ok_or(KeyError)?, parts.next().ok_or(KeyError)?);
        if parts.next().is_some() || hex::<4>(sum) != Some(checksum(front)) {
            return Err(KeyError);
        }
        let secret = hex::<32>(secret).ok_or(KeyError)?;
        Ok(Self { id: id.parse()?, secret_sha256: Digest::of(&secret) })
    }

    /// The text of a new key, to be shown once, from 8 and 32 random bytes.
    pub fn write(id: KeyId, secret: &[u8; 32]) -> String {
        let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let front = format!("hbx_{id}_{secret}");
        let sum: String = checksum(&front).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{front}_{sum}")
    }
}

/// The first four bytes of the SHA-256: a checksum against typing errors, not a secret.
fn checksum(front: &str) -> [u8; 4] {
    let digest = Digest::of(front.as_bytes());
    let mut sum = [0u8; 4];
    sum.copy_from_slice(&digest.as_bytes()[..4]);
    sum
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
        return None;
    }
    let mut bytes = [0u8; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{KeyId, PresentedKey};
    use crate::Digest;

    #[test]
    fn a_written_key_parses_and_a_mistyped_one_does_not() {
        let text = PresentedKey::write(KeyId::from_bytes([7; 8]), &[9; 32]);
        let key = PresentedKey::parse(&text).expect("a key just written");
        assert_eq!(key.id, KeyId::from_bytes([7; 8]));
        assert_eq!(key.secret_sha256, Digest::of(&[9; 32]));
        assert!(PresentedKey::parse(&text.replace("0707", "0708")).is_err());
        for wrong in ["", "hbx_", "hbx___", "hbx_a_b_c", &text[1..], &text.to_uppercase(), &format!("{text}0")] {
            assert!(PresentedKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
