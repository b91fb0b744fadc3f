//! Why a call did not come to an answer, and how that is read from what wasmtime reports.
//!
//! A [`CallError`] ends the guest's own call. None of its effects happen, so trying again is always safe; whether it is of use,
//! and whether the guest is at fault, depends on the cause.

use wasmtime::component::ResourceTableError;
use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::FieldMapError;

use crate::limits::MemoryMeter;
use crate::log::printable;
use crate::surroundings::Unavailable;

/// The longest message or backtrace that is kept, in bytes.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;

/// The most frames of a backtrace that are kept.
const FRAMES_MAX: usize = 20;

/// Why a call did not come to an answer. None of its effects happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It ran longer than its CPU budget.
    #[error("the plugin used more than {limit_ms} ms of CPU time and was stopped; look for a loop that does not end")]
    CpuTime {
        /// The budget.
        limit_ms: u64,
    },
    /// It was not done in time, most likely because it waited.
    #[error("the plugin was not done after {limit_ms} ms and was stopped; {}", waits_for(*.request_open))]
    Deadline {
        /// The time it had.
        limit_ms: u64,
        /// Whether a call to another machine, or the body of its answer, was open when time ran out: that machine is slow, and
        /// the plugin perhaps not at fault.
        request_open: bool,
    },
    /// It needed more memory than it may have.
    #[error("the plugin needs more than its {limit_bytes} bytes of memory and was stopped")]
    Memory {
        /// What it may have, all linear memories and tables together.
        limit_bytes: u64,
    },
    /// It crashed: a panic, an access out of bounds, too deep a recursion.
    #[error("the plugin crashed: {message}")]
    Trap {
        /// What happened.
        message: String,
        /// The guest's frames, innermost first, one a line.
        backtrace: String,
    },
    /// It ran into a limit that ends the call.
    #[error("the plugin was stopped at a limit: {what}")]
    Limit {
        /// The limit and its size.
        what: String,
    },
    /// What it was to be given is too large; it did not run.
    #[error("the plugin was not called: {what}")]
    Input {
        /// What is too large, and the limit.
        what: String,
    },
    /// Its settings name what it was not granted; an admin's approval mends it.
    #[error("not granted: {capability} for {scope:?}; approve it for the plugin, or mend the step's settings")]
    NotGranted {
        /// The capability.
        capability: &'static str,
        /// The one thing it is wanted for.
        scope: String,
    },
    /// The host could not answer what it asked; trying again later may help.
    #[error("the host could not answer the plugin: {message}")]
    Unavailable {
        /// What it could not do.
        message: String,
    },
    /// The step's settings do not match the plugin's schema; trying again without mending them is of no use.
    #[error("the settings do not match what the plugin expects: {message}; mend the step's settings")]
    Settings {
        /// Where and why, one fault after the other.
        message: String,
    },
    /// What it returned is not acceptable.
    #[error("the plugin returned what cannot be used: {message}")]
    Output {
        /// What is wrong with it.
        message: String,
    },
    /// What it says of itself is not acceptable; another version of the plugin is needed.
    #[error("the plugin describes itself wrongly: {message}")]
    Manifest {
        /// What is wrong with it.
        message: String,
    },
}

impl CallError {
    /// The error in one word, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CpuTime { .. } => "cpu-time",
            Self::Deadline { .. } => "deadline",
            Self::Memory { .. } => "memory",
            Self::Trap { .. } => "trap",
            Self::Limit { .. } => "limit",
            Self::Input { .. } => "input",
            Self::NotGranted { .. } => "not-granted",
            Self::Unavailable { .. } => "unavailable",
            Self::Settings { .. } => "settings",
            Self::Output { .. } => "output",
            Self::Manifest { .. } => "manifest",
        }
    }
}

const fn waits_for(request_open: bool) -> &'static str {
    match request_open {
        true => "a machine that it called had not finished its answer",
        false => "look for what it waits for",
    }
}

/// What our own host code stops a guest with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// The CPU budget is used up.
    #[error("out of CPU time")]
    CpuTime,
    /// One request for too much randomness.
    #[error("at most {limit_bytes} random bytes at once")]
    Random {
        /// What one request may ask for.
        limit_bytes: u64,
    },
    /// More header fields, in all of its requests, than a step may write.
    #[error("{limit_bytes} bytes of header fields in all requests of a step")]
    HttpFields {
        /// What all of them may have.
        limit_bytes: u64,
    },
    /// What surrounds the call did not answer.
    #[error(transparent)]
    Unavailable(Unavailable),
}

/// What a call was limited to, to be named when a limit ended it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallLimits {
    pub(crate) cpu_ms: u64,
    pub(crate) deadline_ms: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) copied_bytes_max: u64,
    pub(crate) handles_max: u64,
}

/// Reads what wasmtime reports of a call that did not return.
pub(crate) fn read(error: &wasmtime::Error, memory: &MemoryMeter, limits: &CallLimits) -> CallError {
    match error.downcast_ref::<Stop>() {
        Some(Stop::CpuTime) => return CallError::CpuTime { limit_ms: limits.cpu_ms },
        Some(limit @ (Stop::Random { .. } | Stop::HttpFields { .. })) => {
            return CallError::Limit { what: limit.to_string() };
        }
        Some(Stop::Unavailable(Unavailable(message))) => return CallError::Unavailable { message: message.clone() },
        None => {}
    }
    if memory.has_refused() {
        return CallError::Memory { limit_bytes: limits.memory_bytes };
    }
    if let Some(what) = limit_of(error, limits) {
        return CallError::Limit { what };
    }
    let message = match (error.downcast_ref::<I32Exit>(), error.downcast_ref::<Trap>()) {
        (Some(exit), _) => format!("it called exit({})", exit.0),
        (None, Some(trap)) => trap.to_string(),
        (None, None) => error.root_cause().to_string(),
    };
    CallError::Trap { message: printable(&message, MESSAGE_BYTES_MAX), backtrace: backtrace_of(error) }
}

/// As [`read`], of an instance that could not be made. What is neither a limit nor from the guest's own code is the host's fault.
pub(crate) fn read_start(error: &wasmtime::Error, memory: &MemoryMeter, limits: &CallLimits) -> CallError {
    let is_guests = error.is::<Trap>() || error.is::<I32Exit>() || error.is::<WasmBacktrace>();
    match read(error, memory, limits) {
        CallError::Trap { message, .. } if !is_guests => {
            tracing::error!(error = message, "an instance of a plugin cannot be made");
            CallError::Unavailable { message: format!("no instance could be made: {message}") }
        }
        other => other,
    }
}

/// Limits that wasmtime keeps for us. Two of them have no type of their own, only their text, which the tests pin.
fn limit_of(error: &wasmtime::Error, limits: &CallLimits) -> Option<String> {
    let handles = || Some(format!("{} handles at once", limits.handles_max));
    if let Some(ResourceTableError::Full) = error.downcast_ref::<ResourceTableError>() {
        return handles();
    }
    if let Some(FieldMapError::TotalSizeTooBig | FieldMapError::TooManyFields) = error.downcast_ref() {
        return Some("header fields of one request".to_owned());
    }
    let cause = error.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls has been exhausted") {
        return Some(format!("{} bytes copied by one call between plugin and host", limits.copied_bytes_max));
    }
    if cause.contains("store handle limit exceeded") { handles() } else { None }
}

fn backtrace_of(error: &wasmtime::Error) -> String {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let mut text = String::new();
    for frame in backtrace.frames().iter().take(FRAMES_MAX) {
        let name = frame.func_name().map_or_else(|| format!("function {}", frame.func_index()), str::to_owned);
        let module = frame.module().name().unwrap_or("module");
        let line = printable(&format!("{module}: {name}"), 200);
        if text.len() + line.len() >= MESSAGE_BYTES_MAX {
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}
