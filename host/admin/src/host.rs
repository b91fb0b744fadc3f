//! `/host`: what there is to know of the host itself, for pages that tell of its limits.

mod backup;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{Document, RunId, Timestamp, WebhookDocument, WorkspaceId};
use hookbox_store::Obstacle;
use schemars::JsonSchema;
use serde::Serialize;

use crate::caller::Known;
use crate::door::Door;
use crate::names::Named;
use crate::refusal::Refusal;
use crate::who::Who;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let get = get_with(get, words("host_get", "What there is to know of the host: its version and its limits"));
    let backup = post_with(backup::backup, words("host_backup", "Take a backup of the whole store while it is in use"));
    ApiRouter::new().api_route_with("/api/v1/host", get, |item| item.tag("host")).api_route_with(
        "/api/v1/host/backup",
        backup,
        |item| item.tag("host"),
    )
}

/// The host.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Host")]
struct HostShape {
    /// Its version.
    version: String,
    /// How many days captures and runs are kept; 0 when they are kept for ever.
    keep_days: u32,
    /// What became of old history.
    retention: RetentionShape,
    /// What webhook URLs begin with.
    public_url: Option<String>,
    /// When it was started.
    started_at: Timestamp,
    /// How large and how many things may be.
    limits: LimitsShape,
}

/// What became of old history.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Retention")]
struct RetentionShape {
    /// The first moment of the first day whose captures and runs are still there, of whatever workspace; null when none were dropped
    /// yet.
    dropped_before: Option<Timestamp>,
    /// What keeps older days than `keep_days` says, as it was found by the last look, which is hourly; null when nothing does.
    held_up: Option<HeldUpShape>,
}

/// What keeps old history: a run that is not over. The day of its capture and all after it stay until it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RetentionHeldUp")]
struct HeldUpShape {
    /// The first moment of the day that is kept for it.
    day: Timestamp,
    /// Whose run it is; null to whom has no role there.
    workspace: Option<Named<WorkspaceId>>,
    /// The run, which may not have begun yet; null to whom has no role in its workspace.
    run: Option<RunId>,
}

/// How large and how many things may be.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HostLimits")]
struct LimitsShape {
    /// The largest body of a webhook in bytes, where the automation does not say.
    body_bytes_max: u64,
    /// The largest that an automation may say.
    body_bytes_ceiling: u64,
    /// The largest body of a request to this API in bytes, components aside.
    api_body_bytes_max: usize,
    /// The largest component of a plugin in bytes.
    component_bytes_max: usize,
    /// The most plugin versions that a workspace keeps of its own.
    plugin_versions_max: usize,
    /// The most steps of an automation.
    steps_max: usize,
    /// The most elements of `each`.
    each_max: usize,
    /// The most networks that a trigger may allow.
    allow_max: usize,
    /// The most items of a page.
    page_items_max: usize,
    /// The most dead letters that one bulk replay looks at.
    replay_runs_max: usize,
    /// The longest that one request waits for a test capture, in seconds.
    test_wait_s_max: u64,
}

async fn get(State(door): State<Arc<Door>>, Known { who }: Known) -> Result<Json<HostShape>, Refusal> {
    let config = door.config();
    let facts = &config.host;
    let limits = LimitsShape {
        body_bytes_max: facts.webhook_bytes_max,
        body_bytes_ceiling: facts.webhook_bytes_ceiling.min(WebhookDocument::BODY_BYTES_MAX),
        api_body_bytes_max: config.body_bytes_max,
        component_bytes_max: config.component_bytes_max,
        plugin_versions_max: config.plugin_versions_max,
        steps_max: Document::STEPS_MAX,
        each_max: WebhookDocument::EACH_MAX,
        allow_max: WebhookDocument::ALLOW_MAX,
        page_items_max: config.page_items_max,
        replay_runs_max: config.replay_runs_max,
        test_wait_s_max: config.test_wait_s_max,
    };
    let retention = retention(&door, &who).await?;
    Ok(Json(HostShape {
        version: facts.version.clone(),
        keep_days: facts.keep_days,
        retention,
        public_url: config.public_url.clone(),
        started_at: facts.started_at,
        limits,
    }))
}

async fn retention(door: &Door, who: &Who) -> Result<RetentionShape, Refusal> {
    let dropped = door.store().history().dropped_up_to().await?;
    let dropped_before = (dropped.day > 0).then(|| first_of(dropped.day));
    let held_up = match dropped.needed {
        Some(obstacle) => Some(held_up(door, who, obstacle).await?),
        None => None,
    };
    Ok(RetentionShape { dropped_before, held_up })
}

async fn held_up(door: &Door, who: &Who, Obstacle { day, workspace, run }: Obstacle) -> Result<HeldUpShape, Refusal> {
    let day = first_of(day);
    if who.role_in(workspace).is_none() {
        return Ok(HeldUpShape { day, workspace: None, run: None });
    }
    let found = door.store().workspaces().get(workspace).await?;
    let named = found.map(|found| Named { id: found.id, name: found.name });
    Ok(HeldUpShape { day, workspace: named, run: Some(run) })
}

/// The first moment of a day that is counted from 1970-01-01.
const fn first_of(day: u32) -> Timestamp {
    Timestamp::from_millis(day as u64 * 24 * 60 * 60 * 1000)
}
