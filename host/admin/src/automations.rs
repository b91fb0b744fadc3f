//! `/automations`: what starts what, as documents. Applying a document makes or changes the automation of its name.

mod shape;
mod versions;
mod state;
mod listen;
mod report;
mod calling;
mod rehearse;
mod apply;
mod check;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hookbox_model::{AutomationId, Document};
use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) use report::{ChangeShape, ReportShape};
use shape::AutomationShape;

use crate::asked::{All, Asked, Choice};
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::paged::{Conflict, Paged};
use crate::refusal::Refusal;
use crate::words::words;
use crate::written::Written;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all =
        get_with(page, words("automations_page", "Automations, oldest first")).put_with(apply::apply, |operation| {
            let summary =
                "Apply a document: make or change the automation of its name; the same document changes nothing";
            words("automations_apply", summary)(operation).response::<409, Conflict>()
        });
    let check = post_with(
        check::check,
        words("automations_check", "What a document says, and everything that is wrong with it; nothing is saved"),
    );
    let one = get_with(one, words("automations_get", "One automation"));
    let document =
        get_with(document, words("automations_document", "The document of an automation, to be applied again"));
    let summary = "Pause, resume or archive an automation; it goes live only while what its document names is there";
    let state = post_with(state::change, words("automations_state", summary));
    let versions = get_with(versions::page, words("automations_versions", "Every version, newest first"));
    let restore = post_with(versions::restore, |operation| {
        let summary = "Save the document of an earlier version again, as a new version";
        words("automations_restore", summary)(operation).response::<409, Conflict>()
    });
    let tests =
        get_with(listen::all, words("automations_tests", "What came to the test URL, newest first; may wait for one"));
    let sample = post_with(listen::sample, |operation| {
        let summary = "Make the body of a test capture the sample, as a new version";
        words("automations_sample", summary)(operation).response::<409, Conflict>()
    });
    let dry_run = post_with(rehearse::one, |operation| {
        let summary = "What an automation would do with a capture, pasted JSON or its sample; nothing of it is done";
        words("automations_dry_run", summary)(operation)
    });
    let dry_run_unsaved = post_with(
        rehearse::unsaved,
        words(
            "automations_dry_run_unsaved",
            "What a document would do that no automation has yet; nothing of it is done",
        ),
    );
    ApiRouter::new()
        .api_route_with("/api/v1/automations/dry-run", dry_run_unsaved, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/check", check, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}/dry-run", dry_run, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}/tests", tests, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}/sample", sample, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}/state", state, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}/versions", versions, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}/restore", restore, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations", all, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}", one, |item| item.tag("automations"))
        .api_route_with("/api/v1/automations/{id}/document", document, |item| item.tag("automations"))
}

/// Which version of a document.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VersionChoice {
    /// The version; the newest when absent.
    #[schemars(with = "Option<u32>", range(max = 4_294_967_295_u32))]
    version: Option<String>,
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<AutomationShape>>, Refusal> {
    let page = door.store().automations().page(caller.workspace_id(), asked.page).await?;
    Ok(Paged::of(page, |automation| AutomationShape::of(&automation, &door)))
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<AutomationId>,
) -> Result<Json<AutomationShape>, Refusal> {
    let found = door.store().automations().get(caller.workspace_id(), id).await?;
    let automation = found.ok_or(Refusal::Missing { what: "automation" })?;
    Ok(Json(AutomationShape::of(&automation, &door)))
}

async fn document(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<AutomationId>,
    Choice(choice): Choice<VersionChoice>,
    headers: HeaderMap,
) -> Result<Written<Document>, Refusal> {
    let automations = door.store().automations();
    let found = match choice.version {
        None => automations.get(caller.workspace_id(), id).await?,
        Some(text) => {
            let wrong = || Refusal::Query { reason: format!("version: {text:?} is not a number from 1 on") };
            automations.version(caller.workspace_id(), id, text.parse().map_err(|_| wrong())?).await?
        }
    };
    let automation = found.ok_or(Refusal::Missing { what: "automation" })?;
    Written::as_asked(&automation.document, &headers)
}
