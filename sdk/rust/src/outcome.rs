//! What an action returns when it succeeds.

use serde::Serialize;

use crate::Failure;

/// What an action returns when it succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// JSON text, readable by later steps as `steps.<name>`.
    pub output: String,
    /// Whether the steps after it run.
    pub next: Next,
}

/// Whether the steps after this one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// They run.
    Continue,
    /// The run ends here, as succeeded.
    Stop,
}

impl Outcome {
    /// Done, with nothing to say.
    pub fn done() -> Self {
        Self { output: "null".into(), next: Next::Continue }
    }

    /// Done, with something for later steps to read.
    ///
    /// # Errors
    /// A permanent failure with the code `invalid-output` when `output` has no form in JSON, as a map with keys that are not text.
    pub fn with(output: &impl Serialize) -> Result<Self, Failure> {
        let output = serde_json::to_string(output).map_err(|error| {
            Failure::permanent("invalid-output", format!("the output has no form in JSON: {error}"))
        })?;
        Ok(Self { output, next: Next::Continue })
    }

    /// The same, and the run ends here, as succeeded.
    #[must_use]
    pub fn and_stop(self) -> Self {
        Self { next: Next::Stop, ..self }
    }
}
