//! Plugin state: what plugins remember. It is written by commits of runs only; here it is read, and forgotten by hand.
//!
//! An entry that has expired is not there any more, for readers by the time that they give, for commits by the clock of the store
//! when it applies them. The store removes it some time later, by itself.

use async_trait::async_trait;
use hookbox_model::{Audited, StateEntry, StateUsage, Timestamp, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about plugin state.
#[async_trait]
pub trait PluginState: Send + Sync {
    /// What is under a key; nothing when it expired.
    async fn get(
        &self,
        workspace: WorkspaceId,
        plugin: &str,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<StateEntry>, StoreError>;

    /// How much a plugin remembers, what has expired and was not removed yet included.
    async fn usage(&self, workspace: WorkspaceId, plugin: &str) -> Result<StateUsage, StoreError>;

    /// The keys of a plugin with their entries, by key; what has expired and was not removed yet included.
    async fn page(
        &self,
        workspace: WorkspaceId,
        plugin: &str,
        page: PageRequest,
    ) -> Result<Page<(String, StateEntry)>, StoreError>;

    /// Forgets a key, whatever is under it. `Missing` when nothing is.
    async fn forget(&self, workspace: WorkspaceId, plugin: &str, key: &str, audited: Audited)
    -> Result<(), StoreError>;
}
