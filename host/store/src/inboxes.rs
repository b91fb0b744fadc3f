//! Inboxes: inboxes by id and by page, names unique in the workspace.

use async_trait::async_trait;
use hookbox_model::{Audited, Inbox, InboxId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about inboxes.
#[async_trait]
pub trait Inboxes: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, inbox: &Inbox, audited: Audited) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`, the same inbox as it was read. `Missing` when there is none, `Stale` when what is
    /// stored is not exactly `before`, `Exists` when the new name is taken.
    async fn update(&self, before: &Inbox, after: &Inbox, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id, whatever its workspace: its address on the webhook door names none.
    async fn at_door(&self, id: InboxId) -> Result<Option<Inbox>, StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: InboxId) -> Result<Option<Inbox>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Inbox>, StoreError>;
}
