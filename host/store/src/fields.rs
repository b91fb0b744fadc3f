//! What a workspace declares about contact fields: by id and by page, names unique in the workspace.

use async_trait::async_trait;
use hookbox_model::{Audited, Field, FieldId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about fields.
#[async_trait]
pub trait Fields: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, field: &Field, audited: Audited) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`, the same field as it was read. `Missing` when there is none, `Stale` when what is
    /// stored is not exactly `before`, `Exists` when the new name is taken.
    async fn update(&self, before: &Field, after: &Field, audited: Audited) -> Result<(), StoreError>;

    /// Removes one; its name is free again. `Missing` when there is none, `Stale` when it is not as it was `seen`.
    async fn remove(&self, seen: &Field, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: FieldId) -> Result<Option<Field>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Field>, StoreError>;
}
