//! Templates: reusable texts: by id and by page, names unique in the workspace.

use async_trait::async_trait;
use hookbox_model::{Audited, Template, TemplateId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about templates.
#[async_trait]
pub trait Templates: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, template: &Template, audited: Audited) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`, the same template as it was read. `Missing` when there is none, `Stale` when what is
    /// stored is not exactly `before`, `Exists` when the new name is taken.
    async fn update(&self, before: &Template, after: &Template, audited: Audited) -> Result<(), StoreError>;

    /// Removes one; its name is free again. `Missing` when there is none, `Stale` when it is not as it was `seen`.
    async fn remove(&self, seen: &Template, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: TemplateId) -> Result<Option<Template>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Template>, StoreError>;
}
