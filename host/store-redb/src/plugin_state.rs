//! Plugin state: the file of its trait in `hookbox-store`, on redb. It is written by commits of runs (`apply/state.rs`) and swept
//! by the keeper.

use async_trait::async_trait;
use hookbox_model::{Audited, StateEntry, StateUsage, Timestamp, WorkspaceId};
use hookbox_store::{Page, PageRequest, PluginState, StoreError};

use crate::apply;
use crate::key;
use crate::paging;
use crate::record;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl PluginState for RedbStore {
    async fn get(
        &self,
        workspace: WorkspaceId,
        plugin: &str,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<StateEntry>, StoreError> {
        let row = key::state(workspace, plugin, key.as_bytes());
        let stored = self.read(|snapshot| snapshot.record::<StateEntry>(Fixed::PluginState, &row))?;
        Ok(stored.filter(|entry| entry.is_live(now)))
    }

    async fn usage(&self, workspace: WorkspaceId, plugin: &str) -> Result<StateUsage, StoreError> {
        let row = apply::usage_row(workspace, plugin.as_bytes());
        let payload = self.read(|snapshot| snapshot.index(Fixed::StateUsage, &row, apply::USAGE))?;
        payload.map_or(Ok(StateUsage::default()), |payload| apply::usage_of(&payload))
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        plugin: &str,
        page: PageRequest,
    ) -> Result<Page<(String, StateEntry)>, StoreError> {
        let (prefix, bounds) = (key::state(workspace, plugin, b""), (&page, self.reach()));
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::PluginState, &prefix, bounds, |key, value| {
                Ok(Some((apply::state_key(key)?, record::open(key, value)?)))
            })
        })
    }

    async fn forget(
        &self,
        workspace: WorkspaceId,
        plugin: &str,
        key: &str,
        audited: Audited,
    ) -> Result<(), StoreError> {
        let (plugin, key) = (plugin.to_owned(), key.to_owned());
        self.change(move |batch| {
            let entry = apply::next_entry(batch, workspace, &audited)?;
            apply::forget_state(batch, workspace, &plugin, &key)?;
            Ok(entry.write(batch)?)
        })
        .await
    }
}
