//! `/stats`: how much came in, what became of it and how long it took, as charts and lists show it. Everything here was counted when
//! it happened; nothing is counted by going through runs.

mod overview;
mod automations;
mod plugins;
mod figures;
mod kept;
mod series;
mod silent;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;

use crate::door::Door;
use crate::words::words;

pub(crate) use figures::Figures;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let overview = get_with(overview::overview, words("stats_overview", "What happened in the workspace lately"));
    let automations =
        get_with(automations::automations, words("stats_automations", "What happened to each automation"));
    let plugins = get_with(plugins::plugins, words("stats_plugins", "What the calls of each plugin took lately"));
    ApiRouter::new()
        .api_route_with("/api/v1/stats/overview", overview, |item| item.tag("stats"))
        .api_route_with("/api/v1/stats/automations", automations, |item| item.tag("stats"))
        .api_route_with("/api/v1/stats/plugins", plugins, |item| item.tag("stats"))
}
