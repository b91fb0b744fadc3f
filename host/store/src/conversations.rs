//! Conversations: by id, by page, by contact.

use async_trait::async_trait;
use hookbox_model::{ContactId, Conversation, ConversationId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about conversations. Runs change them with `Runs::commit_run`.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: ConversationId) -> Result<Option<Conversation>, StoreError>;

    /// Those begun first first; only those of `contact` when given.
    async fn page(
        &self,
        workspace: WorkspaceId,
        contact: Option<ContactId>,
        page: PageRequest,
    ) -> Result<Page<Conversation>, StoreError>;
}
