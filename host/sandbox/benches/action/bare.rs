//! The measure: wasmtime with the same engine settings and component, and nothing of ours around it.

use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::ours::{PAYLOAD, SETTINGS};

#[allow(missing_docs, unsafe_code, unused_qualifications, unreachable_pub, reason = "generated")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "effects",
        ownership: Borrowing { duplicate_if_necessary: true },
        exports: { default: async },
    });
}

use bindings::hookbox::plugin::{contacts, conversations, lists, log, messages, state, types};

/// An engine and a component that is ready to run.
pub(crate) struct Bare {
    engine: Engine,
    pre: bindings::EffectsPre<State>,
}

/// The least state that the component links against.
#[derive(Default)]
struct State {
    sent: Vec<String>,
    resources: ResourceTable,
    wasi: Option<WasiCtx>,
}

impl Bare {
    /// Compiles and links the component.
    pub(crate) fn new(component: &[u8]) -> anyhow::Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(128)
            .total_stacks(128)
            .total_core_instances(1_024)
            .total_memories(256)
            .total_tables(512)
            .table_elements(100_000)
            .max_component_instance_size(10 << 20)
            .max_core_instance_size(10 << 20)
            .linear_memory_keep_resident(1 << 20)
            .table_keep_resident(256 << 10)
            .pagemap_scan(Enabled::Auto);
        let mut config = Config::new();
        config.epoch_interruption(true).concurrency_support(false).allocation_strategy(pool);
        let engine = Engine::new(&config).map_err(read)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(read)?;
        bindings::Effects::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state).map_err(read)?;
        let component = Component::from_binary(&engine, component).map_err(read)?;
        let pre = bindings::EffectsPre::new(linker.instantiate_pre(&component).map_err(read)?).map_err(read)?;
        Ok(Self { engine, pre })
    }

    /// One call.
    pub(crate) async fn call(&self) -> anyhow::Result<()> {
        let mut store = Store::new(&self.engine, State::default());
        store.set_epoch_deadline(1_000_000);
        let instance = self.pre.instantiate_async(&mut store).await.map_err(read)?;
        let answer = instance.call_run(&mut store, argument()).await.map_err(read)?;
        anyhow::ensure!(answer.is_ok() && store.data().sent.len() == 1, "the action did not send");
        Ok(())
    }
}

fn argument() -> bindings::Invocation<'static> {
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
        step_id: "tell them",
        attempt: 1,
        idempotency_key: "run_03030303030303030303030303030303/0",
        now: "2023-11-14T22:13:20.120Z",
        payload: PAYLOAD,
        contact,
        conversation: None,
        steps: &[],
        settings: SETTINGS,
    }
}

fn read(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: self.wasi.get_or_insert_default(), table: &mut self.resources }
    }
}

impl types::Host for State {}

impl messages::Host for State {
    fn send(&mut self, message: messages::Message) -> Result<String, types::Refusal> {
        self.sent.push(message.body);
        Ok("msg_00000000000000000000000000000000".into())
    }
}

impl log::Host for State {
    fn write(&mut self, _: log::Level, _: String) {}
}

/// send-message calls nothing of the rest; a call would end the bench.
fn refuse<T>() -> Result<T, types::Refusal> {
    Err(types::Refusal::Invalid(String::new()))
}

impl contacts::Host for State {
    fn set_field(&mut self, _: String, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
    fn clear_field(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
    fn add_tag(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
    fn remove_tag(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
}

impl lists::Host for State {
    fn add(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
    fn remove(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
}

impl conversations::Host for State {
    fn assign(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
    fn unassign(&mut self) -> Result<(), types::Refusal> {
        refuse()
    }
    fn close(&mut self) -> Result<(), types::Refusal> {
        refuse()
    }
    fn reopen(&mut self) -> Result<(), types::Refusal> {
        refuse()
    }
    fn add_note(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
}

impl state::Host for State {
    fn get(&mut self, _: String) -> Result<Option<String>, types::Refusal> {
        refuse()
    }
    fn set(&mut self, _: String, _: String, _: Option<u64>) -> Result<(), types::Refusal> {
        refuse()
    }
    fn delete(&mut self, _: String) -> Result<(), types::Refusal> {
        refuse()
    }
    fn increment(&mut self, _: String, _: i64) -> Result<i64, types::Refusal> {
        refuse()
    }
}
