//! The measure: wasmtime with the same engine settings and component, and nothing of ours around it.

use anyhow::{Result, anyhow, bail};
use hookbox_sandbox::{Config, PoolConfig};
use wasmtime::component::Component;
use wasmtime::{Enabled, Engine, PoolingAllocationConfig, Store, WasmBacktraceDetails};

use crate::bindings::hookbox::plugin::types;
use crate::bindings::{self, EffectsPre};
use crate::links::{State, link};
use crate::plugins::{Answer, PAYLOAD, Plugin};

/// An engine and a plugin that is ready to run.
pub(crate) struct Bare<'a> {
    plugin: &'a Plugin,
    fields: Vec<types::Field<'a>>,
    engine: Engine,
    pre: EffectsPre<State>,
}

impl<'a> Bare<'a> {
    /// Compiles and links the component.
    pub(crate) fn new(plugin: &'a Plugin) -> Result<Self> {
        let engine = Engine::new(&settings(&Config::default().pool)?).map_err(read)?;
        let component = Component::from_binary(&engine, &plugin.component).map_err(read)?;
        let linker = link(&engine, &component).map_err(read)?;
        let pre = EffectsPre::new(linker.instantiate_pre(&component).map_err(read)?).map_err(read)?;
        let fields = plugin.fields.iter().map(|&(name, value)| types::Field { name, value }).collect();
        Ok(Self { plugin, fields, engine, pre })
    }

    /// One call.
    pub(crate) async fn call(&self) -> Result<()> {
        let mut store = Store::new(&self.engine, State::default());
        store.set_epoch_deadline(1_000_000);
        let instance = self.pre.instantiate_async(&mut store).await.map_err(read)?;
        let answer = match instance.call_run(&mut store, self.argument()).await.map_err(read)? {
            Ok(_) => Answer::Succeeded { messages: store.data().sent.len() },
            Err(types::Failure::Permanent(types::Permanent { code, message })) => Answer::Failed { code, message },
            Err(types::Failure::Retryable(failure)) => bail!("the action wants another try: {}", failure.message),
        };
        self.plugin.check(&answer)
    }

    fn argument(&self) -> bindings::Invocation<'_> {
        let contact = types::Contact {
            id: "con_01010101010101010101010101010101",
            phone: None,
            email: None,
            fields: &self.fields,
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
            settings: self.plugin.settings,
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
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .allocation_strategy(pool);
    Ok(settings)
}

fn read(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}
