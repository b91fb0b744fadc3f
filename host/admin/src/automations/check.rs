//! Looking at a document without saving it: what it says in both languages, and everything that is wrong with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::AutomationId;
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::apply::DraftText;
use crate::caller::AsEditor;
use crate::document::{self, Lines, draft_yaml};
use crate::door::Door;
use crate::refusal::{Fault, Refusal};

/// What was found of a document.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DocumentCheck")]
pub(super) struct CheckShape {
    /// What the text says, with whatever is wrong with it; a text in JSON to the letter.
    #[schemars(with = "Value")]
    document: Box<RawValue>,
    /// The same in YAML, its keys in the order of documents.
    yaml: String,
    /// Everything that is wrong with it; it could be saved when there is nothing.
    faults: Vec<PlacedFault>,
    /// The automation that has its name: saving would change that one. Null when it would make one.
    automation: Option<AutomationId>,
}

/// One thing that is wrong with a document.
#[derive(Serialize, JsonSchema)]
struct PlacedFault {
    /// Where, as a JSON pointer into `document` (`/steps/1/settings/list`); what is missing is named too.
    path: String,
    /// Where, for people (`steps[1].settings.list`).
    at: String,
    /// What is wrong and what would be right.
    message: String,
    /// The line of the text that was sent, from 1.
    line: Option<u64>,
}

pub(super) async fn check(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    DraftText(sent): DraftText,
) -> Result<Json<CheckShape>, Refusal> {
    let (store, config) = (door.store(), door.config());
    let value = document::read(&sent.text, sent.language, config).map_err(|fault| Refusal::Unreadable(vec![fault]))?;
    let found = document::faults(&value, store, &caller.workspace, config).await?;
    let lines = std::str::from_utf8(&sent.text).ok().and_then(|text| Lines::of(text, config));
    let placed = |Fault { at, message }: Fault| {
        let path = document::pointer(&at, &value);
        let line = lines.as_ref().map(|lines| lines.at(&path));
        PlacedFault { path, at, message, line }
    };
    let faults = found.into_iter().map(placed).collect();
    let automation = match value["name"].as_str() {
        Some(name) => store.automations().find(caller.workspace_id(), name).await?.map(|automation| automation.id),
        None => None,
    };
    let unwritable = |reason: String| Refusal::Store(StoreError::Damaged { what: "document", reason });
    let json =
        document::in_json(&sent.text, sent.language, config).map_err(|fault| Refusal::Unreadable(vec![fault]))?;
    let yaml = draft_yaml(&json).map_err(unwritable)?;
    let document = RawValue::from_string(json.into_owned()).map_err(|error| unwritable(error.to_string()))?;
    Ok(Json(CheckShape { document, yaml, faults, automation }))
}
