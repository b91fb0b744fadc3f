//! `/automations`: what starts what, as documents. Applying a document makes or changes the automation of its name.

mod shape;
mod versions;
mod state;
mod listen;
mod report;
mod rehearse;
mod apply;

use std::sync::Arc;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseShape};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hookbox_model::{AutomationId, Document};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Deserialize;

use shape::{AutomationShape, document_content};

use crate::asked::{All, Asked, Choice};
use crate::at::At;
use crate::caller::Caller;
use crate::document::{Language, yaml};
use crate::door::Door;
use crate::paged::{Conflict, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all =
        get_with(page, words("automations_page", "Automations, oldest first")).put_with(apply::apply, |operation| {
            let summary =
                "Apply a document: make or change the automation of its name; the same document changes nothing";
            words("automations_apply", summary)(operation).response::<409, Conflict>()
        });
    let one = get_with(one, words("automations_get", "One automation"));
    let document =
        get_with(document, words("automations_document", "The document of an automation, to be applied again"));
    let state = post_with(state::change, words("automations_state", "Pause, resume or archive an automation"));
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

/// A document in the language that was asked for.
struct Written(String, Language);

async fn document(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<AutomationId>,
    Choice(choice): Choice<VersionChoice>,
    headers: HeaderMap,
) -> Result<Written, Refusal> {
    let automations = door.store().automations();
    let found = match choice.version {
        None => automations.get(caller.workspace_id(), id).await?,
        Some(text) => {
            let wrong = || Refusal::Query { reason: format!("version: {text:?} is not a number from 1 on") };
            automations.version(caller.workspace_id(), id, text.parse().map_err(|_| wrong())?).await?
        }
    };
    let automation = found.ok_or(Refusal::Missing { what: "automation" })?;
    let damaged = |reason: String| Refusal::Store(StoreError::Damaged { what: "document", reason });
    if wants_yaml(&headers) {
        let text = yaml(&automation.document).map_err(|error| damaged(error.to_string()))?;
        return Ok(Written(text, Language::Yaml));
    }
    let text = serde_json::to_string_pretty(&*automation.document).map_err(|error| damaged(error.to_string()))?;
    Ok(Written(text + "\n", Language::Json))
}

/// Whether the first media type of `Accept` that we can write is YAML.
fn wants_yaml(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(',')).map(|item| item.split(';').next().unwrap_or_default());
    types.find_map(|item| Language::of(&item.trim().to_ascii_lowercase())) == Some(Language::Yaml)
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let media_type = match self.1 {
            Language::Json => "application/json",
            Language::Yaml => Language::YAML_MEDIA_TYPES[0],
        };
        ([(header::CONTENT_TYPE, media_type)], self.0).into_response()
    }
}

impl OperationOutput for Written {
    type Inner = Document;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        let content = document_content(ctx);
        let description = "The document, in JSON or (`Accept: application/yaml`) in YAML".to_owned();
        Some(ResponseShape { description, content, ..ResponseShape::default() })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}
