//! `/captures`: what was accepted, exactly as it was sent, and how far it has come.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, Capture, CaptureId, RunId, RunState, Timestamp};
use hookbox_store::{CaptureFilter, CaptureRuns, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::asked::{Asked, Moment, Text};
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::paged::Paged;
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("captures_page", "Captures, newest first"));
    let one = get_with(one, words("captures_get", "One capture with its headers and its exact body"));
    ApiRouter::new().api_route_with("/api/v1/captures", all, |item| item.tag("captures")).api_route_with(
        "/api/v1/captures/{id}",
        one,
        |item| item.tag("captures"),
    )
}

/// One accepted request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Capture")]
struct CaptureShape {
    /// Its id; ids sort by arrival.
    id: CaptureId,
    /// The automation it is for.
    automation: AutomationId,
    /// The automation's version when it arrived.
    automation_version: u32,
    /// When it arrived.
    received_at: Timestamp,
    /// What became of it: the state of those of its runs that were not replayed, `failed` before what is under way (`held`,
    /// `running`, `waiting`, `queued`), and that before `cancelled` and `succeeded`; `queued` before there is one.
    state: RunState,
    /// How many of these runs are in which state: one, or one for each element of `each`. Of many the first 100 and, of those after
    /// them, up to 100 that failed.
    states: BTreeMap<&'static str, u32>,
    /// The address it came from.
    from: Option<String>,
    /// How many bytes the body has.
    bytes: usize,
    /// The body, exactly as it was sent.
    body: Box<RawValue>,
    /// Its first 20 runs, oldest first.
    runs: Vec<RunId>,
    /// How many runs it has, those that repeat others with them; counted up to 2,000.
    run_count: u32,
}

/// One accepted request with all that was sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WholeCapture")]
struct WholeShape {
    #[serde(flatten)]
    capture: CaptureShape,
    /// What was sent beside the body, each field as its name (in lower case) and its value, in their order: the first 32 fields and
    /// 4 KiB. What opens doors is replaced by `(hidden)`; of a key of ours its public half is left.
    headers: Vec<[String; 2]>,
    /// The text of the body, which a parser of JSON may not give back as it was sent.
    body_text: String,
}

/// Which captures.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CaptureQuery {
    /// Only those of this automation.
    automation: Option<AutomationId>,
    /// Only those of which this became: the `state` that is shown of them. A page may be empty; `next` goes on.
    state: Option<RunState>,
    /// Only those that arrived at this moment or later.
    from: Option<Moment>,
    /// Only those that arrived before this moment.
    to: Option<Moment>,
    /// Only those about which this text is, whatever its case: in their id, in the address they came from, in their body as it was
    /// sent; the whole id of a run finds its capture. A page may be empty; `next` goes on.
    text: Option<Text>,
}

impl CaptureShape {
    /// A capture with what its runs say of it.
    fn of(capture: Capture, runs: CaptureRuns) -> Result<Self, StoreError> {
        let body = RawValue::from_string(capture.body.text().to_owned());
        let body = body.map_err(|error| StoreError::Damaged { what: "capture", reason: error.to_string() })?;
        Ok(Self {
            id: capture.id,
            automation: capture.automation,
            automation_version: capture.automation_version,
            received_at: capture.received_at,
            state: runs.state(),
            states: runs.states.into_iter().map(|(state, count)| (state.as_str(), count)).collect(),
            from: capture.from.map(|from| from.to_string()),
            bytes: capture.body.raw().len(),
            body,
            runs: runs.first,
            run_count: runs.count,
        })
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<CaptureQuery>,
) -> Result<Json<Paged<CaptureShape>>, Refusal> {
    let CaptureQuery { automation, state, from, to, text } = asked.filter;
    let (from, to, text) = (from.map(|from| from.0), to.map(|to| to.0), text.map(|text| text.0));
    let filter = CaptureFilter { automation, state, from, to, text };
    let page = door.store().captures().page_with_runs(caller.workspace_id(), filter, asked.page).await?;
    let items = page.items.into_iter().map(|(capture, runs)| CaptureShape::of(capture, runs));
    Ok(Json(Paged { items: items.collect::<Result<_, _>>()?, next: page.next }))
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<CaptureId>,
) -> Result<Json<WholeShape>, Refusal> {
    let found = door.store().captures().get(caller.workspace_id(), id).await?;
    let capture = found.ok_or(Refusal::Missing { what: "capture" })?;
    let headers = capture.headers.fields().map(|(name, value)| [name.to_owned(), value.to_owned()]).collect();
    let body_text = capture.body.text().to_owned();
    let runs = door.store().captures().runs_of(caller.workspace_id(), id).await?;
    Ok(Json(WholeShape { capture: CaptureShape::of(capture, runs)?, headers, body_text }))
}
