//! The sandbox itself: what all calls share, and the components that are ready to run.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hookbox_egress::{Names, SystemNames};
use hookbox_model::{Digest, Grants};
use parking_lot::{Mutex, RwLock};
use tokio::sync::OnceCell;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::bindings::EffectsPre;
use crate::compiled::CompiledCache;
use crate::gate::Gate;
use crate::http::Door;
use crate::lane::SlowLane;
use crate::manifest::Described;
use crate::outline::Parts;
use crate::state::GuestState;
use crate::{CallError, Config, SandboxError, engine};

/// Large checks of settings at once; of one workspace there is one.
const CHECKS_AT_ONCE: usize = 2;

/// Runs plugins. Cheap to clone; every clone is the same sandbox.
#[derive(Clone)]
pub struct Sandbox(pub(crate) Arc<Shared>);

/// What every call shares.
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<GuestState>,
    pub(crate) door: Arc<Door>,
    pub(crate) gate: Gate,
    pub(crate) lane: Arc<SlowLane>,
    /// The turns of large checks of settings, which are no part of a call.
    pub(crate) checks: SlowLane,
    pub(crate) cache: Option<CompiledCache>,
    /// Everything that was loaded and not forgotten, whether its code is in memory or not.
    loaded: RwLock<HashMap<Digest, Arc<Loaded>>>,
    /// Counts uses, so that what was not used for longest can be told.
    uses: AtomicU64,
    /// One component is compiled at a time: compiling takes all cores by itself.
    pub(crate) compiling: Arc<tokio::sync::Mutex<()>>,
}

/// A component that is ready to run. Its code may leave memory when it is not called for long, and is then read from the cache
/// again by the next call.
pub struct Loaded {
    digest: Digest,
    was_compiled: bool,
    pub(crate) size: Size,
    code: Mutex<Option<Arc<Code>>>,
    last_used: AtomicU64,
    pub(crate) described: OnceCell<Described>,
    grants: Mutex<Arc<Grants>>,
}

/// Compiled code, linked.
pub(crate) struct Code {
    pub(crate) pre: EffectsPre<GuestState>,
    /// What it takes of memory.
    pub(crate) bytes: u64,
}

/// What calls of a component take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// What one call may have of memory.
    pub(crate) memory_bytes: u64,
    /// What one `describe` may have of memory.
    pub(crate) describe_memory_bytes: u64,
    /// Places at the gate.
    pub(crate) places: u32,
}

impl Sandbox {
    /// Makes the engine, its pool, the linker and the thread that interrupts running plugins.
    ///
    /// Fails when a setting is past its ceiling, the machine cannot run plugins or the cache folder cannot be used. When
    /// the address space does not suffice for the pool, instances are allocated on demand and one warning is logged.
    pub fn new(config: Config) -> Result<Self, SandboxError> {
        Self::with_names(config, Arc::new(SystemNames))
    }

    /// As [`Sandbox::new`], with the names of hosts that plugins call looked up by `names`.
    pub fn with_names(config: Config, names: Arc<dyn Names>) -> Result<Self, SandboxError> {
        if let Some(fault) = config.fault() {
            return Err(SandboxError::Setting(fault));
        }
        let engine = engine::make(&config)?;
        let linker = engine::linker(&engine)?;
        let cache = config.cache_dir.as_deref().map(|dir| CompiledCache::open(dir, &engine)).transpose()?;
        engine::start_ticker(&engine, config.tick_ms)?;
        Ok(Self(Arc::new(Shared {
            gate: Gate::new(config.pool.calls),
            door: Arc::new(Door::new(&config.http, names)),
            lane: Arc::new(SlowLane::new(slow_calls(&config))),
            checks: SlowLane::new(CHECKS_AT_ONCE),
            config: Arc::new(config),
            engine,
            linker,
            cache,
            loaded: RwLock::default(),
            uses: AtomicU64::new(0),
            compiling: Arc::default(),
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

    /// Forgets a component that was removed for good, and removes its compiled code from the cache folder. Calls that have begun
    /// finish on it.
    pub async fn remove(&self, digest: Digest) {
        self.forget(digest);
        self.0.remove_compiled(digest).await;
    }
}

impl Shared {
    /// What calls of a component of this size, with these parts, take. A large one carries an interpreter.
    pub(crate) fn size(&self, component_bytes: u64, parts: Parts) -> Size {
        let config = &self.config;
        let places = parts.places(&config.pool);
        if component_bytes <= config.large_component_bytes {
            return Size {
                memory_bytes: config.memory_bytes,
                describe_memory_bytes: config.describe_memory_bytes,
                places,
            };
        }
        let memory_bytes = config.memory_large_bytes.max(config.memory_bytes);
        let describe_memory_bytes = config.memory_large_bytes.max(config.describe_memory_bytes);
        Size { memory_bytes, describe_memory_bytes, places }
    }

    /// Keeps a component ready, and lets the code of others leave memory when it is too much with it. If it is there already,
    /// that one stays: others hold it.
    pub(crate) fn keep(&self, loaded: Loaded) -> Arc<Loaded> {
        let digest = loaded.digest;
        let kept = Arc::clone(self.loaded.write().entry(digest).or_insert_with(|| Arc::new(loaded)));
        self.note_use(&kept);
        self.make_room();
        kept
    }

    /// The code of a component, read from the cache again when it has left memory.
    pub(crate) async fn code(self: &Arc<Self>, loaded: &Loaded) -> Result<Arc<Code>, CallError> {
        self.note_use(loaded);
        if let Some(code) = loaded.code.lock().clone() {
            return Ok(code);
        }
        let gone = || CallError::Unavailable {
            message: format!("the compiled code of plugin {} is gone; it is compiled again", loaded.digest),
        };
        let Some(component) = self.take_from_cache(loaded.digest).await else {
            // Who asks for it the next time finds nothing and loads it from its bytes.
            self.loaded.write().remove(&loaded.digest);
            return Err(gone());
        };
        let shared = Arc::clone(self);
        let linked = tokio::task::spawn_blocking(move || shared.link(&component)).await;
        let code = Arc::new(linked.ok().and_then(Result::ok).ok_or_else(gone)?);
        *loaded.code.lock() = Some(Arc::clone(&code));
        self.make_room();
        Ok(code)
    }

    fn note_use(&self, loaded: &Loaded) {
        loaded.last_used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Takes the code that was not used for longest out of memory, until the rest is within the limits. Without a cache nothing
    /// could be read again, so nothing leaves. Running calls keep what they run on until they end.
    fn make_room(&self) {
        if self.cache.is_none() {
            return;
        }
        let mut all = self.loaded.write();
        let bytes_of = |loaded: &Arc<Loaded>| loaded.code.lock().as_ref().map(|code| code.bytes);
        let mut in_memory: Vec<(u64, u64, Digest)> = all
            .values()
            .filter_map(|loaded| Some((loaded.last_used.load(Ordering::Relaxed), bytes_of(loaded)?, loaded.digest)))
            .collect();
        in_memory.sort_unstable();
        let mut bytes: u64 = in_memory.iter().map(|(_, bytes, _)| bytes).sum();
        let mut count = in_memory.len();
        for (_, its_bytes, digest) in in_memory {
            // The one used last stays, however large it is.
            let fits = count <= self.config.loaded_max as usize && bytes <= self.config.loaded_bytes_max;
            if fits || count == 1 {
                break;
            }
            (count, bytes) = (count - 1, bytes - its_bytes);
            let Some(loaded) = all.get(&digest) else { continue };
            *loaded.code.lock() = None;
            // What nobody else holds is not missed at all.
            if Arc::strong_count(loaded) == 1 {
                all.remove(&digest);
            }
        }
    }
}

/// How many slow calls compute at once.
fn slow_calls(config: &Config) -> usize {
    match config.slow_calls {
        0 => std::thread::available_parallelism().map_or(1, |processors| processors.get().saturating_sub(1).max(1)),
        calls => calls as usize,
    }
}

impl Loaded {
    pub(crate) fn new(digest: Digest, code: Code, size: Size, was_compiled: bool) -> Self {
        Self {
            digest,
            was_compiled,
            size,
            code: Mutex::new(Some(Arc::new(code))),
            last_used: AtomicU64::new(0),
            described: OnceCell::new(),
            grants: Mutex::default(),
        }
    }

    /// The component's SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether it had to be compiled; if not, its compiled code came from the cache folder.
    pub fn was_compiled(&self) -> bool {
        self.was_compiled
    }

    /// Whether its code is in memory now; if not, the next call reads it from the cache.
    pub fn is_in_memory(&self) -> bool {
        self.code.lock().is_some()
    }

    /// What one call may have of memory, in bytes.
    pub fn memory_bytes_max(&self) -> u64 {
        self.size.memory_bytes
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
