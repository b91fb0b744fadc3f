//! From bytes to a component that is ready to run: inspected, compiled or taken from the cache, linked, kept.

use std::sync::Arc;

use hookbox_model::Digest;
use wasmtime::component::Component;

use crate::LoadError;
use crate::bindings::EffectsPre;
use crate::inspect::inspect;
use crate::log::printable;
use crate::sandbox::{Loaded, Sandbox, Shared};

/// The longest message that is kept of the compiler or linker, in bytes.
const MESSAGE_BYTES_MAX: usize = 2 * 1024;

impl Sandbox {
    /// Makes a component ready to run, or finds it ready.
    ///
    /// `component` are the bytes with the SHA-256 `digest`. Compiling happens off the async threads, one component at a
    /// time, and takes from a tenth of a second (Rust) to many seconds (Python); with a cache folder only once ever.
    pub async fn load(&self, digest: Digest, component: &[u8]) -> Result<Arc<Loaded>, LoadError> {
        if let Some(loaded) = self.loaded(digest) {
            return Ok(loaded);
        }
        let _one_at_a_time = self.0.compiling.lock().await;
        if let Some(loaded) = self.loaded(digest) {
            return Ok(loaded);
        }
        let shared = Arc::clone(&self.0);
        let bytes = component.to_vec();
        let prepared = tokio::task::spawn_blocking(move || shared.prepare(digest, &bytes)).await;
        let prepared = prepared.map_err(|error| LoadError::Compiler { message: error.to_string() })?;
        let loaded = Arc::new(prepared?);
        self.0.loaded.write().insert(digest, Arc::clone(&loaded));
        Ok(loaded)
    }
}

impl Shared {
    fn prepare(&self, digest: Digest, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let is = Digest::of(bytes);
        if is != digest {
            return Err(LoadError::Digest { expected: digest, is });
        }
        inspect(bytes, &self.config)?;
        let (component, was_compiled) = match self.take_from_cache(digest) {
            Some(component) => (component, false),
            None => (self.compile(digest, bytes)?, true),
        };
        let mismatch = |error| LoadError::Mismatch { message: message_of(&error) };
        let pre = self.linker.instantiate_pre(&component).map_err(mismatch)?;
        let pre = EffectsPre::new(pre).map_err(mismatch)?;
        Ok(Loaded::new(digest, was_compiled, pre))
    }

    fn take_from_cache(&self, digest: Digest) -> Option<Component> {
        let verified = self.cache.as_ref()?.read(digest)?;
        verified
            .load(&self.engine)
            .inspect_err(|error| {
                tracing::warn!(%error, plugin.digest = %digest, "cannot load a compiled plugin; compiling it again");
            })
            .ok()
    }

    fn compile(&self, digest: Digest, bytes: &[u8]) -> Result<Component, LoadError> {
        let component = Component::from_binary(&self.engine, bytes)
            .map_err(|error| LoadError::Invalid { message: message_of(&error) })?;
        tracing::debug!(plugin.digest = %digest, "compiled a plugin");
        if let Some(cache) = &self.cache {
            let kept = component.serialize().map_err(std::io::Error::other);
            if let Err(error) = kept.and_then(|code| cache.write(digest, &code)) {
                tracing::warn!(%error, plugin.digest = %digest, "cannot keep a compiled plugin; the next start compiles it again");
            }
        }
        Ok(component)
    }
}

fn message_of(error: &wasmtime::Error) -> String {
    printable(&format!("{error:#}"), MESSAGE_BYTES_MAX)
}
