//! Calling a list otherwise, and removing one, which everybody leaves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{List, ListId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ListShape, found, subject};
use crate::at::At;
use crate::audited;
use crate::caller::AsEditor;
use crate::document::{Naming, Taken, refuse_if_named};
use crate::door::Door;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::refusal::Refusal;

/// What to change of a list; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListChange {
    /// Its name, unique in the workspace.
    #[schemars(with = "Option<NameText>")]
    name: Option<String>,
}

pub(super) async fn patch(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<ListId>,
    Given(change): Given<ListChange>,
) -> Result<Json<ListShape>, Refusal> {
    let before = found(&door, &caller, id).await?;
    let after = List { name: change.name.unwrap_or_else(|| before.name.clone()), ..before.clone() };
    if after == before {
        return Ok(Json(after.into()));
    }
    if let Some(fault) = name_fault("name", &after.name) {
        return Err(Refusal::Faults(vec![fault]));
    }
    refuse_if_named(door.store(), caller.workspace_id(), (Naming::List, &before.name), Taken::Renamed).await?;
    let shapes = (&ListShape::from(before.clone()), &ListShape::from(after.clone()));
    let entry = audited::changed(&caller, "list.change", subject(&after), shapes);
    door.store().lists().update(&before, &after, entry).await?;
    Ok(Json(after.into()))
}

pub(super) async fn remove(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<ListId>,
) -> Result<Json<ListShape>, Refusal> {
    let list = found(&door, &caller, id).await?;
    refuse_if_named(door.store(), caller.workspace_id(), (Naming::List, &list.name), Taken::Removed).await?;
    let shape = ListShape::from(list.clone());
    let entry = audited::gone(&caller, "list.remove", subject(&list), &shape);
    door.store().lists().remove(&list, entry).await?;
    tracing::info!(list.id = %id, "a list was removed");
    Ok(Json(shape))
}
