//! `/captures`: what was accepted, exactly as it was sent, and how far it has come.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, Capture, CaptureId, RunId, RunState, Timestamp};
use hookbox_store::{Store, StoreError};
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
    /// The state of those of its runs that were not replayed, `failed` before what is under way, and that before `cancelled` and
    /// `succeeded`; `queued` before there is one.
    state: RunState,
    /// How many of these runs are in which state: one, or one for each element of `each`.
    states: BTreeMap<&'static str, u32>,
    /// The address it came from.
    from: Option<String>,
    /// How many bytes the body has.
    bytes: usize,
    /// The body, exactly as it was sent.
    body: Box<RawValue>,
    /// Its runs, oldest first.
    runs: Vec<RunId>,
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
struct CaptureFilter {
    /// Only those of this automation.
    automation: Option<AutomationId>,
}

impl CaptureShape {
    /// A capture with what its runs say of it.
    async fn of(capture: Capture, store: &dyn Store) -> Result<Self, StoreError> {
        let runs = store.runs().of_capture(capture.workspace, capture.id).await?;
        let mut counts = BTreeMap::new();
        for run in &runs {
            let run = store.runs().get(capture.workspace, *run).await?.filter(|run| run.replayed_by.is_none());
            if let Some(run) = run {
                *counts.entry(run.state).or_default() += 1;
            }
        }
        let states = counts.iter().map(|(state, count)| (state.as_str(), *count)).collect();
        let state = counts.into_keys().min_by_key(|state| rank(*state)).unwrap_or(RunState::Queued);
        let body = RawValue::from_string(capture.body.text().to_owned());
        let body = body.map_err(|error| StoreError::Damaged { what: "capture", reason: error.to_string() })?;
        Ok(Self {
            id: capture.id,
            automation: capture.automation,
            automation_version: capture.automation_version,
            received_at: capture.received_at,
            state,
            states,
            from: capture.from.map(|from| from.to_string()),
            bytes: capture.body.raw().len(),
            body,
            runs,
        })
    }
}

/// Which state of several says most of a capture: the smallest.
const fn rank(state: RunState) -> u8 {
    match state {
        RunState::Failed => 0,
        RunState::Held => 1,
        RunState::Running => 2,
        RunState::Waiting => 3,
        RunState::Queued => 4,
        RunState::Cancelled => 5,
        RunState::Succeeded => 6,
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<CaptureFilter>,
) -> Result<Json<Paged<CaptureShape>>, Refusal> {
    let page = door.store().captures().page(caller.workspace_id(), asked.filter.automation, asked.page).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for capture in page.items {
        items.push(CaptureShape::of(capture, door.store()).await?);
    }
    Ok(Json(Paged { items, next: page.next }))
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
    Ok(Json(WholeShape { capture: CaptureShape::of(capture, door.store()).await?, headers, body_text }))
}
