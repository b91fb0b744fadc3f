//! The limit (c): bare wasmtime. The same components with the same engine settings, a fresh store and a pooled instance for each
//! call, and the least host state that they link against; nothing is checked and nothing has a limit.

use anyhow::{Result, anyhow, bail, ensure};
use hookbox_sandbox::{Config, PoolConfig};
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Enabled, Engine, OptLevel, PoolingAllocationConfig, Store, WasmBacktraceDetails};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::bindings::hookbox::plugin::{contacts, conversations, lists, log, messages, state, types};
use crate::bindings::{self, EffectsPre};
use crate::called::{Action, PAYLOAD, STEP};

/// An engine and an action that is ready to be called.
pub(crate) struct Bare<'a> {
    action: &'a Action,
    engine: Engine,
    pre: EffectsPre<State>,
}

/// The least state that the components link against: how many effects were asked for, and WASI once it is used.
#[derive(Default)]
pub(crate) struct State {
    effects: usize,
    resources: ResourceTable,
    wasi: Option<WasiCtx>,
}

impl<'a> Bare<'a> {
    /// Compiles and links the component.
    pub(crate) fn new(action: &'a Action) -> Result<Self> {
        let engine = Engine::new(&settings(&Config::default().pool)?).map_err(read)?;
        let component = Component::from_binary(&engine, action.component).map_err(read)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(read)?;
        bindings::Effects::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state).map_err(read)?;
        let pre = EffectsPre::new(linker.instantiate_pre(&component).map_err(read)?).map_err(read)?;
        Ok(Self { action, engine, pre })
    }

    /// One call, which has to succeed and to ask for one effect.
    pub(crate) async fn call(&self) -> Result<()> {
        let mut store = Store::new(&self.engine, State::default());
        store.set_epoch_deadline(1_000_000);
        let instance = self.pre.instantiate_async(&mut store).await.map_err(read)?;
        if let Err(failure) = instance.call_run(&mut store, self.argument()).await.map_err(read)? {
            bail!("{} failed: {failure:?}", self.action.name);
        }
        ensure!(store.data().effects == 1, "{} asked for {} effects", self.action.name, store.data().effects);
        Ok(())
    }

    fn argument(&self) -> bindings::Invocation<'_> {
        let contact = types::Contact {
            id: "con_01010101010101010101010101010101",
            phone: None,
            email: None,
            fields: &[],
            tags: &[],
            lists: &[],
            opted_out: false,
        };
        bindings::Invocation {
            run_id: "run_03030303030303030303030303030303",
            step_id: STEP,
            attempt: 1,
            idempotency_key: "run_03030303030303030303030303030303/0",
            now: "2023-11-14T22:13:20.120Z",
            payload: PAYLOAD,
            contact,
            conversation: None,
            steps: &[],
            settings: self.action.settings,
        }
    }
}

/// The settings of the product's engine.
fn settings(numbers: &PoolConfig) -> Result<wasmtime::Config> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(numbers.calls)
        .total_stacks(numbers.calls)
        .total_core_instances(numbers.core_instances)
        .total_memories(numbers.memories)
        .total_tables(numbers.tables)
        .max_core_instances_per_component(numbers.core_instances_per_component)
        .max_memories_per_component(numbers.memories_per_component)
        .max_tables_per_component(numbers.tables_per_component)
        .max_memories_per_module(numbers.memories_per_component)
        .max_tables_per_module(numbers.tables_per_component)
        .table_elements(usize::try_from(numbers.table_elements)?)
        .max_component_instance_size(usize::try_from(numbers.instance_bytes_max)?)
        .max_core_instance_size(usize::try_from(numbers.instance_bytes_max)?)
        .max_memory_size(usize::try_from(Config::MEMORY_BYTES_CEILING)?)
        .linear_memory_keep_resident(usize::try_from(numbers.memory_keep_bytes)?)
        .table_keep_resident(usize::try_from(numbers.table_keep_bytes)?)
        .pagemap_scan(Enabled::Auto);
    let mut settings = wasmtime::Config::new();
    settings
        .epoch_interruption(true)
        .concurrency_support(false)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .allocation_strategy(pool);
    Ok(settings)
}

fn read(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}

type Taken = Result<(), types::Refusal>;

impl State {
    fn take(&mut self) -> Taken {
        self.effects += 1;
        Ok(())
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: self.wasi.get_or_insert_default(), table: &mut self.resources }
    }
}

impl types::Host for State {}

impl messages::Host for State {
    fn send(&mut self, _: messages::Message) -> Result<String, types::Refusal> {
        self.effects += 1;
        Ok("msg_00000000000000000000000000000000".into())
    }
}

impl conversations::Host for State {
    fn assign(&mut self, _: String) -> Taken {
        self.take()
    }

    fn unassign(&mut self) -> Taken {
        self.take()
    }

    fn close(&mut self) -> Taken {
        self.take()
    }

    fn reopen(&mut self) -> Taken {
        self.take()
    }

    fn add_note(&mut self, _: String) -> Taken {
        self.take()
    }
}

impl lists::Host for State {
    fn add(&mut self, _: String) -> Taken {
        self.take()
    }

    fn remove(&mut self, _: String) -> Taken {
        self.take()
    }
}

impl contacts::Host for State {
    fn set_field(&mut self, _: String, _: String) -> Taken {
        self.take()
    }

    fn clear_field(&mut self, _: String) -> Taken {
        self.take()
    }

    fn add_tag(&mut self, _: String) -> Taken {
        self.take()
    }

    fn remove_tag(&mut self, _: String) -> Taken {
        self.take()
    }
}

/// None of the actions remembers anything.
impl state::Host for State {
    fn get(&mut self, _: String) -> Result<Option<String>, types::Refusal> {
        Ok(None)
    }

    fn set(&mut self, _: String, _: String, _: Option<u64>) -> Taken {
        self.take()
    }

    fn delete(&mut self, _: String) -> Taken {
        self.take()
    }

    fn increment(&mut self, _: String, by: i64) -> Result<i64, types::Refusal> {
        Ok(by)
    }
}

impl log::Host for State {
    fn write(&mut self, _: log::Level, _: String) {}
}
