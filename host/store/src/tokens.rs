//! Tokens of the admin door.

use async_trait::async_trait;
use hookbox_model::{Digest, Token};

use crate::StoreError;

/// What may be asked about admin tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Adds one; a token with the same digest is kept as it is.
    async fn add(&self, token: &Token) -> Result<(), StoreError>;

    /// The token whose text has this SHA-256.
    async fn find(&self, sha256: Digest) -> Result<Option<Token>, StoreError>;

    /// Whether there is none yet: the first start.
    async fn is_empty(&self) -> Result<bool, StoreError>;
}
