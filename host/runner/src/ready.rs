//! Plugin versions made ready to be called. Each component is loaded once, in a task of its own: who waits for it can give up
//! waiting, and whoever comes meanwhile waits for the same load.

use std::collections::HashMap;
use std::ops::Deref;
use std::ptr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use hookbox_model::{Approval, Digest, Plugin, RunFailure, WorkspaceId};
use hookbox_sandbox::{LoadError, Loaded, Sandbox};
use hookbox_store::{Store, StoreError};
use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::metrics::StepCounters;
use crate::troubles::{Trouble, Troubles};
use crate::{Config, Metrics};

/// A plugin ready to be called.
#[derive(Clone)]
pub(crate) struct Ready {
    known: Arc<Known>,
    pub(crate) loaded: Arc<Loaded>,
}

/// What is kept of a plugin that was ready once.
pub(crate) struct Known {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) counters: StepCounters,
    /// Name and version, as step records say it.
    pub(crate) label: String,
    /// Only the sandbox keeps it: the code of a version that was removed must not stay in memory for being known here.
    loaded: Weak<Loaded>,
}

impl Deref for Ready {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.known
    }
}

/// What came of asking for a plugin.
pub(crate) enum Asked {
    Ready(Ready),
    /// It cannot be called, until something about it is changed.
    Failed(RunFailure),
    /// It could not be loaded, and may be the next time; there was waiting enough.
    Unloadable(RunFailure),
    /// It is still being loaded, or will be.
    Loading(Later),
}

/// A plugin that is not loaded yet.
pub(crate) struct Later {
    /// Name and version.
    pub(crate) label: String,
    pub(crate) digest: Digest,
    pub(crate) why: String,
    /// When to look again.
    pub(crate) delay: Duration,
}

/// Why a component is not loaded.
#[derive(Clone)]
enum NotLoaded {
    /// Trying again is of no use.
    ForGood(String),
    /// It may go well the next time.
    ForNow(Trouble),
}

/// Plugins that were made ready.
pub(crate) struct Readies {
    store: Arc<dyn Store>,
    sandbox: Sandbox,
    metrics: Metrics,
    kept: Cache<(Option<WorkspaceId>, Digest), Arc<Known>>,
    loading: Arc<Mutex<HashMap<Digest, Loading>>>,
    troubles: Arc<Troubles>,
    failures_max: u32,
    delay: Duration,
}

/// A component that is being loaded: what comes of it, or why nothing does.
type Loading = Shared<BoxFuture<'static, Result<Result<Arc<Loaded>, NotLoaded>, StoreError>>>;

impl Readies {
    pub(crate) fn new(store: Arc<dyn Store>, sandbox: Sandbox, config: &Config, metrics: Metrics) -> Self {
        let delay = Duration::from_millis(config.load_delay_ms);
        Self {
            store,
            sandbox,
            metrics,
            kept: Cache::new(config.plugins_kept_max),
            loading: Arc::default(),
            troubles: Arc::new(Troubles::new(config.plugins_kept_max, delay)),
            failures_max: config.load_failures_max,
            delay,
        }
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
        let kept = self.kept.get(&of).filter(|known| is_same(&known.plugin, &plugin));
        // The sandbox may have let go of it meanwhile, and then holds another.
        let is_held = |(known, loaded): &(Arc<Known>, Arc<Loaded>)| ptr::eq(known.loaded.as_ptr(), Arc::as_ptr(loaded));
        if let Some((known, loaded)) = kept.zip(self.sandbox.loaded(plugin.digest)).filter(is_held) {
            return Ok(Asked::Ready(Ready { known, loaded }));
        }
        let asked = self.make(plugin, step, patience).await?;
        if let Asked::Ready(ready) = &asked {
            self.kept.insert(of, Arc::clone(&ready.known));
        }
        Ok(asked)
    }

    /// Makes a version ready to be rehearsed with, approved or not, however long that takes.
    pub(crate) async fn rehearsed(&self, plugin: Arc<Plugin>, step: &str) -> Result<Asked, StoreError> {
        self.make(plugin, step, None).await
    }

    async fn make(&self, plugin: Arc<Plugin>, step: &str, patience: Option<Duration>) -> Result<Asked, StoreError> {
        let label = format!("{} {}", plugin.manifest.name, plugin.manifest.version);
        let digest = plugin.digest;
        let loaded = match (self.sandbox.loaded(digest), patience) {
            (Some(loaded), _) => Ok(loaded),
            (None, None) => self.load(digest).await?,
            (None, Some(patience)) => match self.troubles.standing(digest) {
                Some(trouble) => Err(NotLoaded::ForNow(trouble)),
                None => match tokio::time::timeout(patience, self.load(digest)).await {
                    Ok(loaded) => loaded?,
                    Err(_) => {
                        let why = format!("{label} is being loaded, which takes long only the first time");
                        return Ok(Asked::Loading(Later { label, digest, why, delay: self.delay }));
                    }
                },
            },
        };
        Ok(match loaded {
            Ok(loaded) => {
                let counters = self.metrics.step_counters(&plugin.manifest.name);
                let known = Known { counters, label, plugin, loaded: Arc::downgrade(&loaded) };
                Asked::Ready(Ready { known: Arc::new(known), loaded })
            }
            Err(NotLoaded::ForGood(message)) => {
                Asked::Failed(RunFailure::new(step, "plugin", format!("{label}: {message}")))
            }
            Err(NotLoaded::ForNow(trouble)) if patience.is_some() && trouble.times < self.failures_max => {
                let why = format!("{label} cannot be loaded at present, and the run waits: {}", trouble.message);
                let delay = trouble.again_at.saturating_duration_since(Instant::now());
                Asked::Loading(Later { label, digest, why, delay })
            }
            Err(NotLoaded::ForNow(Trouble { times, message, .. })) => {
                let message = format!("{label}: {message} (tried {times} times in a row; replay the run afterwards)");
                Asked::Unloadable(RunFailure::new(step, "plugin", message))
            }
        })
    }

    /// Joins the load of a component, or begins it.
    fn load(&self, digest: Digest) -> Loading {
        let begin = || {
            let ended = Ended { digest, loading: Arc::clone(&self.loading) };
            let (store, sandbox, troubles) =
                (Arc::clone(&self.store), self.sandbox.clone(), Arc::clone(&self.troubles));
            let load = tokio::spawn(async move {
                let _ended = ended;
                load(&*store, &sandbox, &troubles, digest).await
            });
            load.map(|ended| ended.unwrap_or_else(|error| Ok(Err(NotLoaded::ForGood(error.to_string())))))
                .boxed()
                .shared()
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

async fn load(
    store: &dyn Store,
    sandbox: &Sandbox,
    troubles: &Troubles,
    digest: Digest,
) -> Result<Result<Arc<Loaded>, NotLoaded>, StoreError> {
    let Some(component) = store.plugins().component(digest).await? else {
        let gone = "its component is gone; install it again, then replay the run";
        return Ok(Err(NotLoaded::ForGood(gone.to_owned())));
    };
    let loaded = sandbox.load(digest, &component).await;
    Ok(match loaded {
        Err(error) if passes(&error) => Err(NotLoaded::ForNow(troubles.note(digest, error.to_string()))),
        Err(error) => {
            troubles.forget(digest);
            Err(NotLoaded::ForGood(error.to_string()))
        }
        Ok(loaded) => {
            troubles.forget(digest);
            Ok(loaded)
        }
    })
}

/// Whether the next load may go well with the same bytes: the host could not compile, or how busy or short of memory it was
/// decided.
fn passes(error: &LoadError) -> bool {
    match error {
        LoadError::Compiler { .. } => true,
        LoadError::Refused(fault) => matches!(fault.code, "compile-deadline" | "compile-cpu-time" | "compile-memory"),
        LoadError::Digest { .. } => false,
    }
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
