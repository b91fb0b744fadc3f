//! Workspaces: the tenants.

use async_trait::async_trait;
use hookbox_model::{Audited, Workspace, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about workspaces.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// Adds one. `Exists` when the name is taken. The entry is in the log of the host.
    async fn create(&self, workspace: &Workspace, audited: Audited) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`, the same workspace as it was read. `Missing` when there is none, `Stale` when what is
    /// stored is not exactly `before`, `Exists` when the new name is taken. The entry is in the workspace's own log.
    async fn update(&self, before: &Workspace, after: &Workspace, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id.
    async fn get(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError>;

    /// Oldest first.
    async fn page(&self, page: PageRequest) -> Result<Page<Workspace>, StoreError>;
}
