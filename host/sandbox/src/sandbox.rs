//! The sandbox itself: what all calls share, and the components that are ready to run.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_model::{Digest, Grants};
use parking_lot::{Mutex, RwLock};
use tokio::sync::OnceCell;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::bindings::EffectsPre;
use crate::compiled::CompiledCache;
use crate::gate::Gate;
use crate::manifest::Described;
use crate::state::GuestState;
use crate::{Config, SandboxError, engine};

/// Runs plugins. Cheap to clone; every clone is the same sandbox.
#[derive(Clone)]
pub struct Sandbox(pub(crate) Arc<Shared>);

/// What every call shares.
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<GuestState>,
    pub(crate) gate: Gate,
    pub(crate) cache: Option<CompiledCache>,
    pub(crate) loaded: RwLock<HashMap<Digest, Arc<Loaded>>>,
    /// One component is compiled at a time: compiling takes all cores by itself.
    pub(crate) compiling: tokio::sync::Mutex<()>,
}

/// A component that is compiled, linked and ready to run.
pub struct Loaded {
    digest: Digest,
    was_compiled: bool,
    pub(crate) pre: EffectsPre<GuestState>,
    pub(crate) described: OnceCell<Described>,
    grants: Mutex<Arc<Grants>>,
}

impl Sandbox {
    /// Makes the engine, its pool, the linker and the thread that interrupts running plugins.
    ///
    /// Fails when a setting is past its ceiling, the machine cannot run plugins or the cache folder cannot be used. When
    /// the address space does not suffice for the pool, instances are allocated on demand and one warning is logged.
    pub fn new(config: Config) -> Result<Self, SandboxError> {
        if let Some(fault) = config.fault() {
            return Err(SandboxError::Setting(fault));
        }
        let engine = engine::make(&config)?;
        let linker = engine::linker(&engine)?;
        let cache = config.cache_dir.as_deref().map(|dir| CompiledCache::open(dir, &engine)).transpose()?;
        engine::start_ticker(&engine, config.tick_ms)?;
        Ok(Self(Arc::new(Shared {
            gate: Gate::new(config.pool.calls),
            config: Arc::new(config),
            engine,
            linker,
            cache,
            loaded: RwLock::default(),
            compiling: tokio::sync::Mutex::default(),
        })))
    }

    /// The component with this SHA-256, if it is ready to run.
    pub fn loaded(&self, digest: Digest) -> Option<Arc<Loaded>> {
        self.0.loaded.read().get(&digest).cloned()
    }

    /// Forgets a component. Calls that have begun finish on it; its compiled code stays in the cache folder.
    pub fn forget(&self, digest: Digest) {
        self.0.loaded.write().remove(&digest);
    }
}

impl Loaded {
    pub(crate) fn new(digest: Digest, was_compiled: bool, pre: EffectsPre<GuestState>) -> Self {
        Self { digest, was_compiled, pre, described: OnceCell::new(), grants: Mutex::default() }
    }

    /// The component's SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether it had to be compiled; if not, its compiled code came from the cache folder.
    pub fn was_compiled(&self) -> bool {
        self.was_compiled
    }

    /// `grants` as a call can share it. Grants change rarely, so the last ones are kept and compared, not copied.
    pub(crate) fn share(&self, grants: &Grants) -> Arc<Grants> {
        let mut last = self.grants.lock();
        if **last != *grants {
            *last = Arc::new(grants.clone());
        }
        Arc::clone(&last)
    }
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loaded({})", self.digest)
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sandbox({} loaded)", self.0.loaded.read().len())
    }
}
