//! Automations: one record decides route, state and version; every version is kept.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{Audited, Automation, AutomationId, AutomationState, Timestamp, TriggerKey, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about automations.
#[async_trait]
pub trait Automations: Send + Sync {
    /// Adds one at version 1, with the first key of its trigger. `Exists` when the document's name is taken.
    async fn create(&self, automation: &Automation, key: &TriggerKey, audited: Audited) -> Result<(), StoreError>;

    /// Puts `after` in the place of version `after.version - 1`, which is kept for the runs that began with it; it comes to the
    /// state of `after` as by [`set_state`](Self::set_state). `Missing`
    /// when there is none, `Stale` when it is at another version, `Exists` when its new name is taken.
    async fn update(&self, after: &Automation, audited: Audited) -> Result<(), StoreError>;

    /// Brings it to `state`; its version stays. `Missing` when there is none. A second time changes nothing. When it comes to be
    /// live, its held runs are due from then on, before any that is captured later; in every other state they stay held. A
    /// release of very many is several transactions, the last of which changes the state and writes the entry: repeating one that
    /// failed is safe.
    async fn set_state(
        &self,
        workspace: WorkspaceId,
        id: AutomationId,
        state: AutomationState,
        at: Timestamp,
        audited: Audited,
    ) -> Result<(), StoreError>;

    /// The newest version, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: AutomationId) -> Result<Option<Arc<Automation>>, StoreError>;

    /// The newest version of the automation whose document has this name.
    async fn find(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<Automation>>, StoreError>;

    /// One version.
    async fn version(
        &self,
        workspace: WorkspaceId,
        id: AutomationId,
        version: u32,
    ) -> Result<Option<Arc<Automation>>, StoreError>;

    /// Every version of one, newest first.
    async fn versions_page(
        &self,
        workspace: WorkspaceId,
        id: AutomationId,
        page: PageRequest,
    ) -> Result<Page<Arc<Automation>>, StoreError>;

    /// The newest version of each, oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<Automation>>, StoreError>;
}
