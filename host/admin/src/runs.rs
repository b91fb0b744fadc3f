//! `/runs`: what became of a capture, step by step: inputs, outputs, effects, logs, time and memory.

mod effect;
mod shape;
mod brief;
mod act;
mod bulk;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, ContactId, RunId, RunState};
use hookbox_store::{RunFilter, RunOrder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::{Asked, Moment, Text, YesNo};
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::names::Names;
use crate::paged::{Conflict, Paged};
use crate::refusal::Refusal;
use crate::words::words;
use shape::RunShape;

pub(crate) use brief::RunBrief;
pub(crate) use shape::StepShape;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("runs_page", "Runs that have begun, newest first"));
    let one = get_with(one, words("runs_get", "One run, begun or not"));
    let cancel = post_with(act::cancel, words("runs_cancel", "End a run; one that is final stays as it is"));
    let replay = post_with(act::replay, |operation| {
        words("runs_replay", "Repeat a run that ended, as a new run")(operation).response::<409, Conflict>()
    });
    let bulk = post_with(bulk::replay, words("runs_replay_all", "Repeat dead letters, oldest first")).get_with(
        bulk::count,
        words("runs_replay_count", "How many dead letters there are to repeat; nothing is repeated"),
    );
    ApiRouter::new()
        .api_route_with("/api/v1/runs", all, |item| item.tag("runs"))
        .api_route_with("/api/v1/runs/replay", bulk, |item| item.tag("runs"))
        .api_route_with("/api/v1/runs/{id}", one, |item| item.tag("runs"))
        .api_route_with("/api/v1/runs/{id}/cancel", cancel, |item| item.tag("runs"))
        .api_route_with("/api/v1/runs/{id}/replay", replay, |item| item.tag("runs"))
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
    /// Only those that were replayed (`true`), or were not (`false`): dead letters are failed and not replayed.
    replayed: Option<YesNo>,
    /// Only those made at this moment or later: a run is made when its request is captured, or when a replay is asked for.
    from: Option<Moment>,
    /// Only those made before this moment.
    to: Option<Moment>,
    /// Only those that failed with this code. A page may be empty; `next` goes on.
    code: Option<Text>,
    /// Only those about which this text is, whatever its case: in the ids of the run and its capture, its failure, the names of its
    /// steps, the body of the capture as it was sent, the contact's name and identifiers. A page may be empty; `next` goes on.
    text: Option<Text>,
    /// Each run in one line, without its steps (`true`): what a list needs.
    brief: Option<YesNo>,
}

/// A run of a page: whole, or in one line.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum RunItem {
    /// With its steps.
    Whole(Box<RunShape>),
    /// In one line, with names.
    Brief(Box<RunBrief>),
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<RunQuery>,
) -> Result<Json<Paged<RunItem>>, Refusal> {
    let RunQuery { automation, state, contact, replayed, from, to, code, text, brief } = asked.filter;
    let replayed = replayed.map(|replayed| replayed == YesNo::True);
    let (from, to) = (from.map(|from| from.0), to.map(|to| to.0));
    let (code, text, order) = (code.map(|code| code.0), text.map(|text| text.0), RunOrder::NewestFirst);
    let filter = RunFilter { automation, state, contact, replayed, from, to, code, text, order };
    let page = door.store().runs().page(caller.workspace_id(), filter, asked.page).await?;
    if brief != Some(YesNo::True) {
        return Ok(Paged::of(page, |run| RunItem::Whole(Box::new(run.into()))));
    }
    let mut names = Names::new(door.store(), caller.workspace_id());
    let mut items = Vec::with_capacity(page.items.len());
    for run in page.items {
        items.push(RunItem::Brief(Box::new(RunBrief::of(&run, &mut names).await?)));
    }
    Ok(Json(Paged { items, next: page.next }))
}

async fn one(State(door): State<Arc<Door>>, caller: Caller, At(id): At<RunId>) -> Result<Json<RunShape>, Refusal> {
    let found = door.store().runs().get(caller.workspace_id(), id).await?;
    Ok(Json(found.ok_or(Refusal::Missing { what: "run" })?.into()))
}
