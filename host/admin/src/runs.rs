//! `/runs`: what became of a capture, step by step: inputs, outputs, effects, logs, time and memory.

mod effect;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{
    AutomationId, CaptureId, ContactId, Digest, LogLine, Run, RunFailure, RunId, RunState, StepRecord, StepState,
    Timestamp,
};
use hookbox_store::RunFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::asked::Asked;
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::paged::Paged;
use crate::refusal::Refusal;
use crate::words::words;
use effect::EffectShape;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("runs_page", "Runs that have begun, newest first"));
    let one = get_with(one, words("runs_get", "One run, begun or not"));
    ApiRouter::new().api_route_with("/api/v1/runs", all, |item| item.tag("runs")).api_route_with(
        "/api/v1/runs/{id}",
        one,
        |item| item.tag("runs"),
    )
}

/// One automation applied to one capture.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Run")]
struct RunShape {
    /// Its id.
    id: RunId,
    /// The automation.
    automation: AutomationId,
    /// The version of the automation it keeps to.
    automation_version: u32,
    /// What it is applied to.
    capture: CaptureId,
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
struct StepShape {
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

/// Which runs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunQuery {
    /// Only those of this automation.
    automation: Option<AutomationId>,
    /// Only those in this state.
    state: Option<RunState>,
    /// Only those of this contact.
    contact: Option<ContactId>,
}

impl From<Run> for RunShape {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            automation: run.automation,
            automation_version: run.automation_version,
            capture: run.capture,
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

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<RunQuery>,
) -> Result<Json<Paged<RunShape>>, Refusal> {
    let RunQuery { automation, state, contact } = asked.filter;
    let filter = RunFilter { automation, state, contact, replayed: None };
    let page = door.store().runs().page(caller.workspace_id(), filter, asked.page).await?;
    Ok(Paged::of(page, RunShape::from))
}

async fn one(State(door): State<Arc<Door>>, caller: Caller, At(id): At<RunId>) -> Result<Json<RunShape>, Refusal> {
    let found = door.store().runs().get(caller.workspace_id(), id).await?;
    Ok(Json(found.ok_or(Refusal::Missing { what: "run" })?.into()))
}
