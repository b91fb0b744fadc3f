//! The audit log.
use crate::store::RedbStore;
use async_trait::async_trait;
use hookbox_model::{AuditEntry, WorkspaceId};
use hookbox_store::{Audit, AuditVerified, Page, PageRequest, StoreError};

#[async_trait]
impl Audit for RedbStore {
    async fn page(&self, _: WorkspaceId, _: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn verify(&self, _: WorkspaceId) -> Result<AuditVerified, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
}
