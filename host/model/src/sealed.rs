//! A secret as it is stored: encrypted, opaque to everybody but the vault that sealed it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{SecretId, Timestamp};

/// An encrypted secret, as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// What a vault made.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// What a vault opens.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// A secret that both sides sign with (Standard Webhooks). Several may be live, to rotate without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSecret {
    /// Its id.
    pub id: SecretId,
    /// The secret.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: Timestamp,
    /// No longer good from here on.
    pub not_after: Option<Timestamp>,
}

impl SigningSecret {
    /// Whether signatures of this secret are good at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}
