//! `/host`: what there is to know of the host itself, for pages that tell of its limits.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Document, Timestamp, WebhookDocument};
use schemars::JsonSchema;
use serde::Serialize;

use crate::caller::Known;
use crate::door::Door;
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let get = get_with(get, words("host_get", "What there is to know of the host: its version and its limits"));
    ApiRouter::new().api_route_with("/api/v1/host", get, |item| item.tag("host"))
}

/// The host.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Host")]
struct HostShape {
    /// Its version.
    version: String,
    /// How many days captures and runs are kept; 0 when they are kept for ever.
    keep_days: u32,
    /// What webhook URLs begin with.
    public_url: Option<String>,
    /// When it was started.
    started_at: Timestamp,
    /// How large and how many things may be.
    limits: LimitsShape,
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

async fn get(State(door): State<Arc<Door>>, _: Known) -> Result<Json<HostShape>, Refusal> {
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
    Ok(Json(HostShape {
        version: facts.version.clone(),
        keep_days: facts.keep_days,
        public_url: config.public_url.clone(),
        started_at: facts.started_at,
        limits,
    }))
}
