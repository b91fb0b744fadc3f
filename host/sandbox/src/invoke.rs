//! Runs an action: checks what goes in, calls the guest, checks what comes out.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    Effect, Failure, Grants, Invocation, JsonLimits, LogLine, Next, Outcome, Payload, StateAccess, Usage, WorkspaceId,
};
use wasmtime::Store;

use crate::bindings::hookbox::plugin::types as wit;
use crate::bindings::{self, Effects};
use crate::call::Export;
use crate::log::printable;
use crate::sandbox::{Loaded, Sandbox};
use crate::secrets::Secrets;
use crate::state::{GuestState, Subject};
use crate::surroundings::Surroundings;
use crate::view::Argument;
use crate::{CallError, Config};

/// The longest message of a failure, in bytes.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;

/// An action call that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// What the action returned: an outcome or a failure of its own; or why it did not come to return.
    pub result: Result<Result<Outcome, Failure>, CallError>,
    /// What it asked for, in order; empty unless it returned an outcome.
    pub effects: Vec<Effect>,
    /// The plugin state that it looked at or wrote, by key; empty unless it returned an outcome.
    pub state: Vec<StateAccess>,
    /// What it logged, however it ended.
    pub log: Vec<LogLine>,
    /// What it used, however it ended.
    pub usage: Usage,
    /// CPU time it used, in microseconds, host functions included: what `cpu_ms` limits.
    pub cpu_us: u64,
}

struct Run<'a>(Argument<'a>);

impl Export for Run<'_> {
    type Answer = Result<bindings::Outcome, bindings::Failure>;

    async fn call(&self, instance: &Effects, store: &mut Store<GuestState>) -> wasmtime::Result<Self::Answer> {
        let lists = self.0.lists();
        instance.call_run(store, self.0.as_wit(&lists)).await
    }
}

impl Sandbox {
    /// Runs the action of `loaded` once, in a fresh instance, with what `grants` allows.
    ///
    /// Waits for a free place first; a workspace holds at most half of them. Dropping the future ends the call at once
    /// and without effects.
    pub async fn invoke(
        &self,
        loaded: &Arc<Loaded>,
        workspace: WorkspaceId,
        mut invocation: Invocation,
        grants: &Grants,
        surroundings: Arc<dyn Surroundings>,
    ) -> Called {
        let secrets = match self.check_argument(loaded, (workspace, &mut invocation), grants, &*surroundings).await {
            Ok(secrets) => secrets,
            Err(error) => return Called::refused(error),
        };
        let shared = &self.0;
        let config = &shared.config;
        let code = match shared.code(loaded).await {
            Ok(code) => code,
            Err(error) => return Called::refused(error),
        };
        let limits = shared.limits(config.cpu_ms, config.deadline_ms, loaded.size.memory_bytes);
        let run = Run(Argument::new(&invocation, grants));
        let _place = shared.gate.enter(workspace, loaded.size.places).await;
        let subject = Subject::of(workspace, &invocation, secrets);
        let ended = shared
            .call((loaded.digest(), &code.pre), &limits, subject, (loaded.share(grants), surroundings), run)
            .await;
        let mut state = ended.state;
        let result = ended.answer.and_then(|answer| read_answer(answer, config));
        let (log, log_lines_dropped) = state.take_log();
        let (effects, state) = match &result {
            Ok(Ok(_)) => (state.effects.into_effects(), state.remembered.into_accesses()),
            Ok(Err(_)) | Err(_) => Default::default(),
        };
        Called { result, effects, state, log, usage: Usage { log_lines_dropped, ..ended.usage }, cpu_us: ended.cpu_us }
    }

    /// Checks what goes in, and opens the secrets that the settings name: the guest is handed placeholders.
    async fn check_argument(
        &self,
        loaded: &Loaded,
        (workspace, invocation): (WorkspaceId, &mut Invocation),
        grants: &Grants,
        surroundings: &dyn Surroundings,
    ) -> Result<Option<Arc<Secrets>>, CallError> {
        let max = self.0.config.json_bytes_max;
        let steps: usize = invocation.steps.iter().map(|(name, output)| name.len() + output.len()).sum();
        for (what, bytes) in [
            ("the payload", invocation.payload.raw().len()),
            ("the settings", invocation.settings.len()),
            ("the outputs of the steps before", steps),
        ] {
            if bytes as u64 > max {
                return Err(CallError::Input { what: format!("{what} may have {max} bytes and has {bytes}") });
            }
        }
        let described = self.described(loaded).await?;
        let checked = described.settings.check(&invocation.settings, workspace, &self.0.checks).await;
        checked.map_err(|message| CallError::Settings { message })?;
        if described.secrets.is_empty() {
            return Ok(None);
        }
        let opened = Secrets::open(&invocation.settings, &described.secrets, grants, surroundings).await?;
        Ok(opened.map(|(secrets, settings)| {
            invocation.settings = settings;
            Arc::new(secrets)
        }))
    }
}

impl Called {
    fn refused(error: CallError) -> Self {
        Self {
            result: Err(error),
            effects: Vec::new(),
            state: Vec::new(),
            log: Vec::new(),
            usage: Usage::default(),
            cpu_us: 0,
        }
    }
}

fn read_answer(
    answer: Result<bindings::Outcome, bindings::Failure>,
    config: &Config,
) -> Result<Result<Outcome, Failure>, CallError> {
    match answer {
        Ok(outcome) => read_outcome(outcome, config).map(Ok),
        Err(failure) => Ok(Err(read_failure(failure))),
    }
}

fn read_outcome(outcome: bindings::Outcome, config: &Config) -> Result<Outcome, CallError> {
    let next = match outcome.next {
        wit::Next::Continue => Next::Continue,
        wit::Next::Stop => Next::Stop,
    };
    if outcome.output.is_empty() {
        return Ok(Outcome { output: "null".to_owned(), next });
    }
    let output = outcome.output;
    let max = config.json_bytes_max;
    if output.len() as u64 > max {
        return Err(CallError::Output { message: format!("its output has more than {max} bytes") });
    }
    // As strict as with payloads: later steps and readers of runs parse it again and must all see the same.
    let raw = Bytes::from(output);
    Payload::parse(raw.clone(), JsonLimits::default())
        .map_err(|error| CallError::Output { message: format!("its output is not JSON: {error}") })?;
    let output = String::from_utf8(raw.into()).expect("it came as a text");
    Ok(Outcome { output, next })
}

fn read_failure(failure: bindings::Failure) -> Failure {
    match failure {
        wit::Failure::Retryable(wit::Retryable { message, after_ms }) => {
            Failure::Retryable { message: printable(&message, MESSAGE_BYTES_MAX), after_ms }
        }
        wit::Failure::Permanent(wit::Permanent { code, message }) => {
            Failure::Permanent { code: read_code(&code), message: printable(&message, MESSAGE_BYTES_MAX) }
        }
    }
}

/// A code is a short word: what is none becomes `failed`.
fn read_code(code: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&code.len()) && code.bytes().all(plain) { code.to_owned() } else { "failed".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{read_code, read_outcome, wit};
    use crate::{CallError, Config, bindings};

    #[test]
    fn an_output_must_be_json_of_bounded_size() {
        let read = |output: &str| {
            read_outcome(bindings::Outcome { output: output.into(), next: wit::Next::Continue }, &Config::default())
        };
        assert_eq!(read("").map(|outcome| outcome.output), Ok("null".into()));
        assert_eq!(read("{\"a\":1}").map(|outcome| outcome.output), Ok("{\"a\":1}".into()));
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        let long = format!("\"{}\"", "x".repeat(1 << 20));
        for wrong in ["{", "hello", "1 2", "1e999", r#""\ud800""#, r#"{"a":1,"a":2}"#, &deep, &long] {
            assert!(matches!(read(wrong), Err(CallError::Output { .. })), "{wrong:.20}");
        }
    }

    #[test]
    fn a_failure_code_that_is_no_word_becomes_failed() {
        assert_eq!(read_code("unknown-list"), "unknown-list");
        for wrong in ["", "Not A Code", "a\nb", &"x".repeat(65)] {
            assert_eq!(read_code(wrong), "failed");
        }
    }
}
