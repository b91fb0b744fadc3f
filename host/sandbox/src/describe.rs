//! Asks a component what it is and needs: in an empty sandbox, with nothing granted and little time and memory.

use std::sync::Arc;

use hookbox_model::{Grants, Manifest};
use wasmtime::Store;

use crate::CallError;
use crate::bindings::{self, Effects};
use crate::call::Export;
use crate::manifest::{self, Described};
use crate::report::Fault;
use crate::sandbox::{Loaded, Sandbox};
use crate::state::{GuestState, Subject};
use crate::surroundings::{Nothing, Surroundings};

struct Describe;

impl Export for Describe {
    type Answer = bindings::Manifest;

    async fn call(&self, instance: &Effects, store: &mut Store<GuestState>) -> wasmtime::Result<bindings::Manifest> {
        instance.call_describe(store).await
    }
}

impl Sandbox {
    /// What the component says of itself, checked: its name, version, settings schema and needs.
    ///
    /// Asked once; the same component always answers the same, since its clock and randomness do.
    pub async fn describe(&self, loaded: &Loaded) -> Result<Manifest, CallError> {
        self.described(loaded).await.map(|described| described.manifest.clone())
    }

    /// As [`Sandbox::describe`], with the compiled settings schema.
    pub(crate) async fn described<'a>(&self, loaded: &'a Loaded) -> Result<&'a Described, CallError> {
        match loaded.described.get() {
            Some(described) => Ok(described),
            None => loaded.described.get_or_try_init(|| self.ask_and_check(loaded)).await,
        }
    }

    /// As [`Sandbox::describe`], for an inspection: with all faults of its answer.
    pub(crate) async fn examine(&self, loaded: &Loaded) -> Result<Manifest, Vec<Fault>> {
        let said = self.ask(loaded).await.map_err(|error| vec![Fault::of_describe(&error)])?;
        let fault = |message| Fault::new("manifest", message, "mend what describe returns");
        let described = checked(said).await.map_err(|faults| faults.into_iter().map(fault).collect::<Vec<_>>())?;
        Ok(loaded.described.get_or_init(async || described).await.manifest.clone())
    }

    async fn ask(&self, loaded: &Loaded) -> Result<bindings::Manifest, CallError> {
        let shared = &self.0;
        let config = &shared.config;
        let code = shared.code(loaded).await?;
        let _place = shared.gate.enter_for_host(loaded.size.places).await;
        let limits = shared.limits(config.describe_ms, config.describe_ms, loaded.size.describe_memory_bytes);
        let nothing = (Arc::new(Grants::default()), Arc::new(Nothing) as Arc<dyn Surroundings>);
        let ended = shared.call((loaded.digest(), &code.pre), &limits, Subject::nothing(), nothing, Describe).await;
        ended.answer
    }

    /// It was asked before, when it was uploaded: if it has no time now, the machine is busy.
    async fn ask_and_check(&self, loaded: &Loaded) -> Result<Described, CallError> {
        let said = self.ask(loaded).await.map_err(|error| match error {
            CallError::Deadline { limit_ms, .. } => {
                CallError::Unavailable { message: format!("it had no time to say what it is within {limit_ms} ms") }
            }
            other => other,
        })?;
        checked(said).await.map_err(|faults| CallError::Manifest { message: faults.join("; ") })
    }
}

/// Checks what it said off the async threads: compiling the patterns of a schema takes a while.
async fn checked(said: bindings::Manifest) -> Result<Described, Vec<String>> {
    let checked = tokio::task::spawn_blocking(move || manifest::check(said)).await;
    checked.unwrap_or_else(|_| Err(vec!["checking what it says of itself failed".into()]))
}
