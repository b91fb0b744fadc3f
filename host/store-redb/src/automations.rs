//! Automations: the file of their trait in `hookbox-store`, on redb.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hookbox_model::{Audited, Automation, AutomationId, AutomationState, Timestamp, TriggerKey, WorkspaceId};
use hookbox_store::{Automations, Page, PageRequest, StoreError};

use crate::apply;
use crate::batch::Batch;
use crate::catalog::{self, Named};
use crate::error::Fault;
use crate::key;
use crate::paging;
use crate::record::{self, seal, seal_index};
use crate::store::RedbStore;
use crate::tables::Fixed;
use crate::triggers::trigger_key;

/// The most held runs that one transaction makes due: it holds up the commits of others for some 100 ms.
const RELEASED_AT_ONCE_MAX: usize = 5_000;

#[async_trait]
impl Automations for RedbStore {
    async fn create(&self, automation: &Automation, key: &TriggerKey, audited: Audited) -> Result<(), StoreError> {
        let (automation, key) = (automation.clone(), key.clone());
        self.configure(move |batch| create(batch, &automation, &key, &audited)).await
    }

    async fn update(&self, after: &Automation, audited: Audited) -> Result<(), StoreError> {
        let change = Arc::new((after.clone(), audited));
        loop {
            let (change, more) = (Arc::clone(&change), Arc::new(AtomicBool::new(false)));
            let left = Arc::clone(&more);
            self.configure(move |batch| update(batch, &change.0, &change.1, &left)).await?;
            if !more.load(Ordering::Acquire) {
                return Ok(());
            }
        }
    }

    async fn set_state(
        &self,
        workspace: WorkspaceId,
        id: AutomationId,
        state: AutomationState,
        at: Timestamp,
        audited: Audited,
    ) -> Result<(), StoreError> {
        let audited = Arc::new(audited);
        loop {
            let audited = Arc::clone(&audited);
            let more = Arc::new(AtomicBool::new(false));
            let left = Arc::clone(&more);
            self.configure(move |batch| set_state(batch, (workspace, id), (state, at), &audited, &left)).await?;
            if !more.load(Ordering::Acquire) {
                return Ok(());
            }
        }
    }

    async fn get(&self, workspace: WorkspaceId, id: AutomationId) -> Result<Option<Arc<Automation>>, StoreError> {
        self.read(|snapshot| {
            Ok(snapshot.record(Fixed::Automations, &key::pair(workspace, id.as_bytes()))?.map(Arc::new))
        })
    }

    async fn find(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<Automation>>, StoreError> {
        self.read(|snapshot| {
            let row = Named::Automation.key(workspace.as_bytes(), name);
            let Some(id) = snapshot.id(Fixed::Names, &row, "name")? else { return Ok(None) };
            Ok(snapshot.record(Fixed::Automations, &key::pair(workspace, &id))?.map(Arc::new))
        })
    }

    async fn version(
        &self,
        workspace: WorkspaceId,
        id: AutomationId,
        version: u32,
    ) -> Result<Option<Arc<Automation>>, StoreError> {
        let row = version_key(workspace, id, version);
        self.read(|snapshot| Ok(snapshot.record(Fixed::AutomationVersions, &row)?.map(Arc::new)))
    }

    async fn versions_page(
        &self,
        workspace: WorkspaceId,
        id: AutomationId,
        page: PageRequest,
    ) -> Result<Page<Arc<Automation>>, StoreError> {
        let (prefix, bounds) = (key::pair(workspace, id.as_bytes()), (&page, self.reach()));
        self.read(|snapshot| {
            paging::descending(snapshot, Fixed::AutomationVersions, &prefix, bounds, |key, value| {
                record::open::<Automation>(key, value).map(|automation| Some(Arc::new(automation)))
            })
        })
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<Automation>>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Automations, workspace.as_bytes(), bounds, |key, value| {
                record::open::<Automation>(key, value).map(|automation| Some(Arc::new(automation)))
            })
        })
    }
}

fn create(batch: &mut Batch<'_>, automation: &Automation, first: &TriggerKey, audited: &Audited) -> Result<(), Fault> {
    let (workspace, id) = (automation.workspace, automation.id);
    let route = id.as_bytes();
    if batch.contains::<StoreError>(Fixed::Routes, route)? {
        return Err(StoreError::Exists { what: "automation", name: id.to_string() }.into());
    }
    let (row, version) = (key::pair(workspace, route), version_key(workspace, id, automation.version));
    let key_row = trigger_key(workspace, id, first.id);
    let (of_version, of_key) = (seal(&version, automation)?, seal(&key_row, first)?);
    let name = (Named::Automation, *workspace.as_bytes(), automation.document.name.as_str());
    let entry = apply::next_entry(batch, workspace, audited)?;
    catalog::add(batch, Fixed::Automations, &row, automation, name, route)?;
    batch.put(Fixed::AutomationVersions, &version, &of_version)?;
    batch.put(Fixed::Routes, route, &seal_index(route, workspace.as_bytes()))?;
    batch.put(Fixed::TriggerKeys, &key_row, &of_key)?;
    Ok(entry.write(batch)?)
}

/// Brings it to `state`, once no run is held that this makes due; until then `more` says to come again.
fn set_state(
    batch: &mut Batch<'_>,
    (workspace, id): (WorkspaceId, AutomationId),
    (state, at): (AutomationState, Timestamp),
    audited: &Audited,
    more: &AtomicBool,
) -> Result<(), Fault> {
    let row = key::pair(workspace, id.as_bytes());
    let Some(stored) = batch.record::<Automation>(Fixed::Automations, &row)? else {
        return Err(StoreError::Missing { what: "automation" }.into());
    };
    if stored.state == state {
        return Ok(());
    }
    let entry = apply::next_entry(batch, workspace, audited)?;
    if !released(batch, &stored, state, more)? {
        return Ok(());
    }
    let after = Automation { state, updated_at: at, ..stored };
    let version = version_key(workspace, id, after.version);
    let (newest, of_version) = (seal(&row, &after)?, seal(&version, &after)?);
    batch.put(Fixed::Automations, &row, &newest)?;
    batch.put(Fixed::AutomationVersions, &version, &of_version)?;
    Ok(entry.write(batch)?)
}

/// Makes held runs due when it comes to be live; whether none is left. In any other state they stay held.
fn released(
    batch: &mut Batch<'_>,
    stored: &Automation,
    state: AutomationState,
    more: &AtomicBool,
) -> Result<bool, Fault> {
    if state != AutomationState::Live || stored.state == AutomationState::Live {
        return Ok(true);
    }
    let released = apply::release_held(batch, stored.workspace, stored.id, RELEASED_AT_ONCE_MAX)?;
    let all = released < RELEASED_AT_ONCE_MAX;
    more.store(!all, Ordering::Release);
    Ok(all)
}

/// Puts `after` in the place of the version before it, once no run is held that this makes due, as [`set_state`] does.
fn update(batch: &mut Batch<'_>, after: &Automation, audited: &Audited, more: &AtomicBool) -> Result<(), Fault> {
    let (workspace, id) = (after.workspace, after.id);
    let (row, version) = (key::pair(workspace, id.as_bytes()), version_key(workspace, id, after.version));
    let Some(stored) = batch.record::<Automation>(Fixed::Automations, &row)? else {
        return Err(StoreError::Missing { what: "automation" }.into());
    };
    if stored.version.checked_add(1) != Some(after.version) {
        return Err(StoreError::Stale { what: "automation" }.into());
    }
    let (newest, of_version) = (seal(&row, after)?, seal(&version, after)?);
    let name = (Named::Automation, *workspace.as_bytes(), after.document.name.as_str());
    let entry = apply::next_entry(batch, workspace, audited)?;
    catalog::take_name::<Automation>(batch, name, id.as_bytes())?;
    if !released(batch, &stored, after.state, more)? {
        return Ok(());
    }
    if stored.document.name != after.document.name {
        batch.remove(Fixed::Names, &Named::Automation.key(workspace.as_bytes(), &stored.document.name))?;
    }
    batch.put(Fixed::Automations, &row, &newest)?;
    batch.put(Fixed::AutomationVersions, &version, &of_version)?;
    Ok(entry.write(batch)?)
}

/// The key of one version of an automation.
fn version_key(workspace: WorkspaceId, id: AutomationId, version: u32) -> Vec<u8> {
    [key::pair(workspace, id.as_bytes()).as_slice(), &version.to_be_bytes()].concat()
}
