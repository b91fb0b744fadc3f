//! What an inspection found: every fault, with where it is and how to mend it. The same for the command line and the server.

use hookbox_model::{Digest, Manifest};
use serde::Serialize;

use crate::stop::CallError;

/// What an inspection is doing. Each comes at most once, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Looking at the bytes: milliseconds.
    Checking,
    /// Compiling, after waiting for those before it: from a tenth of a second to many.
    Compiling,
    /// Asking it what it is.
    Describing,
}

/// What is known of a component after its inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its SHA-256.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// Why it cannot be a plugin; empty when it can.
    pub faults: Vec<Fault>,
    /// What its author should look at.
    pub warnings: Vec<Fault>,
    /// What it says of itself; absent when it was not asked, or said what cannot be used.
    pub manifest: Option<Manifest>,
    /// The interfaces it imports, in its own order.
    pub imports: Vec<String>,
    /// Functions in all of its modules.
    pub functions: u64,
    /// Core instances that one call makes.
    pub core_instances: u32,
    /// Linear memories that one call makes.
    pub memories: u32,
    /// Tables that one call makes.
    pub tables: u32,
    /// How long compiling took, waiting not counted; absent when it was not compiled, or had been before.
    pub compile_ms: Option<u64>,
    /// How long asking it what it is took; absent when it was not asked.
    pub describe_ms: Option<u64>,
}

impl Report {
    /// Whether it can be a plugin. Then it is loaded and ready to run.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One thing that is wrong with a component, for whoever built it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}; {mend}")]
pub struct Fault {
    /// The kind of fault, for programs.
    pub code: &'static str,
    /// What is wrong, and where.
    pub message: String,
    /// How to mend it.
    pub mend: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { code, message: message.into(), mend: mend.into() }
    }

    /// Why a component that was asked what it is gave no answer that can be used.
    pub(crate) fn of_describe(error: &CallError) -> Self {
        let (code, mend) = match error {
            CallError::CpuTime { .. } => ("describe-cpu-time", "let describe and what runs before it do less"),
            CallError::Deadline { .. } => ("describe-deadline", "describe must not wait for anything"),
            CallError::Memory { .. } => ("describe-memory", "let describe and what runs before it use less memory"),
            CallError::Trap { backtrace, .. } if backtrace.is_empty() => ("describe-trap", "describe must not crash"),
            CallError::Trap { backtrace, .. } => {
                let message = format!("when asked to describe itself, {error}; where, innermost first:\n{backtrace}");
                return Self::new("describe-trap", message.trim_end(), "describe must not crash");
            }
            CallError::Limit { .. } => ("describe-limit", "describe returns a constant and needs nothing else"),
            CallError::Unavailable { .. } => ("describe-unavailable", "try again"),
            CallError::NotGranted { .. }
            | CallError::Settings { .. }
            | CallError::Output { .. }
            | CallError::Input { .. }
            | CallError::Manifest { .. } => ("manifest", "mend what describe returns"),
        };
        Self::new(code, format!("when asked to describe itself, {error}"), mend)
    }
}
