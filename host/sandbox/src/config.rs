//! Every number that limits what a plugin may use, with its default.
//!
//! The host reads it from the configuration file; [`crate::Sandbox::new`] refuses numbers past the ceilings named here.

use std::path::PathBuf;

use serde::Deserialize;

use crate::HttpConfig;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

/// The limits of one call, of one component and of the pool that calls share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// CPU time of one call in milliseconds. Default 1,000; at most 5,000.
    pub cpu_ms: u64,
    /// Wall-clock time of one call in milliseconds, waiting for a free place not counted. Default 30,000; at most 300,000.
    pub deadline_ms: u64,
    /// CPU time after which a call counts as slow, in milliseconds: it goes on only in turns with other slow calls, on threads
    /// of the lowest priority. Default 8.
    pub slow_ms: u64,
    /// Slow calls that compute at the same time. Default 0: one less than there are processors, at least one.
    pub slow_calls: u32,
    /// How often running guests are interrupted to give way and to have their time counted, in milliseconds. Default 4.
    pub tick_ms: u64,
    /// All linear memories and tables of one call together, in bytes. Default 64 MiB; at most 256 MiB.
    pub memory_bytes: u64,
    /// The same for large components, also when they describe themselves. Default 128 MiB; at most 256 MiB.
    pub memory_large_bytes: u64,
    /// From which size on a component is large, in bytes: it carries an interpreter (JavaScript, Python). Default 4 MiB.
    pub large_component_bytes: u64,
    /// CPU and wall-clock time of one `describe`, in milliseconds. Default 1,000.
    pub describe_ms: u64,
    /// All linear memories and tables of one `describe` together, in bytes. Default 64 MiB.
    pub describe_memory_bytes: u64,
    /// Bytes that one host call may copy out of the guest. Default 16 MiB.
    pub copied_bytes_max: u64,
    /// Handles and host resources that one call may hold at once. Default 10,000.
    pub handles_max: u64,
    /// Bytes that one request for randomness may ask for. Default 64 KiB.
    pub random_bytes_max: u64,
    /// Bytes of JSON in each of payload, settings, earlier outputs and output. Default 1 MiB.
    pub json_bytes_max: u64,
    /// Calls of effect functions in one step. Default 1,000.
    pub host_calls_max: u32,
    /// Effects of one step. Default 100.
    pub effects_max: u32,
    /// Bytes of all effects of one step. Default 1 MiB.
    pub effect_bytes_max: u64,
    /// Keys of plugin state that one step may use. Default 100.
    pub state_step_keys_max: u32,
    /// Keys that one plugin may keep in a workspace. Default 10,000.
    pub state_keys_max: u64,
    /// Bytes of keys and values that one plugin may keep in a workspace. Default 16 MiB.
    pub state_bytes_max: u64,
    /// Bytes of one log line; the rest is cut off. Default 4 KiB.
    pub log_line_bytes_max: u64,
    /// Bytes of all log lines of one step, each with 32 more than its text; lines past that are counted and dropped.
    /// Default 256 KiB.
    pub log_bytes_max: u64,
    /// Bytes of one component. Default 64 MiB.
    pub component_bytes_max: u64,
    /// Functions in one component. Default 100,000.
    pub functions_max: u32,
    /// Bytes of one function in a component. Default 1 MiB.
    pub function_bytes_max: u64,
    /// How deep components and modules may be nested in one another. Default 64.
    pub nesting_max: u32,
    /// Address space of the process that compiles a component, in bytes. Default 4 GiB.
    pub compile_memory_bytes: u64,
    /// CPU time of all threads of that process together, in seconds. Default 60.
    pub compile_cpu_s: u64,
    /// Wall-clock time of that process, in milliseconds, waiting for its turn not counted: it is a nice one, and a busy host leaves it
    /// little. Default 300,000.
    pub compile_deadline_ms: u64,
    /// Bytes of the compiled code of one component. Default 512 MiB.
    pub compiled_bytes_max: u64,
    /// Components whose code is in memory; those not called for longest are read from the cache again. Default 200.
    pub loaded_max: u32,
    /// Bytes of all code in memory, likewise. Default 2 GiB.
    pub loaded_bytes_max: u64,
    /// Calls of guests to other machines.
    pub http: HttpConfig,
    /// What all calls share.
    pub pool: PoolConfig,
    /// Where compiled components are kept between starts, set by the host; without it every start compiles anew, and no code
    /// leaves memory.
    #[serde(skip)]
    pub cache_dir: Option<PathBuf>,
    /// The program that compiles, set by the host; it needs a `cache_dir`. Without it (in tests, or in a program of another
    /// kind) components are compiled in this process, and no `compile_…` limit holds.
    #[serde(skip)]
    pub compiler: Option<CompilerCommand>,
}

/// A program that compiles one component and ends: it calls [`compile_component`](crate::compile_component) and prints what came
/// of it as one line of JSON.
///
/// After `args` it is given `--memory-bytes N --cpu-s N --code-bytes N INPUT OUTPUT`, and no environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its first arguments.
    pub args: Vec<String>,
}

/// The pool of memory that instances are taken from. The defaults suit 2 cores and 24 GiB.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolConfig {
    /// Calls at once; further calls wait. One workspace gets at most half. Default 128.
    pub calls: u32,
    /// Core instances at once. Default 1,024.
    pub core_instances: u32,
    /// Linear memories at once. Default 256.
    pub memories: u32,
    /// Tables at once. Default 512.
    pub tables: u32,
    /// Core instances in one component. Default 64.
    pub core_instances_per_component: u32,
    /// Linear memories in one component. Default 8.
    pub memories_per_component: u32,
    /// Tables in one component. Default 32.
    pub tables_per_component: u32,
    /// Elements in one table. Default 100,000: JavaScript and C# engines need more than wasmtime's 20,000.
    pub table_elements: u32,
    /// Bytes of bookkeeping for one instance. Default 10 MiB.
    pub instance_bytes_max: u64,
    /// Bytes of a linear memory that stay resident between calls. Default 1 MiB.
    pub memory_keep_bytes: u64,
    /// Bytes of a table that stay resident between calls. Default 256 KiB.
    pub table_keep_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cpu_ms: 1_000,
            deadline_ms: 30_000,
            slow_ms: 8,
            slow_calls: 0,
            tick_ms: 4,
            memory_bytes: 64 * MIB,
            memory_large_bytes: 128 * MIB,
            large_component_bytes: 4 * MIB,
            describe_ms: 1_000,
            describe_memory_bytes: 64 * MIB,
            copied_bytes_max: 16 * MIB,
            handles_max: 10_000,
            random_bytes_max: 64 * KIB,
            json_bytes_max: MIB,
            host_calls_max: 1_000,
            effects_max: 100,
            effect_bytes_max: MIB,
            state_step_keys_max: 100,
            state_keys_max: 10_000,
            state_bytes_max: 16 * MIB,
            log_line_bytes_max: 4 * KIB,
            log_bytes_max: 256 * KIB,
            component_bytes_max: 64 * MIB,
            functions_max: 100_000,
            function_bytes_max: MIB,
            nesting_max: 64,
            compile_memory_bytes: 4 * GIB,
            compile_cpu_s: 60,
            compile_deadline_ms: 300_000,
            compiled_bytes_max: 512 * MIB,
            loaded_max: 200,
            loaded_bytes_max: 2 * GIB,
            http: HttpConfig::default(),
            pool: PoolConfig::default(),
            cache_dir: None,
            compiler: None,
        }
    }
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            calls: 128,
            core_instances: 1_024,
            memories: 256,
            tables: 512,
            core_instances_per_component: 64,
            memories_per_component: 8,
            tables_per_component: 32,
            table_elements: 100_000,
            instance_bytes_max: 10 * MIB,
            memory_keep_bytes: MIB,
            table_keep_bytes: 256 * KIB,
        }
    }
}

impl Config {
    /// The most that `memory_bytes` may be set to.
    pub const MEMORY_BYTES_CEILING: u64 = 256 * MIB;

    /// The first setting that is past its ceiling or makes no sense, with what it may be.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let memory = |bytes| (64 * KIB..=Self::MEMORY_BYTES_CEILING).contains(&bytes);
        [
            ((1..=5_000).contains(&self.cpu_ms), "cpu_ms must be 1 to 5,000"),
            ((1..=300_000).contains(&self.deadline_ms), "deadline_ms must be 1 to 300,000"),
            ((1..=1_000).contains(&self.tick_ms), "tick_ms must be 1 to 1,000"),
            ((1..=5_000).contains(&self.describe_ms), "describe_ms must be 1 to 5,000"),
            (memory(self.memory_bytes), "memory_bytes must be 64 KiB to 256 MiB"),
            (memory(self.memory_large_bytes), "memory_large_bytes must be 64 KiB to 256 MiB"),
            (memory(self.describe_memory_bytes), "describe_memory_bytes must be 64 KiB to 256 MiB"),
            (self.compile_cpu_s >= 1, "compile_cpu_s must be at least 1"),
            (self.nesting_max <= 64, "nesting_max must be at most 64"),
            (self.loaded_max >= 1, "loaded_max must be at least 1"),
            (self.compiler.is_none() || self.cache_dir.is_some(), "a compiler needs a cache_dir"),
            (self.http.requests_at_once_max >= 1, "http.requests_at_once_max must be at least 1"),
            (self.pool.calls >= 1, "pool.calls must be at least 1"),
            (self.pool.memories >= self.pool.calls, "pool.memories must be at least pool.calls"),
        ]
        .into_iter()
        .find_map(|(right, fault)| (!right).then_some(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn numbers_past_their_ceiling_are_refused_by_name() {
        assert_eq!(Config::default().fault(), None);
        let slow = Config { cpu_ms: 60_000, ..Config::default() };
        assert_eq!(slow.fault(), Some("cpu_ms must be 1 to 5,000"));
        let large = Config { memory_bytes: 1 << 32, ..Config::default() };
        assert_eq!(large.fault(), Some("memory_bytes must be 64 KiB to 256 MiB"));
    }
}
