//! A call of an action: its settings, and what it gets to see.

use serde::de::DeserializeOwned;

use crate::invocation::Invocation;
use crate::{Contact, Conversation, Failure};

/// One call of an action, with its settings `S`.
#[derive(Debug, Clone)]
pub struct Call<S> {
    /// The step's settings, templates rendered and checked against their schema.
    pub settings: S,
    invocation: Invocation,
}

impl<S> Call<S> {
    pub(crate) const fn new(settings: S, invocation: Invocation) -> Self {
        Self { settings, invocation }
    }

    /// The run (`run_…`).
    pub fn run_id(&self) -> &str {
        &self.invocation.run_id
    }

    /// The step's name in the automation.
    pub fn step(&self) -> &str {
        &self.invocation.step_id
    }

    /// 1 for the first try.
    pub const fn attempt(&self) -> u32 {
        self.invocation.attempt
    }

    /// The same for every attempt of this step: what an outside system can recognise a repetition by.
    pub fn idempotency_key(&self) -> &str {
        &self.invocation.idempotency_key
    }

    /// The time of the call, RFC 3339 in UTC. The clocks of the action stand still at it.
    pub fn now(&self) -> &str {
        &self.invocation.now
    }

    /// The contact, as the step before left it.
    pub const fn contact(&self) -> &Contact {
        &self.invocation.contact
    }

    /// The conversation of the automation's inbox with the contact; none before the first message.
    pub const fn conversation(&self) -> Option<&Conversation> {
        self.invocation.conversation.as_ref()
    }

    /// The captured request body, exactly as it was sent: JSON text.
    pub fn payload_text(&self) -> &str {
        &self.invocation.payload
    }

    /// The captured request body as a type of yours.
    ///
    /// # Errors
    /// A permanent failure with the code `unexpected-payload` that says what does not fit.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.invocation.payload).map_err(|error| {
            Failure::permanent("unexpected-payload", format!("the payload is not what was expected: {error}"))
        })
    }

    /// The output of a step before this one as a type of yours; `None` when no such step has run.
    ///
    /// # Errors
    /// A permanent failure with the code `unexpected-output` that names the step and says what does not fit.
    pub fn output_of<T: DeserializeOwned>(&self, step: &str) -> Result<Option<T>, Failure> {
        let Some((_, output)) = self.invocation.steps.iter().find(|(name, _)| name == step) else {
            return Ok(None);
        };
        serde_json::from_str(output).map(Some).map_err(|error| {
            Failure::permanent(
                "unexpected-output",
                format!("the output of step \"{step}\" is not what was expected: {error}"),
            )
        })
    }
}
