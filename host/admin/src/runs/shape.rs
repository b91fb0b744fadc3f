//! A run as the API shows it, with its steps.

use hookbox_model::{
    AutomationId, CaptureId, ContactId, Digest, LogLine, Replay, Run, RunFailure, RunId, RunState, StepRecord,
    StepState, Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::effect::EffectShape;

/// One automation applied to one capture.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Run")]
pub(super) struct RunShape {
    /// Its id.
    id: RunId,
    /// The automation.
    automation: AutomationId,
    /// The version of the automation it keeps to.
    automation_version: u32,
    /// What it is applied to.
    capture: CaptureId,
    /// Which element of the trigger's `each` it is for, from 0.
    item: Option<u32>,
    /// The run that it repeats.
    replay: Option<Replay>,
    /// The run that repeats it.
    replayed_by: Option<RunId>,
    /// The contact, once mapping found or made one.
    contact: Option<ContactId>,
    /// Where it stands.
    state: RunState,
    /// Why it failed or waits.
    failure: Option<RunFailure>,
    /// What became of each step that was tried, in order.
    steps: Vec<StepShape>,
    /// When it was first claimed.
    began_at: Timestamp,
    /// When it came to its final state.
    finished_at: Option<Timestamp>,
    /// When a waiting run goes on.
    due_at: Option<Timestamp>,
}

/// What became of one step.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
pub(crate) struct StepShape {
    /// The step's name.
    name: String,
    /// The action it runs.
    action: String,
    /// The plugin version that ran.
    plugin: String,
    /// SHA-256 of the component that ran.
    digest: Option<Digest>,
    /// Where it stands.
    state: StepState,
    /// How often it was tried.
    attempts: u32,
    /// The settings as the action got them.
    input: Box<RawValue>,
    /// What it returned to later steps.
    output: Box<RawValue>,
    /// What was committed with the step.
    effects: Vec<EffectShape>,
    /// What it logged.
    log: Vec<LogLine>,
    /// How long the last attempt took, in microseconds.
    duration_us: u64,
    /// The most memory the last attempt held, in bytes.
    memory_bytes: u64,
    /// Why it failed, if it did.
    failure: Option<RunFailure>,
}

impl From<Run> for RunShape {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            automation: run.automation,
            automation_version: run.automation_version,
            capture: run.capture,
            item: run.item,
            replay: run.replay,
            replayed_by: run.replayed_by,
            contact: run.contact,
            state: run.state,
            failure: run.failure,
            steps: run.steps.into_iter().map(StepShape::from).collect(),
            began_at: run.began_at,
            finished_at: run.finished_at,
            due_at: run.due_at,
        }
    }
}

impl From<StepRecord> for StepShape {
    fn from(step: StepRecord) -> Self {
        Self {
            name: step.name,
            action: step.action,
            plugin: step.plugin,
            digest: step.digest,
            state: step.state,
            attempts: step.attempts,
            input: json(step.input),
            output: json(step.output),
            effects: step.effects.into_iter().map(EffectShape::from).collect(),
            log: step.log,
            duration_us: step.duration_us,
            memory_bytes: step.memory_bytes,
            failure: step.failure,
        }
    }
}

/// JSON text as it is; null for a step that never got so far as to have any.
fn json(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
