//! Plugin secrets: the file of their trait in `hookbox-store`, on redb.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{Audited, PluginSecret, WorkspaceId};
use hookbox_store::{Page, PageRequest, PluginSecrets, StoreError};

use crate::apply;
use crate::key;
use crate::paging;
use crate::record::{self, Record, seal};
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl PluginSecrets for RedbStore {
    async fn put(&self, secret: &PluginSecret, audited: Audited) -> Result<(), StoreError> {
        let secret = secret.clone();
        self.configure(move |batch| {
            let row = key::with(secret.workspace.as_bytes(), secret.name.as_bytes());
            let stored = batch.record::<PluginSecret>(Fixed::PluginSecrets, &row)?;
            if stored.is_some_and(|stored| stored.id != secret.id) {
                return Err(StoreError::Stale { what: PluginSecret::WHAT }.into());
            }
            let (value, entry) = (seal(&row, &secret)?, apply::next_entry(batch, secret.workspace, &audited)?);
            batch.put(Fixed::PluginSecrets, &row, &value)?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn get(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<PluginSecret>>, StoreError> {
        let row = key::with(workspace.as_bytes(), name.as_bytes());
        let stored = self.read(|snapshot| snapshot.record::<PluginSecret>(Fixed::PluginSecrets, &row))?;
        Ok(stored.map(Arc::new))
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<PluginSecret>>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::PluginSecrets, workspace.as_bytes(), bounds, |key, value| {
                record::open(key, value).map(Arc::new).map(Some)
            })
        })
    }

    async fn remove(&self, workspace: WorkspaceId, name: &str, audited: Audited) -> Result<(), StoreError> {
        let row = key::with(workspace.as_bytes(), name.as_bytes());
        self.configure(move |batch| {
            // Also one that is damaged: nothing of it is needed to forget it.
            if !batch.contains::<StoreError>(Fixed::PluginSecrets, &row)? {
                return Err(StoreError::Missing { what: PluginSecret::WHAT }.into());
            }
            let entry = apply::next_entry(batch, workspace, &audited)?;
            batch.remove(Fixed::PluginSecrets, &row)?;
            Ok(entry.write(batch)?)
        })
        .await
    }
}
