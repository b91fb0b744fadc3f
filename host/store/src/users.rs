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
}

/// Which sessions of a user end with a change of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// None.
    Nothing,
    /// All.
    Sessions,
    /// All but this one.
    OtherSessions(SessionId),
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

    /// Changes one. With a role in a further workspace, or the host to keep, the invite that they had is gone: whoever has its link was
    /// given it for less. `Missing` when there is none, `Stale` when they are not as they were read, `InUse` when a workspace would be left
    /// without its last owner who can log in.
    async fn change(&self, change: UserChange, audited: LogEntries) -> Result<(), StoreError>;

    /// The one with this id.
    async fn get(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The one with this address, as `User::spelled` spells it.
    async fn find(&self, email: &str) -> Result<Option<User>, StoreError>;

    /// All of the host, oldest first.
    async fn page(&self, page: PageRequest) -> Result<Page<User>, StoreError>;

    /// Those with a role in a workspace, oldest first.
    async fn page_of(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<User>, StoreError>;

    /// Invites a user in the place of an invite before it. `Missing` when there is no such user. The entry is the host's.
    async fn invite(&self, invite: &Invite, audited: Audited) -> Result<(), StoreError>;

    /// The invite that a user has.
    async fn find_invite(&self, user: UserId) -> Result<Option<Invite>, StoreError>;

    /// Changes the invited user, who begins a session; every other session of theirs ends and the invite is gone. `Missing` when it is
    /// gone already, `Stale` when the user is not as they were read. The entry is the host's.
    async fn accept(
        &self,
        invite: &Invite,
        change: UserChange,
        session: &Session,
        audited: Audited,
    ) -> Result<(), StoreError>;
}
