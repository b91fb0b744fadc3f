//! One call of one exported function: a fresh store, the limits around it, and what is left when it ends.
//!
//! However it ends (return, trap, limit, dropped by its caller) everything the guest touched goes with the store.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hookbox_model::{Digest, Grants, Usage};
use tokio::time::{Instant, timeout_at};
use wasmtime::{PoolConcurrencyLimitError, Store, StoreContextMut, UpdateDeadline};

use crate::CallError;
use crate::bindings::{Effects, EffectsPre};
use crate::lane::Kind;
use crate::meter::{CpuMeter, Limits};
use crate::sandbox::Shared;
use crate::state::{GuestState, Subject};
use crate::stop::{self, CallLimits, Stop};
use crate::surroundings::Surroundings;

/// One of the functions that a plugin exports, with its argument.
pub(crate) trait Export: Sync {
    /// What it returns.
    type Answer: Send;

    /// Calls it in a fresh instance.
    fn call(
        &self,
        instance: &Effects,
        store: &mut Store<GuestState>,
    ) -> impl Future<Output = wasmtime::Result<Self::Answer>> + Send;
}

/// A call that has ended.
pub(crate) struct Ended<A> {
    pub(crate) answer: Result<A, CallError>,
    pub(crate) state: GuestState,
    pub(crate) usage: Usage,
    pub(crate) cpu_us: u64,
}

impl Shared {
    /// The limits of a call with these budgets.
    pub(crate) fn limits(&self, cpu_ms: u64, deadline_ms: u64, memory_bytes: u64) -> CallLimits {
        let Self { config, .. } = self;
        CallLimits {
            cpu_ms,
            deadline_ms,
            memory_bytes,
            copied_bytes_max: config.copied_bytes_max,
            handles_max: config.handles_max,
        }
    }

    /// Calls `export` under `limits`. The caller holds a place at the gate.
    pub(crate) async fn call<E: Export>(
        &self,
        (component, pre): (Digest, &EffectsPre<GuestState>),
        limits: &CallLimits,
        subject: Subject,
        around: (Arc<Grants>, Arc<dyn Surroundings>),
        export: E,
    ) -> Ended<E::Answer> {
        let times = Limits { cpu_ms: limits.cpu_ms, slow_ms: self.config.slow_ms, tick_ms: self.config.tick_ms };
        let kind = Kind { workspace: subject.workspace, component };
        let cpu = CpuMeter::new(times, Arc::clone(&self.lane), kind);
        // One for all attempts: a call that has to begin again gets no time back.
        let deadline = Instant::now() + Duration::from_millis(limits.deadline_ms);
        let mut state =
            GuestState::new((&self.config, &self.door), subject, around, limits.memory_bytes, Arc::clone(&cpu));
        loop {
            let mut store = self.store(state, limits);
            let answer = attempt(pre, deadline, &mut store, &cpu, &export).await;
            state = cpu.end(|| store.into_data());
            // Components with many parts can find the pool empty though there was a place at the gate: they wait too.
            let pool_is_full = matches!(answer, Err(Attempt::PoolIsFull));
            if pool_is_full && timeout_at(deadline, self.gate.a_call_ended()).await.is_ok() {
                state.begin_again(limits.memory_bytes);
                continue;
            }
            let usage =
                Usage { duration_us: cpu.elapsed_us(), memory_bytes: state.memory.peak_bytes(), log_lines_dropped: 0 };
            let answer = answer.map_err(|error| error.read(&state, limits));
            return Ended { answer, state, usage, cpu_us: cpu.used_us() };
        }
    }

    fn store(&self, state: GuestState, limits: &CallLimits) -> Store<GuestState> {
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(on_tick);
        store.set_hostcall_fuel(usize::try_from(limits.copied_bytes_max).unwrap_or(usize::MAX));
        store.set_max_component_handles(usize::try_from(limits.handles_max).unwrap_or(usize::MAX));
        store
    }
}

/// How one attempt at a call failed.
enum Attempt {
    PoolIsFull,
    TimedOut,
    /// There was no instance.
    NotMade(wasmtime::Error),
    Failed(wasmtime::Error),
}

impl Attempt {
    fn read(self, state: &GuestState, limits: &CallLimits) -> CallError {
        match self {
            Self::PoolIsFull => {
                CallError::Unavailable { message: format!("no place was free for {} ms", limits.deadline_ms) }
            }
            Self::TimedOut => {
                let request_open = state.http.as_ref().is_some_and(|http| http.0.is_waiting());
                CallError::Deadline { limit_ms: limits.deadline_ms, request_open }
            }
            Self::NotMade(error) => stop::read_start(&error, &state.memory, limits),
            Self::Failed(error) => stop::read(&error, &state.memory, limits),
        }
    }
}

async fn attempt<E: Export>(
    pre: &EffectsPre<GuestState>,
    deadline: Instant,
    store: &mut Store<GuestState>,
    cpu: &CpuMeter,
    export: &E,
) -> Result<E::Answer, Attempt> {
    let mut call = pin!(async {
        cpu.begin().await;
        let instance = match pre.instantiate_async(&mut *store).await {
            Ok(instance) => instance,
            Err(error) if error.is::<PoolConcurrencyLimitError>() => return Err(Attempt::PoolIsFull),
            Err(error) => return Err(Attempt::NotMade(error)),
        };
        export.call(&instance, store).await.map_err(Attempt::Failed)
    });
    let mut until = deadline;
    loop {
        match timeout_at(until, cpu.metered(call.as_mut())).await {
            Ok(ended) => return ended,
            // Waiting for turns is the host's doing and takes nothing of its time.
            Err(_) if deadline + cpu.waited() > until => until = deadline + cpu.waited(),
            Err(_) => return Err(Attempt::TimedOut),
        }
    }
}

/// Runs at every tick of the epoch that finds the guest running: ends it when its time is up, else lets others run.
fn on_tick(context: StoreContextMut<'_, GuestState>) -> wasmtime::Result<UpdateDeadline> {
    if context.data().cpu.is_spent() {
        return Err(Stop::CpuTime.into());
    }
    Ok(UpdateDeadline::YieldCustom(1, Box::pin(Arc::clone(&context.data().cpu).give_way())))
}

#[cfg(test)]
mod tests {
    use wasmtime::Trap;

    use super::{Attempt, CallLimits};
    use crate::state::fixture::state_with;

    #[test]
    fn what_the_host_lacks_is_not_the_plugins_fault() {
        let (state, limits) = (
            state_with(&[]),
            CallLimits { cpu_ms: 1, deadline_ms: 7, memory_bytes: 1, copied_bytes_max: 1, handles_max: 1 },
        );
        let code = |attempt: Attempt| attempt.read(&state, &limits).code();
        assert_eq!(code(Attempt::PoolIsFull), "unavailable");
        assert_eq!(code(Attempt::NotMade(wasmtime::Error::msg("cannot allocate memory"))), "unavailable");
        assert_eq!(code(Attempt::NotMade(Trap::UnreachableCodeReached.into())), "trap");
        assert_eq!(code(Attempt::NotMade(crate::stop::Stop::CpuTime.into())), "cpu-time");
        assert_eq!(code(Attempt::Failed(wasmtime::Error::msg("an unknown handle"))), "trap");
        assert_eq!(code(Attempt::TimedOut), "deadline");
    }
}
