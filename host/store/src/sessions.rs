//! Sessions: who is logged in. They are found by whose they are, so that all of a user's end together.

use async_trait::async_trait;
use hookbox_model::{Audited, Session, SessionId, Timestamp, User, UserId};

use crate::StoreError;

/// What may be asked about sessions. Entries are in the host's audit log.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Begins one of a user as they were read, and ends their oldest, so that no more than `kept_max` are left. `Missing` when the user
    /// is not there or cannot log in, `Stale` when they are not as they were read: perhaps the password that was just looked at is
    /// theirs no more.
    async fn begin(&self, user: &User, session: &Session, kept_max: usize, audited: Audited) -> Result<(), StoreError>;

    /// The one of this user with this id, whether or not it is over.
    async fn find(&self, user: UserId, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// Notes that it was used; an earlier time changes nothing, and neither does one that ended meanwhile.
    async fn seen(&self, user: UserId, id: SessionId, at: Timestamp) -> Result<(), StoreError>;

    /// Ends one. `Missing` when there is none.
    async fn end(&self, user: UserId, id: SessionId, audited: Audited) -> Result<(), StoreError>;
}
