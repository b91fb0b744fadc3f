//! `/plugins`: which actions a workspace can use, what they say of themselves and what they may do; and its own ones uploaded,
//! decided about, switched, compared and removed.

mod activate;
mod compare;
mod decide;
mod difference;
mod found;
mod remove;
mod shape;
mod state;
mod upload;
mod used;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::Plugin;
use hookbox_store::PageRequest;
use schemars::JsonSchema;
use serde::Deserialize;

use shape::{DetailShape, PluginShape};

use crate::asked::{Asked, YesNo};
use crate::at::AtText;
use crate::caller::Caller;
use crate::door::Door;
use crate::paged::{Conflict, Paged};
use crate::refusal::Refusal;
use crate::telling::Told;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("plugins_page", "Every plugin version that the workspace can use, by name"))
        .post_with(upload::upload, |operation| {
            let summary = "Upload a component: it is inspected and kept as a version that may do nothing yet";
            let made = words("plugins_upload", summary)(operation).response::<201, Told<upload::UploadedShape>>();
            made.response::<409, Conflict>()
        });
    let one = get_with(one, words("plugins_get", "One plugin version, by its id, its digest or its name")).delete_with(
        remove::remove,
        |operation| {
            let summary = "Forget an uploaded version that is not active and that no unfinished run keeps to";
            words("plugins_remove", summary)(operation).response::<409, Conflict>()
        },
    );
    ApiRouter::new()
        .api_route_with("/api/v1/plugins", all, |item| item.tag("plugins"))
        .api_route_with("/api/v1/plugins/{id}", one, |item| item.tag("plugins"))
        .merge(acts())
        .merge(state::routes())
}

/// What a name means to those who ask about the version that may come next.
const NEXT: &str = "A name is the newest version of the workspace's own that is neither active nor refused.";

/// What can be done to an uploaded version.
fn acts() -> ApiRouter<Arc<Door>> {
    let approve = post_with(decide::approve, |operation| {
        let summary = "Grant what an uploaded version asks, or a part of it; a second time replaces the grants";
        words("plugins_approve", summary)(operation).description(NEXT).response::<409, Conflict>()
    });
    let refuse = post_with(decide::refuse, |operation| {
        let summary = "Decide that an uploaded version may not run";
        words("plugins_refuse", summary)(operation).description(NEXT).response::<409, Conflict>()
    });
    let activate = post_with(activate::activate, |operation| {
        let summary = "Make an approved version the one that new runs take; runs under way finish on theirs";
        words("plugins_activate", summary)(operation).description(NEXT).response::<409, Conflict>()
    });
    let deactivate = post_with(activate::deactivate, |operation| {
        let summary = "Take an uploaded version from new runs; the host's own of its name serves them, if there is one";
        words("plugins_deactivate", summary)(operation).response::<409, Conflict>()
    });
    let rollback = post_with(activate::rollback, |operation| {
        let summary = "Go back to the version uploaded last before the active one of this name that was active once";
        words("plugins_rollback", summary)(operation).response::<409, Conflict>()
    });
    let compare = post_with(compare::compare, |operation| {
        let summary = "What this version would do otherwise than the active one, tried on the last captures";
        words("plugins_compare", summary)(operation).description(NEXT).response::<409, Conflict>()
    });
    ApiRouter::new()
        .api_route_with("/api/v1/plugins/{id}/approve", approve, |item| item.tag("plugins"))
        .api_route_with("/api/v1/plugins/{id}/refuse", refuse, |item| item.tag("plugins"))
        .api_route_with("/api/v1/plugins/{id}/activate", activate, |item| item.tag("plugins"))
        .api_route_with("/api/v1/plugins/{id}/deactivate", deactivate, |item| item.tag("plugins"))
        .api_route_with("/api/v1/plugins/{id}/rollback", rollback, |item| item.tag("plugins"))
        .api_route_with("/api/v1/plugins/{id}/compare", compare, |item| item.tag("plugins"))
}

/// Which versions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PluginFilter {
    /// Only those of this name.
    name: Option<String>,
    /// Only those that new runs take, or only those that they do not.
    active: Option<YesNo>,
}

impl PluginFilter {
    fn takes(&self, plugin: &Plugin) -> bool {
        let active = self.active.map(|active| active == YesNo::True);
        self.name.as_ref().is_none_or(|name| *name == plugin.manifest.name)
            && active.is_none_or(|active| active == plugin.active)
    }
}

/// The store has no such filters; versions are few, so they are looked through.
async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<PluginFilter>,
) -> Result<Json<Paged<PluginShape>>, Refusal> {
    let PageRequest { mut after, limit } = asked.page;
    let mut items: Vec<PluginShape> = Vec::new();
    loop {
        let wanted = PageRequest { after, limit: limit - items.len() };
        let page = door.store().plugins().page(caller.workspace_id(), wanted).await?;
        let taken = page.items.iter().filter(|plugin| asked.filter.takes(plugin));
        items.extend(taken.map(|plugin| PluginShape::of(plugin)));
        after = page.next;
        if after.is_none() || items.len() >= limit {
            return Ok(Json(Paged { items, next: after }));
        }
    }
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    AtText(text): AtText,
) -> Result<Json<DetailShape>, Refusal> {
    let plugin = found::version(door.store(), caller.workspace_id(), &text).await?;
    Ok(Json(DetailShape::of(&door, &caller, &plugin).await?))
}
