//! `/mapping`: a mapping to begin with, proposed for what an outside system sends, and what one that is being written makes of it.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hookbox_mapping::{Suggestion, suggest};
use hookbox_model::IdentifierField;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::caller::AsEditor;
use crate::document::{Preview, preview};
use crate::door::Door;
use crate::fields::declared;
use crate::given::Given;
use crate::refusal::{Fault, Refusal};
use crate::words::words;
use crate::written::Written;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let suggest = post_with(
        propose,
        words("mapping_suggest", "A mapping proposed for a sample by the names in it; look at it before it is used"),
    );
    let preview = post_with(
        try_out,
        words("mapping_preview", "What a mapping makes of a sample, each field for itself; nothing is saved"),
    );
    ApiRouter::new().api_route_with("/api/v1/mapping/suggest", suggest, |item| item.tag("mapping")).api_route_with(
        "/api/v1/mapping/preview",
        preview,
        |item| item.tag("mapping"),
    )
}

/// A mapping that is tried, finished or not.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PreviewWish {
    /// `each`, `identifier` and `map` in the words of `trigger.webhook`; its other keys are not looked at.
    mapping: Map<String, Value>,
    /// A payload as the outside system sends it.
    sample: Value,
}

async fn try_out(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Given(PreviewWish { mapping, sample }): Given<PreviewWish>,
) -> Result<Json<Preview>, Refusal> {
    let declared = declared(door.store(), caller.workspace_id()).await?;
    Ok(Json(preview(&Value::Object(mapping), &sample, &declared, &caller.workspace, door.config())))
}

/// What a mapping is wanted for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SuggestionWish {
    /// A payload as the outside system sends it: an object or an array.
    #[schemars(extend("type" = ["object", "array"]))]
    sample: Value,
}

/// A proposed mapping, in the words of `trigger.webhook`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suggestion")]
struct SuggestionShape {
    /// The array whose elements are one contact each.
    #[serde(skip_serializing_if = "Option::is_none")]
    each: Option<String>,
    /// What finds the contact; absent when nothing in the sample looks like it.
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<SuggestedIdentifier>,
    /// What else is known about the contact.
    map: Vec<SuggestedField>,
}

/// What finds the contact.
#[derive(Serialize, JsonSchema)]
struct SuggestedIdentifier {
    /// Which identifier it is.
    #[schemars(with = "IdentifierField")]
    field: &'static str,
    /// Where it is: RFC 9535 JSONPath.
    from: String,
}

/// How one field is filled.
#[derive(Serialize, JsonSchema)]
struct SuggestedField {
    /// The contact field.
    field: String,
    /// Where its value is: RFC 9535 JSONPath.
    from: String,
    /// What is done to the value, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, with = "Vec<String>")]
    transforms: Vec<&'static str>,
}

impl From<Suggestion> for SuggestionShape {
    fn from(Suggestion { each, identifier, map }: Suggestion) -> Self {
        let identifier = identifier.map(|found| SuggestedIdentifier { field: found.field.field(), from: found.from });
        let field = |found: hookbox_mapping::SuggestedField| SuggestedField {
            field: found.field,
            from: found.from,
            transforms: found.transforms,
        };
        Self { each, identifier, map: map.into_iter().map(field).collect() }
    }
}

async fn propose(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    headers: HeaderMap,
    Given(SuggestionWish { sample }): Given<SuggestionWish>,
) -> Result<Written<SuggestionShape>, Refusal> {
    if !sample.is_object() && !sample.is_array() {
        let message = "a payload is an object or an array; nothing else has names to go by";
        return Err(Refusal::Faults(vec![Fault::new("sample", message)]));
    }
    let declared = declared(door.store(), caller.workspace_id()).await?;
    let names: Vec<&str> = declared.iter().map(|field| field.name.as_str()).collect();
    Written::as_asked(&suggest(&sample, &names).into(), &headers)
}
