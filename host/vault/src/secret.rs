//! A signing secret in the clear: in memory only, overwritten when it is dropped.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The bytes of a signing secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// A text is no signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a signing secret: expected whsec_ and the Base64 of {min} to {max} bytes", min = Secret::BYTES_MIN, max = Secret::BYTES_MAX)]
pub struct SecretError;

impl Secret {
    /// The fewest bytes, by Standard Webhooks.
    pub const BYTES_MIN: usize = 24;
    /// The most bytes, by Standard Webhooks.
    pub const BYTES_MAX: usize = 64;
    const PREFIX: &'static str = "whsec_";

    /// A new secret from 32 random bytes.
    pub fn from_random(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random.to_vec()))
    }

    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// [`SecretError`] when the prefix, the Base64 or the length is wrong.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(Self::PREFIX).ok_or(SecretError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError)?;
        Self::from_bytes(bytes).ok_or(SecretError)
    }

    /// A secret of these bytes, if there are as many as there must be.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let fits = (Self::BYTES_MIN..=Self::BYTES_MAX).contains(&bytes.len());
        let bytes = Zeroizing::new(bytes);
        fits.then_some(Self(bytes))
    }

    /// The text to be shown once: `whsec_…`.
    pub fn reveal(&self) -> String {
        format!("{}{}", Self::PREFIX, STANDARD.encode(self.as_bytes()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_reads_back_from_its_text_and_shows_nothing_in_logs() {
        let secret = Secret::from_random([7; 32]);
        assert_eq!(Secret::parse(&secret.reveal()), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        for wrong in ["", "whsec_", "whsec_AAAA", "whsec_****", &secret.reveal()[6..], &format!("{}=", secret.reveal())]
        {
            assert!(Secret::parse(wrong).is_err(), "{wrong}");
        }
    }
}
