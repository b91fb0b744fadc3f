//! Templates: reusable texts: by id and by page, names unique in the workspace.

use async_trait::async_trait;
use hookbox_model::{Template, TemplateId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about templates.
#[async_trait]
pub trait Templates: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, template: &Template) -> Result<(), StoreError>;

    /// Puts `template` in the place of the one with its id. `Missing` when there is none, `Exists` when its new name is taken.
    async fn update(&self, template: &Template) -> Result<(), StoreError>;

    /// Removes one; its name is free again. `Missing` when there is none.
    async fn remove(&self, workspace: WorkspaceId, id: TemplateId) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: TemplateId) -> Result<Option<Template>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Template>, StoreError>;
}
