//! Lists: by id and by page, names unique in the workspace, and the contacts on each.

use async_trait::async_trait;
use hookbox_model::{Audited, Contact, List, ListId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about lists. Who is on a list changes with the contact: see `RunCommit`.
#[async_trait]
pub trait Lists: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, list: &List, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: ListId) -> Result<Option<List>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<List>, StoreError>;

    /// The contacts on a list, those first seen first.
    async fn contacts_page(
        &self,
        workspace: WorkspaceId,
        list: ListId,
        page: PageRequest,
    ) -> Result<Page<Contact>, StoreError>;
}
