//! Ending a run and repeating one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Automation, Replay, Run, RunId, RunState};
use hookbox_store::{Store, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::RunShape;
use crate::at::At;
use crate::audited::audited;
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::paged::Created;
use crate::refusal::Refusal;

/// Where a repeated run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReplayFrom {
    /// At the first step that was not done; the steps before are kept with their effects.
    #[default]
    FailedStep,
    /// At the first step, with the contact found anew.
    Start,
}

/// Which version of the automation a repeated run keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ReplayVersion {
    /// That of the run.
    #[default]
    Pinned,
    /// The newest.
    Newest,
}

/// How a run is repeated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayWish {
    /// Where it begins; at the failed step when absent.
    #[serde(default)]
    from: ReplayFrom,
    /// Which version it keeps to; that of the run when absent.
    #[serde(default)]
    version: ReplayVersion,
}

pub(super) async fn cancel(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<RunId>,
) -> Result<Json<RunShape>, Refusal> {
    let (runs, workspace) = (door.store().runs(), caller.workspace_id());
    let before = runs.get(workspace, id).await?.ok_or(Refusal::Missing { what: "run" })?;
    let (before, after) = (json!({"state": before.state}), json!({"state": RunState::Cancelled}));
    let entry = audited(&caller, "run.cancel", id.to_string(), &before, &after);
    let found = runs.cancel(workspace, id, fresh::now(), entry).await?;
    let run = found.ok_or(Refusal::Missing { what: "run" })?;
    tracing::info!(run.id = %id, run.state = run.state.as_str(), "a run was asked to end");
    Ok(Json(run.into()))
}

pub(super) async fn replay(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<RunId>,
    Given(wish): Given<ReplayWish>,
) -> Result<Created<RunShape>, Refusal> {
    let found = door.store().runs().get(caller.workspace_id(), id).await?;
    let run = found.ok_or(Refusal::Missing { what: "run" })?;
    let again = repeat(&door, (&caller, "run.replay"), &run, (wish.from, wish.version)).await?;
    tracing::info!(run.id = %again.id, replay.of = %id, "a run is repeated");
    Ok(Created(again.into()))
}

/// Adds the run that repeats `run`. The log is told that it was this act.
pub(super) async fn repeat(
    door: &Door,
    (caller, act): (&Caller, &'static str),
    run: &Run,
    (from, version): (ReplayFrom, ReplayVersion),
) -> Result<Run, Refusal> {
    let store = door.store();
    let not_now = |reason: String| Refusal::NotNow { reason };
    if !run.state.is_final() {
        let state = run.state.as_str();
        return Err(not_now(format!("the run is {state}; it can be replayed when it ended, cancel it to end it now")));
    }
    if let Some(by) = run.replayed_by {
        return Err(not_now(format!("the run was replayed already, as {by}; replay that one if it failed too")));
    }
    if from == ReplayFrom::FailedStep && run.state == RunState::Succeeded {
        return Err(not_now("the run succeeded and has no failed step; replay it from the start".to_owned()));
    }
    let automation_version = match version {
        ReplayVersion::Pinned => run.automation_version,
        ReplayVersion::Newest => newest(store, run, from).await?,
    };
    let again = again(run, from, automation_version);
    let told = json!({"replayed_by": again.id, "automation_version": automation_version, "replay": again.replay});
    let entry = audited(caller, act, run.id.to_string(), &Value::Null, &told);
    match store.runs().replay(&again, entry).await {
        Ok(()) => Ok(again),
        Err(StoreError::Stale { .. }) => Err(not_now("the run was replayed meanwhile; read it again".to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// The newest version, if the run can go on with it.
async fn newest(store: &dyn Store, run: &Run, from: ReplayFrom) -> Result<u32, Refusal> {
    let found = store.automations().get(run.workspace, run.automation).await?;
    let automation = found.ok_or(Refusal::Missing { what: "automation" })?;
    if from == ReplayFrom::FailedStep && !begins_alike(run, &automation) {
        let version = automation.version;
        let reason = format!(
            "the steps that are done are not the first steps of version {version}; replay from the start, or on the \
             pinned version"
        );
        return Err(Refusal::NotNow { reason });
    }
    Ok(automation.version)
}

/// Whether the done steps of a run have the names of the automation's first steps.
fn begins_alike(run: &Run, automation: &Automation) -> bool {
    let done = &run.steps[..run.steps_done()];
    let first = automation.document.steps.get(..done.len());
    first.is_some_and(|first| first.iter().map(|step| step.title()).eq(done.iter().map(|step| step.name.as_str())))
}

fn again(run: &Run, from: ReplayFrom, automation_version: u32) -> Run {
    let (kept, contact) = match from {
        ReplayFrom::FailedStep => (run.steps_done(), run.contact),
        ReplayFrom::Start => (0, None),
    };
    let steps_kept = u32::try_from(kept).expect("a document has at most 100 steps");
    Run {
        id: fresh::id(),
        automation_version,
        replay: Some(Replay { of: run.id, steps_kept }),
        replayed_by: None,
        contact,
        state: RunState::Queued,
        revision: 1,
        steps: run.steps.iter().take(kept).cloned().collect(),
        failure: None,
        due_at: None,
        began_at: fresh::now(),
        finished_at: None,
        pins: Vec::new(),
        ..run.clone()
    }
}
