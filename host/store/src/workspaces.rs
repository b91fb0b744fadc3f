//! Workspaces: the tenants.

use async_trait::async_trait;
use hookbox_model::{Workspace, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about workspaces.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// Adds one. `Exists` when the name is taken.
    async fn create(&self, workspace: &Workspace) -> Result<(), StoreError>;

    /// Puts `workspace` in the place of the one with its id. `Missing` when there is none, `Exists` when its new name is taken.
    async fn update(&self, workspace: &Workspace) -> Result<(), StoreError>;

    /// The one with this id.
    async fn get(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError>;

    /// Oldest first.
    async fn page(&self, page: PageRequest) -> Result<Page<Workspace>, StoreError>;
}
