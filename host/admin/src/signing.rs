//! Signing secrets (Standard Webhooks): made or taken, sealed, and shown once.

use hookbox_model::{SecretId, SigningSecret, Timestamp};
use hookbox_vault::{Place, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::door::Door;
use crate::fresh;
use crate::refusal::{Fault, Refusal};

/// A secret that both sides sign with.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SigningSecret")]
pub(crate) struct SecretShape {
    /// Its id.
    pub(crate) id: SecretId,
    /// When it was made.
    created_at: Timestamp,
    /// No longer good from here on.
    not_after: Option<Timestamp>,
    /// The secret, `whsec_…`. Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// What a new secret is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecret {
    /// The secret that the other side has already (`whsec_` and Base64); a random one is made when absent.
    secret: Option<String>,
    /// No longer good from here on (RFC 3339); good until removed when absent.
    not_after: Option<Timestamp>,
}

impl SecretShape {
    /// A stored secret; `text` is given only in the answer that made it.
    pub(crate) fn of(secret: &SigningSecret, text: Option<String>) -> Self {
        Self { id: secret.id, created_at: secret.created_at, not_after: secret.not_after, secret: text }
    }
}

/// A new secret, sealed for its place, and its text.
pub(crate) fn sealed(
    door: &Door,
    new: NewSecret,
    place: impl FnOnce(SecretId) -> Place,
) -> Result<(SigningSecret, String), Refusal> {
    let now = fresh::now();
    if new.not_after.is_some_and(|end| end <= now) {
        return Err(Refusal::Faults(vec![Fault::new(
            "not_after",
            "it is in the past; the secret would never be good",
        )]));
    }
    let secret = match new.secret {
        None => Secret::from_random(fresh::random()?),
        Some(text) => {
            Secret::parse(&text).map_err(|error| Refusal::Faults(vec![Fault::new("secret", error.to_string())]))?
        }
    };
    let id = fresh::id();
    let sealed = door.vault().seal(&place(id), &secret, fresh::random()?);
    Ok((SigningSecret { id, sealed, created_at: now, not_after: new.not_after }, secret.reveal()))
}

/// A random secret without an end.
pub(crate) fn random() -> NewSecret {
    NewSecret { secret: None, not_after: None }
}
