//! How an action says that it did not succeed.

use std::error::Error;
use std::fmt;

use crate::Refusal;

/// How an action says that it did not succeed. None of its effects happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It may succeed later: the step is tried again by its schedule.
    Retryable {
        /// What happened, for whoever reads the run.
        message: String,
        /// Not before this many milliseconds.
        after_ms: Option<u64>,
    },
    /// It will never succeed with this input: the run fails at once.
    Permanent {
        /// A short word for programs (`unknown-list`).
        code: String,
        /// What happened, for whoever reads the run.
        message: String,
    },
}

impl Failure {
    /// It may succeed later.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self::Retryable { message: message.into(), after_ms: None }
    }

    /// It may succeed later, but not before `after_ms` milliseconds.
    pub fn retryable_after(message: impl Into<String>, after_ms: u64) -> Self {
        Self::Retryable { message: message.into(), after_ms: Some(after_ms) }
    }

    /// It will never succeed with this input. `code` is a short word for programs.
    pub fn permanent(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Permanent { code: code.into(), message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retryable { message, .. } | Self::Permanent { message, .. } => f.write_str(message),
        }
    }
}

impl Error for Failure {}

/// A refusal that the action does not handle is permanent: neither a missing grant, nor a wrong argument, nor a limit goes
/// away by trying again.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::permanent(refusal.code(), refusal.into_message())
    }
}
