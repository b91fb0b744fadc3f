//! Plugin state.
use crate::store::RedbStore;
use async_trait::async_trait;
use hookbox_model::{Audited, StateEntry, StateUsage, Timestamp, WorkspaceId};
use hookbox_store::{Page, PageRequest, PluginState, StoreError};

#[async_trait]
impl PluginState for RedbStore {
    async fn get(&self, _: WorkspaceId, _: &str, _: &str, _: Timestamp) -> Result<Option<StateEntry>, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn usage(&self, _: WorkspaceId, _: &str) -> Result<StateUsage, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn page(&self, _: WorkspaceId, _: &str, _: PageRequest) -> Result<Page<(String, StateEntry)>, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn forget(&self, _: WorkspaceId, _: &str, _: &str, _: Audited) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
}
