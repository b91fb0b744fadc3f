//! Users: who may log in, found by id, by address and by workspace; and the invites by which they choose a password.
//!
//! What concerns the host as a whole stands in the audit log of [`WorkspaceId::HOST`], a role in a workspace in that of the workspace.
//! A change can be of both, so it brings an entry for each log.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hookbox_model::{Audited, Invite, Session, SessionId, User, UserId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What a change says of itself, for each log that it belongs into.
pub type LogEntries = BTreeMap<WorkspaceId, Audited>;

/// What becomes of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// The user as they were read.
    pub before: User,
    /// The user as they become.
    pub after: User,
    /// What ends with it.
    pub ends: Ends,
    /// The invite that they have from then on.
    pub invite: Option<Invite>,
}

/// What of a user ends with a change of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Nothing.
    Nothing,
    /// Their sessions.
    Sessions,
    /// Their sessions and their tokens.
    Everything,
    /// Their sessions, but for this one.
    OtherSessions(SessionId),
    /// Their sessions and their tokens, but for this session.
    EverythingBut(SessionId),
}

/// What may be asked about users.
#[async_trait]
pub trait Users: Send + Sync {
    /// Whether there is none yet.
    async fn is_empty(&self) -> Result<bool, StoreError>;

    /// Adds the first user, with a session. `Exists` when there is any user. The entry is the host's.
    async fn create_first(&self, user: &User, session: &Session, audited: Audited) -> Result<(), StoreError>;

    /// Adds one with an invite. `Exists` when the address is taken.
    async fn create(&self, user: &User, invite: &Invite, audited: LogEntries) -> Result<(), StoreError>;

    /// Changes one. Whoever [reaches further](User::reaches_further_than) has nothing left of what let them in before, whatever `change`
    /// says: no password, no session, no token, no invite. Whoever has any of these was given it for less. The invite is gone too when the
    /// password changes, or whether they are disabled. `Missing` when there is none, `Stale` when they are not as they were read, `InUse`
    /// when a workspace would be left without its last owner who can log in (`owner`), or the host without its last `operator`.
    async fn change(&self, change: UserChange, audited: LogEntries) -> Result<(), StoreError>;

    /// The one with this id.
    async fn get(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The one with this address, as `User::spelled` spells it.
    async fn find(&self, email: &str) -> Result<Option<User>, StoreError>;

    /// All of the host, oldest first.
    async fn page(&self, page: PageRequest) -> Result<Page<User>, StoreError>;

    /// Those with a role in a workspace, oldest first.
    async fn page_of(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<User>, StoreError>;

    /// Invites a user, who must be as they were read, in the place of an invite before it. `Missing` when there is no such user, `Stale`
    /// when they changed since.
    async fn invite(&self, seen: &User, invite: &Invite, audited: LogEntries) -> Result<(), StoreError>;

    /// The invite that a user has.
    async fn find_invite(&self, user: UserId) -> Result<Option<Invite>, StoreError>;

    /// Changes the invited user, who begins a session; every other session of theirs ends and the invite is gone. `Missing` when it is
    /// gone already, `Stale` when the user is not as they were read.
    async fn accept(
        &self,
        invite: &Invite,
        change: UserChange,
        session: &Session,
        audited: LogEntries,
    ) -> Result<(), StoreError>;
}
