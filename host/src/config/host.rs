//! The configuration of the program itself: where it keeps its data, where it listens, how it ends.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::logging::LogStyle;

/// The section `[host]`. The reasons for the defaults stand in the annotated file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HostConfig {
    /// The directory of the store and of compiled plugins; made when absent.
    pub(crate) data: PathBuf,
    /// The address and port to listen on; port 0 takes a free one.
    pub(crate) listen: String,
    /// A folder of `.wasm` plugins to install at start; none when empty.
    pub(crate) plugins: PathBuf,
    /// Threads of the runtime; 0 means one more than there are cores.
    pub(crate) worker_threads: usize,
    /// How long a stop may take before what is unfinished is left to the next start, in milliseconds.
    pub(crate) grace_ms: u64,
    /// How many days captures and runs are kept; 0 for ever.
    pub(crate) keep_days: u32,
    /// What log lines look like.
    pub(crate) log: LogStyle,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            data: "hookbox-data".into(),
            listen: "127.0.0.1:8080".into(),
            plugins: PathBuf::new(),
            worker_threads: 0,
            grace_ms: 30_000,
            keep_days: 90,
            log: LogStyle::Human,
        }
    }
}

impl HostConfig {
    /// How many threads the runtime gets.
    pub(crate) fn threads(&self) -> usize {
        match self.worker_threads {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get) + 1,
            threads => threads,
        }
    }

    /// How long a stop may take.
    pub(crate) const fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }
}
