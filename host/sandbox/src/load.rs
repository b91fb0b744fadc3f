//! From bytes to a component that is ready to run: looked at, compiled or taken from the cache, linked, kept.
//!
//! Whatever takes long happens off the async threads. Compiling waits for its turn; what is in the cache does not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use hookbox_model::Digest;
use tokio::sync::OwnedMutexGuard;
use tokio::task::{JoinError, spawn_blocking};
use wasmtime::component::Component;

use crate::LoadError;
use crate::bindings::EffectsPre;
use crate::compile::child::{self, Ended};
use crate::compile::{message_of, validate};
use crate::compiled::CompiledCache;
use crate::config::CompilerCommand;
use crate::mismatch;
use crate::outline::{self, Outline};
use crate::report::{Fault, Phase};
use crate::sandbox::{Code, Loaded, Sandbox, Shared};

/// A component that was made ready.
pub(crate) struct Prepared {
    pub(crate) loaded: Loaded,
    /// How long compiling took, if it had to be compiled.
    pub(crate) compile_ms: Option<u64>,
}

impl Sandbox {
    /// Makes a component ready to run, or finds it ready.
    ///
    /// `component` are the bytes with the SHA-256 `digest`. Compiling happens in a process of its own, or off the async threads
    /// when there is none, one component at a time, and takes from a tenth of a second (Rust) to many seconds (Python); with a
    /// cache folder only once ever. [`Sandbox::inspect`] makes the same checks and names every fault.
    pub async fn load(&self, digest: Digest, component: &[u8]) -> Result<Arc<Loaded>, LoadError> {
        if let Some(loaded) = self.loaded(digest) {
            return Ok(loaded);
        }
        let component = Bytes::copy_from_slice(component);
        let (is, outline) = self.outline(component.clone()).await?;
        if is != digest {
            return Err(LoadError::Digest { expected: digest, is });
        }
        if let Some(fault) = outline.faults.first() {
            return Err(LoadError::Refused(fault.clone()));
        }
        let prepared = self.prepare(digest, component, &outline, &|_| {}).await?;
        Ok(self.0.keep(prepared.loaded))
    }

    /// What the bytes say, and their SHA-256.
    pub(crate) async fn outline(&self, component: Bytes) -> Result<(Digest, Outline), LoadError> {
        let config = Arc::clone(&self.0.config);
        let read = move || (Digest::of(&component), outline::read(&component, &config));
        spawn_blocking(read).await.map_err(|error| crashed(&error))
    }

    /// Compiles and links what `outline` found no fault with.
    pub(crate) async fn prepare(
        &self,
        digest: Digest,
        bytes: Bytes,
        outline: &Outline,
        progress: &(dyn Fn(Phase) + Send + Sync),
    ) -> Result<Prepared, LoadError> {
        let component_bytes = bytes.len() as u64;
        let (component, compile_ms) = match self.0.take_from_cache(digest).await {
            Some(component) => (component, None),
            None => {
                progress(Phase::Compiling);
                self.compile_in_turn(digest, bytes).await?
            }
        };
        let shared = Arc::clone(&self.0);
        let code = spawn_blocking(move || shared.link(&component)).await.map_err(|error| crashed(&error))?;
        let code = match code {
            Ok(code) => code,
            Err(fault) => {
                if compile_ms.is_some() {
                    self.0.remove_compiled(digest).await;
                }
                return Err(LoadError::Refused(fault));
            }
        };
        let loaded = Loaded::new(digest, code, self.0.size(component_bytes, outline.parts), compile_ms.is_some());
        Ok(Prepared { loaded, compile_ms })
    }

    async fn compile_in_turn(&self, digest: Digest, bytes: Bytes) -> Result<(Component, Option<u64>), LoadError> {
        let turn = Arc::clone(&self.0.compiling).lock_owned().await;
        // Who was before us may have compiled the same.
        if let Some(component) = self.0.take_from_cache(digest).await {
            return Ok((component, None));
        }
        let began = Instant::now();
        let component = match (&self.0.config.compiler, &self.0.cache) {
            (Some(compiler), Some(cache)) => self.0.compile_in_child(compiler, cache.place(), digest, bytes).await?,
            (Some(_), None) | (None, _) => self.0.compile_here(turn, digest, bytes).await?,
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(plugin.digest = %digest, duration_ms = ms, "compiled a plugin");
        Ok((component, Some(ms)))
    }
}

impl Shared {
    /// Reads, checks and loads the compiled code of a component, if it is in the cache.
    pub(crate) async fn take_from_cache(self: &Arc<Self>, digest: Digest) -> Option<Component> {
        let shared = Arc::clone(self);
        let read = move || {
            let verified = shared.cache.as_ref()?.read(digest)?;
            let loaded = verified.load(&shared.engine);
            loaded
                .inspect_err(|error| {
                    tracing::warn!(%error, plugin.digest = %digest, "cannot load a compiled plugin; compiling it again");
                })
                .ok()
        };
        spawn_blocking(read).await.ok().flatten()
    }

    async fn compile_in_child(
        self: &Arc<Self>,
        compiler: &CompilerCommand,
        place: PathBuf,
        digest: Digest,
        bytes: Bytes,
    ) -> Result<Component, LoadError> {
        let compatibility = self.cache.as_ref().map_or(0, CompiledCache::compatibility);
        let ended = child::compile(compiler, &self.config, (place, compatibility), bytes).await;
        let code = match ended.map_err(|message| LoadError::Compiler { message })? {
            Ended::Compiled(code) => code,
            Ended::Invalid(message) => return Err(LoadError::Refused(outline::invalid(&message))),
            Ended::Uncompilable(message) => return Err(LoadError::Refused(uncompilable(&message))),
            Ended::PastLimit { code, limit } => return Err(LoadError::Refused(past_limit(code, &limit))),
            Ended::Crashed => return Err(LoadError::Refused(crash())),
        };
        let shared = Arc::clone(self);
        let load = move || shared.cache.as_ref().map(|cache| cache.keep(digest, &code).load(&shared.engine));
        match spawn_blocking(load).await {
            Ok(Some(Ok(component))) => Ok(component),
            // Limits of the pool that only an engine with a pool knows.
            Ok(Some(Err(error))) => {
                self.remove_compiled(digest).await;
                Err(LoadError::Refused(uncompilable(&message_of(&error))))
            }
            Ok(None) => Err(LoadError::Compiler { message: "there is no cache".into() }),
            Err(error) => Err(crashed(&error)),
        }
    }

    /// Compiles in this process, which goes on to its end even if nobody waits any more; so `turn` goes with it.
    async fn compile_here(
        self: &Arc<Self>,
        turn: OwnedMutexGuard<()>,
        digest: Digest,
        bytes: Bytes,
    ) -> Result<Component, LoadError> {
        let shared = Arc::clone(self);
        let compile = move || {
            let _turn = turn;
            validate(&bytes).map_err(|error| outline::damaged(&error))?;
            let component =
                Component::from_binary(&shared.engine, &bytes).map_err(|error| uncompilable(&message_of(&error)))?;
            if let Some(cache) = &shared.cache {
                let code = component.serialize().map_err(|error| uncompilable(&message_of(&error)))?;
                cache.keep(digest, &code);
            }
            Ok(component)
        };
        spawn_blocking(compile).await.map_err(|error| crashed(&error))?.map_err(LoadError::Refused)
    }

    /// Checks the component's types against what is offered.
    pub(crate) fn link(&self, component: &Component) -> Result<Code, Fault> {
        let pre = self.linker.instantiate_pre(component).and_then(EffectsPre::new);
        let pre = pre.map_err(|error| mismatch::fault(&self.engine, component, &error))?;
        let range = component.image_range();
        Ok(Code { pre, bytes: range.end as u64 - range.start as u64 })
    }

    /// Removes the compiled code of a component from the cache.
    pub(crate) async fn remove_compiled(self: &Arc<Self>, digest: Digest) {
        let shared = Arc::clone(self);
        let remove = move || shared.cache.as_ref().map_or(Ok(()), |cache| cache.remove(digest));
        if let Err(error) = spawn_blocking(remove).await.map_err(std::io::Error::other).flatten() {
            tracing::warn!(%error, plugin.digest = %digest, "cannot remove compiled code; it only takes space");
        }
    }
}

fn uncompilable(message: &str) -> Fault {
    let message = format!("it is valid and cannot be compiled: {message}");
    Fault::new("uncompilable", message, "build it with other settings, or simplify what is named")
}

fn past_limit(code: &'static str, limit: &str) -> Fault {
    let message = format!("compiling it takes more than {limit}");
    Fault::new(code, message, "make it smaller, above all its largest functions; or let the operator raise the limit")
}

fn crash() -> Fault {
    let message = "it crashes the compiler, most likely over types or functions that are nested very deeply";
    Fault::new("compile-crash", message, "simplify it, and report it to us if it was built by a common toolchain")
}

/// A panic over the bytes of a component is a fault of the component to whoever built it; it is logged where it happened.
fn crashed(error: &JoinError) -> LoadError {
    if error.is_panic() {
        return LoadError::Refused(crash());
    }
    LoadError::Compiler { message: error.to_string() }
}
