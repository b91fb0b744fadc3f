//! Secrets at rest: XChaCha20-Poly1305 under the host's key, bound to the place they are for.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hookbox_model::{AutomationId, Digest, InboxId, Sealed, SecretId, WorkspaceId};
use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::text::Text;

/// Bytes of a nonce.
const NONCE: usize = 24;

/// Hexadecimal digits of a fingerprint: enough that two keys never have the same by chance.
const FINGERPRINT_DIGITS: usize = 16;

/// What is hashed with a key to tell it from others.
const FINGERPRINT_OF: &[u8] = b"hookbox key of secrets at rest";

/// The host's key for secrets at rest.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    fingerprint: String,
}

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
        let told = Digest::of(&[FINGERPRINT_OF, &key].concat()).to_string();
        Self { cipher: XChaCha20Poly1305::new(&key.into()), fingerprint: told[..FINGERPRINT_DIGITS].to_owned() }
    }

    /// By what this key can be told from others; it says nothing else of it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Seals a secret for its place. `nonce` is random and never used twice.
    pub fn seal(&self, place: &Place, secret: &Secret, nonce: [u8; NONCE]) -> Sealed {
        self.seal_bytes(place, secret.as_bytes(), nonce)
    }

    /// Seals a text for its place. `nonce` is random and never used twice.
    pub fn seal_text(&self, place: &Place, text: &Text, nonce: [u8; NONCE]) -> Sealed {
        self.seal_bytes(place, text.as_str().as_bytes(), nonce)
    }

    /// At most a few KiB.
    fn seal_bytes(&self, place: &Place, bytes: &[u8], nonce: [u8; NONCE]) -> Sealed {
        let payload = Payload { msg: bytes, aad: &place.0 };
        let encrypted = self.cipher.encrypt(&nonce.into(), payload).expect("a few KiB are never too long to encrypt");
        Sealed::new(STANDARD.encode([nonce.as_slice(), &encrypted].concat()))
    }

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// [`VaultError`] when it was sealed with another key or for another place, or is damaged. Trying again changes nothing.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Secret, VaultError> {
        Secret::from_bytes(self.open_bytes(place, sealed)?).ok_or(VaultError)
    }

    /// Opens the text that was sealed for `place`. It is overwritten when it is dropped.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_text(&self, place: &Place, sealed: &Sealed) -> Result<Zeroizing<String>, VaultError> {
        let opened = Zeroizing::new(self.open_bytes(place, sealed)?);
        let text = std::str::from_utf8(&opened).map_err(|_| VaultError)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    fn open_bytes(&self, place: &Place, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        let bytes = STANDARD.decode(sealed.as_str()).map_err(|_| VaultError)?;
        let (nonce, encrypted) = bytes.split_first_chunk::<NONCE>().ok_or(VaultError)?;
        let payload = Payload { msg: encrypted, aad: &place.0 };
        self.cipher.decrypt(&(*nonce).into(), payload).map_err(|_| VaultError)
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

    /// A plugin secret: it belongs to the workspace alone, under an id that its name keeps.
    pub fn of_plugin_secret(workspace: WorkspaceId, secret: SecretId) -> Self {
        Self::of(b'p', workspace.as_bytes(), secret.as_bytes(), secret.as_bytes())
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
    use crate::text::Text;

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

    #[test]
    fn a_key_is_told_from_others_without_being_told() {
        let fingerprint = Vault::new([1; 32]).fingerprint().to_owned();
        assert_eq!(Vault::new([1; 32]).fingerprint(), fingerprint);
        assert_ne!(Vault::new([2; 32]).fingerprint(), fingerprint);
        assert_eq!(fingerprint, "47aa017af9190cf2", "backups that were taken name keys so");
    }

    #[test]
    fn a_sealed_text_opens_only_with_its_key_and_in_its_place() {
        let vault = Vault::new([1; 32]);
        let text = Text::new("Bearer sk-live-\u{fc}".to_owned().into()).expect("a text");
        let (workspace, secret) = (Id::from_bytes([3; 16]), Id::from_bytes([5; 16]));
        let place = Place::of_plugin_secret(workspace, secret);
        let sealed = vault.seal_text(&place, &text, [6; 24]);
        assert_eq!(vault.open_text(&place, &sealed).as_deref().map(String::as_str), Ok(text.as_str()));
        assert!(Vault::new([7; 32]).open_text(&place, &sealed).is_err());
        for other in [
            Place::of_plugin_secret(Id::from_bytes([9; 16]), secret),
            Place::of_plugin_secret(workspace, Id::from_bytes([9; 16])),
            Place::of_automation(workspace, Id::from_bytes([5; 16]), secret),
            Place::of_inbox(workspace, Id::from_bytes([5; 16]), secret),
        ] {
            assert!(vault.open_text(&other, &sealed).is_err(), "a text moved to another place");
        }
        assert!(!sealed.as_str().contains("sk-live"), "nothing of it is readable");
        let longest = Text::new("x".repeat(4096).into()).expect("a text");
        let sealed = vault.seal_text(&place, &longest, [8; 24]);
        assert_eq!(vault.open_text(&place, &sealed).map(|text| text.len()), Ok(4096));
    }
}
