//! Plugins: the file of their trait in `hookbox-store`. Records are in redb, components in files named by their digest.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::{Approval, Audited, Digest, Grants, Plugin, Timestamp, WorkspaceId};
use hookbox_store::{Page, PageRequest, Plugins, StoreError};

use crate::catalog::EVERYWHERE;
use crate::error::unreadable;
use crate::high_water::sync_dir;
use crate::key;
use crate::paging::{self, Collector};
use crate::record::{self, seal, seal_index};
use crate::snapshot::Snapshot;
use crate::store::RedbStore;
use crate::tables::{Fixed, Name};

#[async_trait]
impl Plugins for RedbStore {
    async fn decide(
        &self,
        _: WorkspaceId,
        _: Digest,
        _: Approval,
        _: Grants,
        _: Audited,
    ) -> Result<Arc<Plugin>, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn activate(&self, _: WorkspaceId, _: Digest, _: Timestamp, _: Audited) -> Result<Arc<Plugin>, StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn deactivate(&self, _: WorkspaceId, _: &str, _: Audited) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }
    async fn remove(&self, _: WorkspaceId, _: Digest, _: Audited) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "not written yet".into() })
    }

    async fn install(&self, plugin: &Plugin, component: Bytes, _: Option<Audited>) -> Result<(), StoreError> {
        let (plugin, path) = (plugin.clone(), component_path(self.dir(), plugin.digest));
        if Digest::of(&component) != plugin.digest {
            let reason = "its bytes do not have the digest of its record".into();
            return Err(StoreError::Damaged { what: "component", reason });
        }
        // The file first: a record never names a component that is not there.
        on_disk(move || keep(&path, &component)).await?;
        self.configure(move |batch| {
            let home = plugin.workspace.map_or(EVERYWHERE, |workspace| *workspace.as_bytes());
            let row = key::with(&home, plugin.digest.as_bytes());
            let active = key::with(&home, plugin.manifest.name.as_bytes());
            let value = seal(&row, &plugin)?;
            if !batch.contains::<StoreError>(Fixed::Plugins, &row)? {
                batch.put(Fixed::Plugins, &row, &value)?;
            }
            batch.put(Fixed::ActivePlugins, &active, &seal_index(&active, plugin.digest.as_bytes()))?;
            Ok(())
        })
        .await
    }

    async fn active(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<Plugin>>, StoreError> {
        self.read(|snapshot| {
            for home in [*workspace.as_bytes(), EVERYWHERE] {
                if let Some(digest) = active_digest(snapshot, &home, name)? {
                    return Ok(snapshot.record(Fixed::Plugins, &key::with(&home, &digest))?.map(|p| shown(p, true)));
                }
            }
            Ok(None)
        })
    }

    async fn get(&self, workspace: WorkspaceId, digest: Digest) -> Result<Option<Arc<Plugin>>, StoreError> {
        self.read(|snapshot| {
            for home in [*workspace.as_bytes(), EVERYWHERE] {
                let row = key::with(&home, digest.as_bytes());
                if let Some(plugin) = snapshot.record::<Plugin>(Fixed::Plugins, &row)? {
                    let active = is_active(snapshot, &home, &plugin)?;
                    return Ok(Some(shown(plugin, active)));
                }
            }
            Ok(None)
        })
    }

    async fn component(&self, digest: Digest) -> Result<Option<Bytes>, StoreError> {
        let path = component_path(self.dir(), digest);
        on_disk(move || match fs::read(&path) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await?
        .map_or(Ok(None), |bytes| {
            if Digest::of(&bytes) == digest {
                return Ok(Some(bytes));
            }
            tracing::error!(%digest, "a stored component is damaged; install its plugin again");
            Err(StoreError::Damaged { what: "component", reason: "its bytes do not have its digest".into() })
        })
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<Plugin>>, StoreError> {
        self.read(|snapshot| {
            let mut plugins = Vec::new();
            for home in [*workspace.as_bytes(), EVERYWHERE] {
                plugins.extend(all_of(snapshot, &home)?);
            }
            let place = |plugin: &Plugin| {
                let home = plugin.workspace.map_or(EVERYWHERE, |workspace| *workspace.as_bytes());
                [plugin.manifest.name.as_bytes(), &[0], plugin.digest.as_bytes(), &home].concat()
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

/// Where a component lies.
fn component_path(dir: &Path, digest: Digest) -> PathBuf {
    dir.join("components").join(format!("{digest}.wasm"))
}

/// Writes a component so that it is there whole or not at all.
fn keep(path: &Path, component: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|known| known == component) {
        return Ok(());
    }
    let next = path.with_extension("wasm.next");
    let mut file = File::create(&next)?;
    file.write_all(component)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&next, path)?;
    sync_dir(path)
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    let unavailable = |reason: String| StoreError::Unavailable { reason };
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(error.to_string()))?;
    done.map_err(|error| unavailable(format!("a component cannot be read or written: {error}")))
}

fn active_digest(snapshot: &Snapshot, home: &[u8; 16], name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    snapshot.index(Fixed::ActivePlugins, &key::with(home, name.as_bytes()), "active plugin")
}

fn is_active(snapshot: &Snapshot, home: &[u8; 16], plugin: &Plugin) -> Result<bool, StoreError> {
    let active = active_digest(snapshot, home, &plugin.manifest.name)?;
    Ok(active.is_some_and(|digest| digest == plugin.digest.as_bytes()))
}

/// The plugin as callers see it: which version is active is kept beside the records.
fn shown(plugin: Plugin, active: bool) -> Arc<Plugin> {
    Arc::new(Plugin { active, ..plugin })
}

fn all_of(snapshot: &Snapshot, home: &[u8; 16]) -> Result<Vec<Arc<Plugin>>, StoreError> {
    let Some(rows) = snapshot.table(Fixed::Plugins.into())? else { return Ok(Vec::new()) };
    let mut plugins = Vec::new();
    for row in paging::range(&rows, &Bound::Included(home.to_vec()), home)? {
        let (key, value) = row.map_err(unreadable)?;
        let opened = record::open::<Plugin>(key.value(), value.value());
        if let Ok(plugin) = snapshot.noted(Name::from(Fixed::Plugins), key.value(), opened) {
            let active = is_active(snapshot, home, &plugin)?;
            plugins.push(shown(plugin, active));
        }
    }
    Ok(plugins)
}
