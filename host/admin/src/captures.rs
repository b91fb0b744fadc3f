//! `/captures`: what was accepted, exactly as it was sent, and how far it has come.

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
    let one = get_with(one, words("captures_get", "One capture"));
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
    /// The state of its newest run; `queued` before it has one.
    state: RunState,
    /// The body, exactly as it was sent.
    body: Box<RawValue>,
    /// Its runs, oldest first.
    runs: Vec<RunId>,
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
        let newest = match runs.last() {
            None => None,
            Some(run) => store.runs().get(capture.workspace, *run).await?,
        };
        let body = RawValue::from_string(capture.body.text().to_owned());
        let body = body.map_err(|error| StoreError::Damaged { what: "capture", reason: error.to_string() })?;
        Ok(Self {
            id: capture.id,
            automation: capture.automation,
            automation_version: capture.automation_version,
            received_at: capture.received_at,
            state: newest.map_or(RunState::Queued, |run| run.state),
            body,
            runs,
        })
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
) -> Result<Json<CaptureShape>, Refusal> {
    let found = door.store().captures().get(caller.workspace_id(), id).await?;
    let capture = found.ok_or(Refusal::Missing { what: "capture" })?;
    Ok(Json(CaptureShape::of(capture, door.store()).await?))
}
