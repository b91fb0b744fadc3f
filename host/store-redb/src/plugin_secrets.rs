//! Plugin secrets.
use crate::store::RedbStore;
use async_trait::async_trait;
use hookbox_model::{Audited, PluginSecret, WorkspaceId};
use hookbox_store::{Page, PageRequest, PluginSecrets, StoreError};
use std::sync::Arc;

#[async_trait]
impl PluginSecrets for RedbStore {
    async fn put(&self, _: &PluginSecret, _: Audited) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn get(&self, _: WorkspaceId, _: &str) -> Result<Option<Arc<PluginSecret>>, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn page(&self, _: WorkspaceId, _: PageRequest) -> Result<Page<Arc<PluginSecret>>, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn remove(&self, _: WorkspaceId, _: &str, _: Audited) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
}
