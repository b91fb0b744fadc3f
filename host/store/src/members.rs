//! Members: members by id and by page, names unique in the workspace.

use async_trait::async_trait;
use hookbox_model::{Audited, Member, MemberId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about members.
#[async_trait]
pub trait Members: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, member: &Member, audited: Audited) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`, the same member as it was read. `Missing` when there is none, `Stale` when what is
    /// stored is not exactly `before`, `Exists` when the new name is taken.
    async fn update(&self, before: &Member, after: &Member, audited: Audited) -> Result<(), StoreError>;

    /// Removes one; its name is free again. Conversations that it was named for stay as they are: whom nobody knows is nobody.
    /// `Missing` when there is none, `Stale` when it is not as it was `seen`.
    async fn remove(&self, seen: &Member, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: MemberId) -> Result<Option<Member>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Member>, StoreError>;
}
