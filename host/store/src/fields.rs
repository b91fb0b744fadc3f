//! What a workspace declares about contact fields: by id and by page, names unique in the workspace.

use async_trait::async_trait;
use hookbox_model::{Field, FieldId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about fields.
#[async_trait]
pub trait Fields: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, field: &Field) -> Result<(), StoreError>;

    /// Puts `field` in the place of the one with its id. `Missing` when there is none, `Exists` when its new name is taken.
    async fn update(&self, field: &Field) -> Result<(), StoreError>;

    /// Removes one; its name is free again. `Missing` when there is none.
    async fn remove(&self, workspace: WorkspaceId, id: FieldId) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: FieldId) -> Result<Option<Field>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Field>, StoreError>;
}
