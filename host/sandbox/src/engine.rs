//! The one engine: how components are compiled, the pool that instances come from, and the ticker that interrupts them.

use std::time::Duration;

use wasmtime::{
    Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmBacktraceDetails,
};

use crate::config::PoolConfig;
use crate::{Config, state::GuestState};

/// The sandbox could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A setting is past its ceiling.
    #[error("a setting of the sandbox is wrong: {0}")]
    Setting(&'static str),
    /// The engine could not be made.
    #[error("this machine cannot run plugins: {0}")]
    Engine(String),
    /// The folder of compiled components cannot be used.
    #[error("cannot keep compiled plugins in {dir}: {source}; make the folder writable for the host alone")]
    Cache {
        /// The folder.
        dir: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No thread for the ticker.
    #[error("cannot start the thread that interrupts plugins: {0}")]
    Ticker(std::io::Error),
}

/// Makes the engine, with a pool when the address space suffices for it.
pub(crate) fn make(config: &Config) -> Result<Engine, SandboxError> {
    let mut settings = settings();
    settings.allocation_strategy(pool(&config.pool));
    let pooled = Engine::new(&settings);
    let error = match pooled {
        Ok(engine) => return Ok(engine),
        Err(error) => error,
    };
    tracing::warn!(
        error = %format!("{error:#}"),
        "no address space for the pool of plugin instances: each is allocated on demand, which is slower; \
         raise the limit on virtual memory or lower the numbers of the pool"
    );
    settings.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&settings).map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

/// Makes an engine that compiles and runs nothing: no pool. What it compiles fits the engine of [`make`], as a pool changes how
/// instances are allocated and not what is compiled.
pub(crate) fn make_for_compiling() -> Result<Engine, SandboxError> {
    Engine::new(&settings()).map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

/// Starts the thread that moves the engine's epoch on; it ends with the engine.
pub(crate) fn start_ticker(engine: &Engine, tick_ms: u64) -> Result<(), SandboxError> {
    let engine = engine.weak();
    let tick = Duration::from_millis(tick_ms);
    let ticker = std::thread::Builder::new().name("hookbox-ticker".into());
    ticker.spawn(move || tick_until_gone(&engine, tick)).map_err(SandboxError::Ticker)?;
    Ok(())
}

fn tick_until_gone(engine: &EngineWeak, tick: Duration) {
    loop {
        std::thread::sleep(tick);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}

fn settings() -> wasmtime::Config {
    let mut settings = wasmtime::Config::new();
    settings
        .epoch_interruption(true)
        .concurrency_support(false)
        .cranelift_opt_level(OptLevel::Speed)
        // Line tables come from the component and are as hostile as it; names of functions are enough.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    settings
}

fn pool(config: &PoolConfig) -> PoolingAllocationConfig {
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(config.calls)
        .total_stacks(config.calls)
        .total_core_instances(config.core_instances)
        .total_memories(config.memories)
        .total_tables(config.tables)
        .max_core_instances_per_component(config.core_instances_per_component)
        .max_memories_per_component(config.memories_per_component)
        .max_tables_per_component(config.tables_per_component)
        .max_memories_per_module(config.memories_per_component)
        .max_tables_per_module(config.tables_per_component)
        .table_elements(config.table_elements as usize)
        .max_component_instance_size(size(config.instance_bytes_max))
        .max_core_instance_size(size(config.instance_bytes_max))
        .max_memory_size(size(Config::MEMORY_BYTES_CEILING))
        .linear_memory_keep_resident(size(config.memory_keep_bytes))
        .table_keep_resident(size(config.table_keep_bytes))
        .pagemap_scan(Enabled::Auto);
    pool
}

/// The linker with everything that guests may call.
pub(crate) fn linker(engine: &Engine) -> Result<wasmtime::component::Linker<GuestState>, SandboxError> {
    let mut linker = wasmtime::component::Linker::new(engine);
    crate::imports::link(&mut linker).map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
    Ok(linker)
}
