//! Secrets at rest: XChaCha20-Poly1305 under the host's key, bound to the place they are for.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hookbox_model::{AutomationId, InboxId, Sealed, SecretId, WorkspaceId};

use crate::secret::Secret;

/// Bytes of a nonce.
const NONCE: usize = 24;

/// The host's key for secrets at rest.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

/// Where a secret belongs. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place([u8; 49]);

/// A sealed secret does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a stored secret does not open: it was sealed with another key or for another place, or it is damaged; start with the key it was sealed with, or make a new secret"
)]
pub struct VaultError;

impl Vault {
    /// A vault with this key, which must stay the same for as long as what it sealed is to open.
    pub fn new(key: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&key.into()))
    }

    /// Seals a secret for its place. `nonce` is random and never used twice.
    pub fn seal(&self, place: &Place, secret: &Secret, nonce: [u8; NONCE]) -> Sealed {
        let payload = Payload { msg: secret.as_bytes(), aad: &place.0 };
        let encrypted = self.0.encrypt(&nonce.into(), payload).expect("64 bytes are never too long to encrypt");
        Sealed::new(STANDARD.encode([nonce.as_slice(), &encrypted].concat()))
    }

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// [`VaultError`] when it was sealed with another key or for another place, or is damaged. Trying again changes nothing.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Secret, VaultError> {
        let bytes = STANDARD.decode(sealed.as_str()).map_err(|_| VaultError)?;
        let (nonce, encrypted) = bytes.split_first_chunk::<NONCE>().ok_or(VaultError)?;
        let payload = Payload { msg: encrypted, aad: &place.0 };
        let opened = self.0.decrypt(&(*nonce).into(), payload).map_err(|_| VaultError)?;
        Secret::from_bytes(opened).ok_or(VaultError)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Place {
    /// A secret that requests to an automation's trigger are signed with.
    pub fn of_automation(workspace: WorkspaceId, automation: AutomationId, secret: SecretId) -> Self {
        Self::of(b'a', workspace.as_bytes(), automation.as_bytes(), secret.as_bytes())
    }

    /// A secret that an inbox's channel signs with.
    pub fn of_inbox(workspace: WorkspaceId, inbox: InboxId, secret: SecretId) -> Self {
        Self::of(b'i', workspace.as_bytes(), inbox.as_bytes(), secret.as_bytes())
    }

    fn of(kind: u8, workspace: &[u8; 16], owner: &[u8; 16], secret: &[u8; 16]) -> Self {
        let mut place = [kind; 49];
        place[1..17].copy_from_slice(workspace);
        place[17..33].copy_from_slice(owner);
        place[33..].copy_from_slice(secret);
        Self(place)
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::{Id, Sealed};

    use super::{Place, Vault, VaultError};
    use crate::secret::Secret;

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_in_its_place() {
        let (vault, secret) = (Vault::new([1; 32]), Secret::from_random([2; 32]));
        let id = |byte| [byte; 16];
        let place = Place::of_automation(Id::from_bytes(id(3)), Id::from_bytes(id(4)), Id::from_bytes(id(5)));
        let sealed = vault.seal(&place, &secret, [6; 24]);
        assert_eq!(vault.open(&place, &sealed), Ok(secret.clone()));
        assert_eq!(Vault::new([7; 32]).open(&place, &sealed), Err(VaultError));
        for other in [
            Place::of_automation(Id::from_bytes(id(9)), Id::from_bytes(id(4)), Id::from_bytes(id(5))),
            Place::of_automation(Id::from_bytes(id(3)), Id::from_bytes(id(9)), Id::from_bytes(id(5))),
            Place::of_automation(Id::from_bytes(id(3)), Id::from_bytes(id(4)), Id::from_bytes(id(9))),
            Place::of_inbox(Id::from_bytes(id(3)), Id::from_bytes(id(4)), Id::from_bytes(id(5))),
        ] {
            assert_eq!(vault.open(&other, &sealed), Err(VaultError), "a secret moved to another place");
        }
        for damaged in ["", "AAAA", "no base64", &sealed.as_str()[4..]] {
            assert_eq!(vault.open(&place, &Sealed::new(damaged.to_owned())), Err(VaultError), "{damaged}");
        }
        assert!(!sealed.as_str().contains(&secret.reveal()[6..]), "nothing of it is readable");
    }
}
