//! Plugin secrets: texts that plugins use without seeing them, sealed.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{Audited, PluginSecret, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about plugin secrets. Every change is written with its entry of the audit log.
#[async_trait]
pub trait PluginSecrets: Send + Sync {
    /// Keeps a secret under its name, in the place of one that was there; that one's `id` must be kept, else `Stale` (somebody
    /// else made one of this name meanwhile).
    async fn put(&self, secret: &PluginSecret, audited: Audited) -> Result<(), StoreError>;

    /// The secret with this name.
    async fn get(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<PluginSecret>>, StoreError>;

    /// Every secret, by name.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<PluginSecret>>, StoreError>;

    /// Forgets a secret. `Missing` when there is none of this name.
    async fn remove(&self, workspace: WorkspaceId, name: &str, audited: Audited) -> Result<(), StoreError>;
}
