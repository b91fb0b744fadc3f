//! Messages, and the outbox of those not sent yet.

use async_trait::async_trait;
use hookbox_model::{ContactId, Message, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about messages. Runs add them with `Runs::commit_run`.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Messages of one contact, oldest first; without a contact those of all, contact by contact.
    async fn page(
        &self,
        workspace: WorkspaceId,
        contact: Option<ContactId>,
        page: PageRequest,
    ) -> Result<Page<Message>, StoreError>;

    /// Messages that are committed and not sent, oldest first.
    async fn outbox_page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Message>, StoreError>;
}
