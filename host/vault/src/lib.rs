//! The vault: the only room that encrypts secrets at rest, signs with them and checks signatures.
//!
//! [`Vault`] seals a [`Secret`] or a [`Text`] for its [`Place`] (workspace, owner, secret): moved to another place it does not
//! open.
//! [`verify`] and [`Secret::sign`] are Standard Webhooks over raw bytes. No IO, no clock, no randomness: keys, nonces and times
//! come in as values.

mod secret;
mod text;
mod seal;
mod signature;

pub use seal::{Place, Vault, VaultError};
pub use secret::{Secret, SecretError};
pub use signature::{Presented, SignatureError, verify};
pub use text::{Text, TextError};
