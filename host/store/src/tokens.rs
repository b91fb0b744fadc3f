//! Tokens of the admin door.

use async_trait::async_trait;
use hookbox_model::{Audited, Digest, Timestamp, Token, TokenId, User, UserId};

use crate::StoreError;

/// What may be asked about tokens. Entries are in the host's audit log.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Adds one of `user`; when there is one with the same digest that one is kept as it is, and nothing is noted. `Stale` when the user
    /// is not as they were read, or the token that makes it is gone: it would outlive what let its maker in. Those of the same
    /// user that are good no more when it is made go.
    async fn add(&self, token: &Token, user: Option<&User>, audited: Audited) -> Result<(), StoreError>;

    /// The token whose text has this SHA-256.
    async fn find(&self, sha256: Digest) -> Result<Option<Token>, StoreError>;

    /// Those of a user, or those of no user, oldest first: at most `limit`.
    async fn of(&self, user: Option<UserId>, limit: usize) -> Result<Vec<Token>, StoreError>;

    /// Notes that it was used; an earlier time changes nothing, and neither does one that is gone meanwhile.
    async fn seen(&self, sha256: Digest, at: Timestamp) -> Result<(), StoreError>;

    /// Removes one of this user, or of no user, and every one that it made, and they made. `Missing` when there is none.
    async fn remove(&self, user: Option<UserId>, id: TokenId, audited: Audited) -> Result<(), StoreError>;

    /// Whether there is none yet: the first start.
    async fn is_empty(&self) -> Result<bool, StoreError>;
}
