//! Plugin versions made ready to be called. Each component is loaded once, in a task of its own: who waits for it can give up
//! waiting, and whoever comes meanwhile waits for the same load.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use hookbox_model::{Approval, Digest, Plugin, RunFailure, WorkspaceId};
use hookbox_sandbox::{Loaded, Sandbox};
use hookbox_store::{Store, StoreError};
use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::metrics::StepCounters;
use crate::{Config, Metrics};

/// A plugin ready to be called.
pub(crate) struct Ready {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) counters: StepCounters,
    /// Name and version, as step records say it.
    pub(crate) label: String,
}

/// What came of asking for a plugin.
pub(crate) enum Asked {
    Ready(Arc<Ready>),
    /// It cannot be called.
    Failed(RunFailure),
    /// It is still being loaded; its name, version and digest.
    Loading(String, Digest),
}

/// Plugins that were made ready.
pub(crate) struct Readies {
    store: Arc<dyn Store>,
    sandbox: Sandbox,
    metrics: Metrics,
    kept: Cache<(Option<WorkspaceId>, Digest), Arc<Ready>>,
    loading: Arc<Mutex<HashMap<Digest, Loading>>>,
}

/// A component that is being loaded: what comes of it, or why nothing does.
type Loading = Shared<BoxFuture<'static, Result<Result<Arc<Loaded>, String>, StoreError>>>;

impl Readies {
    pub(crate) fn new(store: Arc<dyn Store>, sandbox: Sandbox, config: &Config, metrics: Metrics) -> Self {
        Self { store, sandbox, metrics, kept: Cache::new(config.plugins_kept_max), loading: Arc::default() }
    }

    /// Makes an approved version ready; it is loading still when that takes longer than `patience`.
    pub(crate) async fn approved(
        &self,
        plugin: Arc<Plugin>,
        step: &str,
        patience: Option<Duration>,
    ) -> Result<Asked, StoreError> {
        if let Some(failure) = not_approved(&plugin, step) {
            return Ok(Asked::Failed(failure));
        }
        let of = (plugin.workspace, plugin.digest);
        let kept = self.kept.get(&of).filter(|ready| is_same(&ready.plugin, &plugin));
        // The sandbox may have let go of it meanwhile, and then holds another.
        let is_held = |ready: &Arc<Ready>| {
            self.sandbox.loaded(ready.plugin.digest).is_some_and(|loaded| Arc::ptr_eq(&loaded, &ready.loaded))
        };
        if let Some(ready) = kept.filter(is_held) {
            return Ok(Asked::Ready(ready));
        }
        let asked = self.make(plugin, step, patience).await?;
        if let Asked::Ready(ready) = &asked {
            self.kept.insert(of, Arc::clone(ready));
        }
        Ok(asked)
    }

    /// Makes a version ready to be rehearsed with, approved or not, however long that takes.
    pub(crate) async fn rehearsed(&self, plugin: Arc<Plugin>, step: &str) -> Result<Asked, StoreError> {
        self.make(plugin, step, None).await
    }

    async fn make(&self, plugin: Arc<Plugin>, step: &str, patience: Option<Duration>) -> Result<Asked, StoreError> {
        let label = format!("{} {}", plugin.manifest.name, plugin.manifest.version);
        let loaded = match (self.sandbox.loaded(plugin.digest), patience) {
            (Some(loaded), _) => Ok(loaded),
            (None, None) => self.load(plugin.digest).await?,
            (None, Some(patience)) => match tokio::time::timeout(patience, self.load(plugin.digest)).await {
                Ok(loaded) => loaded?,
                Err(_) => return Ok(Asked::Loading(label, plugin.digest)),
            },
        };
        Ok(match loaded {
            Ok(loaded) => {
                let counters = self.metrics.step_counters(&plugin.manifest.name);
                Asked::Ready(Arc::new(Ready { counters, label, loaded, plugin }))
            }
            Err(message) => Asked::Failed(RunFailure::new(step, "plugin", format!("{label}: {message}"))),
        })
    }

    /// Joins the load of a component, or begins it.
    fn load(&self, digest: Digest) -> Loading {
        let begin = || {
            let ended = Ended { digest, loading: Arc::clone(&self.loading) };
            let (store, sandbox) = (Arc::clone(&self.store), self.sandbox.clone());
            let load = tokio::spawn(async move {
                let _ended = ended;
                load(&*store, &sandbox, digest).await
            });
            load.map(|ended| ended.unwrap_or_else(|error| Ok(Err(error.to_string())))).boxed().shared()
        };
        self.loading.lock().entry(digest).or_insert_with(begin).clone()
    }
}

/// Forgets that a component is being loaded, however that ends.
struct Ended {
    digest: Digest,
    loading: Arc<Mutex<HashMap<Digest, Loading>>>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.loading.lock().remove(&self.digest);
    }
}

async fn load(store: &dyn Store, sandbox: &Sandbox, digest: Digest) -> Result<Result<Arc<Loaded>, String>, StoreError> {
    let Some(component) = store.plugins().component(digest).await? else {
        return Ok(Err("its component is gone; install it again, then replay the run".to_owned()));
    };
    Ok(sandbox.load(digest, &component).await.map_err(|error| error.to_string()))
}

/// Why a version may not be called, if so.
fn not_approved(plugin: &Plugin, step: &str) -> Option<RunFailure> {
    let Plugin { manifest, digest, .. } = plugin;
    let why = match &plugin.approval {
        Approval::Approved { .. } => return None,
        Approval::Pending => "is not approved".to_owned(),
        Approval::Refused { reason, .. } => format!("was refused ({reason})"),
    };
    let message = format!(
        "{} {} ({digest}) {why}; approve it or activate another version, then replay the run",
        manifest.name, manifest.version
    );
    Some(RunFailure::new(step, "plugin-not-approved", message))
}

/// The same record; compared in full only where it was read anew.
fn is_same(one: &Arc<Plugin>, other: &Arc<Plugin>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}
