//! Plugins: the file of their trait in `hookbox-store`. Records are in redb, components in files named by their digest.
//!
//! A file is there before its record is and goes after it: a record never names a component that is not there. What a crash
//! leaves between the two is swept at the next start.

mod components;
mod needed;

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::{Approval, Audited, Digest, Grants, Plugin, Timestamp, WorkspaceId};
use hookbox_store::{Page, PageRequest, Plugins, StoreError};
use tokio::sync::OwnedMutexGuard;

use crate::apply;
use crate::batch::Batch;
use crate::catalog::EVERYWHERE;
use crate::disk::Disk;
use crate::edge::{Edge, pass};
use crate::error::{Fault, unreadable};
use crate::key;
use crate::paging::{self, Collector};
use crate::record::{self, Record};
use crate::snapshot::{Snapshot, guarded};
use crate::store::{Core, RedbStore};
use crate::tables::{Fixed, Name};

use components::on_disk;
pub(crate) use components::{FOLDER, name_of, sweep};
pub(crate) use needed::digests;

#[async_trait]
impl Plugins for RedbStore {
    async fn install(&self, plugin: &Plugin, component: Bytes, audited: Audited) -> Result<(), StoreError> {
        let kept = plugin.clone();
        self.add(plugin, component, move |batch| apply::install_plugin(batch, kept, &audited)).await
    }

    async fn inherit(
        &self,
        plugin: &Plugin,
        component: Bytes,
        from: &Plugin,
        audited: Audited,
    ) -> Result<(), StoreError> {
        let (kept, from) = (plugin.clone(), from.clone());
        self.add(plugin, component, move |batch| apply::inherit_plugin(batch, kept, &from, &audited)).await
    }

    async fn decide(
        &self,
        seen: &Plugin,
        approval: Approval,
        grants: Grants,
        audited: Audited,
    ) -> Result<Arc<Plugin>, StoreError> {
        let (seen, decided) = (seen.clone(), (approval, grants));
        self.configure(move |batch| apply::decide_plugin(batch, &seen, decided, &audited)).await.map(Arc::new)
    }

    async fn activate(&self, seen: &Plugin, at: Timestamp, audited: Audited) -> Result<Arc<Plugin>, StoreError> {
        let seen = seen.clone();
        self.configure(move |batch| apply::activate_plugin(batch, &seen, at, &audited)).await.map(Arc::new)
    }

    async fn deactivate(&self, seen: &Plugin, audited: Audited) -> Result<(), StoreError> {
        let seen = seen.clone();
        self.configure(move |batch| apply::deactivate_plugin(batch, &seen, &audited)).await
    }

    async fn remove(&self, seen: &Plugin, audited: Audited) -> Result<(), StoreError> {
        let Some(workspace) = seen.workspace else { return Err(StoreError::Missing { what: Plugin::WHAT }) };
        let (seen, work) = (seen.clone(), Work::of(self));
        let alone = Arc::clone(self.components()).lock_owned().await;
        whole(work.removed(workspace, seen, audited, alone)).await
    }

    async fn active(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<Plugin>>, StoreError> {
        self.read(|snapshot| {
            for home in [*workspace.as_bytes(), EVERYWHERE] {
                if let Some(digest) = active_digest(snapshot, &home, name)? {
                    let plugin = snapshot.record::<Plugin>(Fixed::Plugins, &key::with(&home, digest.as_bytes()))?;
                    return Ok(plugin.map(|plugin| Arc::new(Plugin { active: true, ..plugin })));
                }
            }
            Ok(None)
        })
    }

    async fn get(&self, workspace: WorkspaceId, digest: Digest) -> Result<Option<Arc<Plugin>>, StoreError> {
        self.read(|snapshot| {
            let of =
                |home: &[u8; key::ID]| snapshot.record::<Plugin>(Fixed::Plugins, &key::with(home, digest.as_bytes()));
            let own = of(workspace.as_bytes())?;
            let found = match own {
                Some(own) if own.approval.is_given() => Some(own),
                // What the operator gave all workspaces is no less approved for having been uploaded here before.
                own => of(&EVERYWHERE)?.or(own),
            };
            found.map(|plugin| shown(snapshot, workspace, plugin)).transpose()
        })
    }

    async fn is_kept(&self, digest: Digest) -> Result<bool, StoreError> {
        self.read(|snapshot| Ok(digests(snapshot)?.contains(&digest)))
    }

    async fn component(&self, digest: Digest) -> Result<Option<Bytes>, StoreError> {
        let disk = Arc::clone(self.disk());
        let Some(bytes) = on_disk(move || components::read(&*disk, digest)).await? else { return Ok(None) };
        if Digest::of(&bytes) == digest {
            return Ok(Some(bytes));
        }
        tracing::error!(%digest, "a stored component is damaged; install its plugin again");
        Err(StoreError::Damaged { what: "component", reason: "its bytes do not have its digest".into() })
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<Plugin>>, StoreError> {
        self.read(|snapshot| {
            let mut plugins = Vec::new();
            for home in [*workspace.as_bytes(), EVERYWHERE] {
                add_all(snapshot, workspace, &home, &mut plugins)?;
            }
            let place = |plugin: &Plugin| {
                let home = apply::home_of(plugin);
                // Ids sort by time.
                [plugin.manifest.name.as_bytes(), &[0], plugin.id.as_bytes(), plugin.digest.as_bytes(), &home].concat()
            };
            plugins.sort_by_cached_key(|plugin| place(plugin));
            let after = paging::cursor(&page)?;
            let mut collector = Collector::new(&page, self.reach());
            for plugin in plugins {
                let place = place(&plugin);
                if after.as_ref().is_some_and(|after| place <= *after) {
                    continue;
                }
                if !collector.admits(&place) {
                    break;
                }
                collector.add(Ok(Some(plugin)))?;
            }
            Ok(collector.finish())
        })
    }
}

impl RedbStore {
    /// Puts a component on disk and writes its record, and takes it away again when that is refused.
    async fn add(
        &self,
        plugin: &Plugin,
        component: Bytes,
        record: impl FnOnce(&mut Batch<'_>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<(), StoreError> {
        let digest = plugin.digest;
        // What the operator brings is few and is needed for the host to start at all.
        if let Some(refusal) = self.core().guard.refusal().filter(|_| plugin.workspace.is_some()) {
            return Err(refusal);
        }
        if Digest::of(&component) != digest {
            let reason = "its bytes do not have the digest of its record".into();
            return Err(StoreError::Damaged { what: "component", reason });
        }
        let (work, disk) = (Work::of(self), Arc::clone(self.disk()));
        let alone = Arc::clone(self.components()).lock_owned().await;
        whole(async move {
            let alone = on_disk(move || components::keep(&*disk, digest, &component).map(|()| alone)).await?;
            pass(Edge::ComponentKept);
            let recorded = work.recorded(digest, alone, record).await;
            pass(Edge::ComponentRecorded);
            recorded
        })
        .await
    }
}

/// What changes a component and its record together, apart from whoever waits for it.
struct Work {
    core: Arc<Core>,
    disk: Arc<dyn Disk>,
}

impl Work {
    fn of(store: &RedbStore) -> Self {
        Self { core: Arc::clone(store.core()), disk: Arc::clone(store.disk()) }
    }

    /// Removes a version that no run keeps to. Runs are looked through before the write, which must not wait for it; what is
    /// committed meanwhile is refused if it begins to keep to this version.
    async fn removed(
        self,
        workspace: WorkspaceId,
        seen: Plugin,
        audited: Audited,
        alone: OwnedMutexGuard<()>,
    ) -> Result<(), StoreError> {
        let digest = seen.digest;
        let leaving = Leaving::begin(&self.core, key::with(workspace.as_bytes(), digest.as_bytes())).await?;
        let snapshot = self.core.snapshot()?;
        let looked = move || guarded(|| needed::run_that_needs(&snapshot, workspace, digest));
        let looked = tokio::task::spawn_blocking(looked).await;
        let needs = looked.map_err(|error| StoreError::Unavailable { reason: error.to_string() })??;
        if let Some(run) = needs {
            let by = format!("run {run} is not finished and keeps to it");
            return Err(StoreError::InUse { what: Plugin::WHAT, by });
        }
        let removes = move |batch: &mut Batch<'_>| apply::remove_plugin(batch, &seen, &audited);
        self.recorded(digest, (leaving, alone), removes).await
    }

    /// Changes the record of a component, and takes the component away when no record names it then, unless a backup is under way,
    /// which may name it: the next start does it. What is `held` keeps others away till then.
    async fn recorded(
        self,
        digest: Digest,
        held: impl Send,
        change: impl FnOnce(&mut Batch<'_>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<(), StoreError> {
        let changed = self.core.configure(change).await;
        if matches!(changed, Err(StoreError::Unavailable { .. })) {
            // Whether a commit that failed is on disk is known at the next start, which sweeps what nobody needs then.
            return changed;
        }
        let needed = self.core.snapshot().and_then(|snapshot| guarded(|| digests(&snapshot)));
        let backed_up = self.core.backups.load(Ordering::Acquire) > 0;
        if !backed_up && needed.is_ok_and(|needed| !needed.contains(&digest)) {
            let disk = Arc::clone(&self.disk);
            if let Err(error) = on_disk(move || components::forget(&*disk, digest)).await {
                tracing::warn!(%digest, %error, "a component that nobody needs is still there; the next start takes it away");
            }
        }
        drop(held);
        changed
    }
}

/// The version that is being removed, until this is dropped. There is one at a time: whoever removes one is alone with components.
struct Leaving(Arc<Core>);

impl Leaving {
    /// Says so in the line of commits: whatever was committed before is in the snapshots from here on.
    async fn begin(core: &Arc<Core>, row: Vec<u8>) -> Result<Self, StoreError> {
        let leaving = Self(Arc::clone(core));
        let marked = Arc::clone(core);
        let mark = move |_: &mut Batch<'_>| {
            *marked.leaving.lock() = Some(row);
            Ok(())
        };
        core.configure(mark).await?;
        Ok(leaving)
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        *self.0.leaving.lock() = None;
    }
}

/// Does it to its end, also when nobody waits for it any more: half of it would leave a component without its record.
async fn whole(work: impl Future<Output = Result<(), StoreError>> + Send + 'static) -> Result<(), StoreError> {
    let done = tokio::spawn(work).await;
    done.map_err(|error| StoreError::Unavailable { reason: error.to_string() })?
}

fn active_digest(snapshot: &Snapshot, home: &[u8; key::ID], name: &str) -> Result<Option<Digest>, StoreError> {
    let payload = snapshot.index(Fixed::ActivePlugins, &key::with(home, name.as_bytes()), apply::ACTIVE)?;
    payload.map(|payload| apply::digest_of(&payload)).transpose()
}

/// The plugin as the workspace sees it: which version of a name is active is kept beside the records, and one of the
/// workspace's own takes the place of that of all workspaces.
fn shown(snapshot: &Snapshot, workspace: WorkspaceId, plugin: Plugin) -> Result<Arc<Plugin>, StoreError> {
    let name = &plugin.manifest.name;
    let active = match (active_digest(snapshot, workspace.as_bytes(), name)?, plugin.workspace) {
        (Some(own), Some(_)) => own == plugin.digest,
        (Some(_), None) | (None, Some(_)) => false,
        (None, None) => active_digest(snapshot, &EVERYWHERE, name)? == Some(plugin.digest),
    };
    Ok(Arc::new(Plugin { active, ..plugin }))
}

fn add_all(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    home: &[u8; key::ID],
    plugins: &mut Vec<Arc<Plugin>>,
) -> Result<(), StoreError> {
    let Some(rows) = snapshot.table(Fixed::Plugins.into())? else { return Ok(()) };
    for row in paging::range(&rows, &Bound::Included(home.to_vec()), home)? {
        let (key, value) = row.map_err(unreadable)?;
        let opened = record::open::<Plugin>(key.value(), value.value());
        if let Ok(plugin) = snapshot.noted(Name::from(Fixed::Plugins), key.value(), opened) {
            plugins.push(shown(snapshot, workspace, plugin)?);
        }
    }
    Ok(())
}
