//! `/lists`: named sets of contacts, and who is on them.

mod change;
mod membership;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{List, ListId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited;
use crate::caller::{AsEditor, Caller};
use crate::contacts::ContactShape;
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, Names, name_fault};
use crate::paged::{Conflict, Created, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("lists_page", "Lists, oldest first"))
        .post_with(create, words("lists_create", "Make a list"));
    let one = get_with(one, words("lists_get", "One list"))
        .patch_with(change::patch, |operation| {
            let summary = "Call a list otherwise; not while a live automation names it";
            words("lists_change", summary)(operation).response::<409, Conflict>()
        })
        .delete_with(change::remove, |operation| {
            let summary = "Remove a list; its contacts stay, and are not on it; not while a live automation names it";
            words("lists_remove", summary)(operation).response::<409, Conflict>()
        });
    let on_it = get_with(contacts, words("lists_contacts_page", "The contacts on a list, those first seen first"))
        .post_with(membership::add, |operation| {
            let summary = "Put contacts on a list, all or none; those that are on it already stay";
            words("lists_contacts_add", summary)(operation).response::<409, Conflict>()
        });
    let summary = "Take a contact off a list; one that is not on it changes nothing";
    let of_it = delete_with(membership::remove, words("lists_contacts_remove", summary));
    ApiRouter::new()
        .api_route_with("/api/v1/lists", all, |item| item.tag("lists"))
        .api_route_with("/api/v1/lists/{id}", one, |item| item.tag("lists"))
        .api_route_with("/api/v1/lists/{id}/contacts", on_it, |item| item.tag("lists"))
        .api_route_with("/api/v1/lists/{id}/contacts/{key}", of_it, |item| item.tag("lists"))
}

/// A named set of contacts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "List")]
struct ListShape {
    /// Its id.
    id: ListId,
    /// Its name, unique in the workspace.
    name: String,
    /// When it was made.
    created_at: Timestamp,
}

/// What a new list is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewList {
    /// Its name, unique in the workspace.
    #[schemars(with = "NameText")]
    name: String,
}

impl From<List> for ListShape {
    fn from(List { id, workspace: _, name, created_at }: List) -> Self {
        Self { id, name, created_at }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<ListShape>>, Refusal> {
    Ok(Paged::of(door.store().lists().page(caller.workspace_id(), asked.page).await?, ListShape::from))
}

async fn one(State(door): State<Arc<Door>>, caller: Caller, At(id): At<ListId>) -> Result<Json<ListShape>, Refusal> {
    Ok(Json(found(&door, &caller, id).await?.into()))
}

async fn found(door: &Door, caller: &Caller, id: ListId) -> Result<List, Refusal> {
    let found = door.store().lists().get(caller.workspace_id(), id).await?;
    found.ok_or(Refusal::Missing { what: "list" })
}

/// What people call a list, with its id.
fn subject(list: &List) -> String {
    format!("{} {}", list.id, list.name)
}

async fn contacts(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<ListId>,
    asked: Asked<All>,
) -> Result<Json<Paged<ContactShape>>, Refusal> {
    let (store, workspace) = (door.store(), caller.workspace_id());
    found(&door, &caller, id).await?;
    let page = store.lists().contacts_page(workspace, id, asked.page).await?;
    Ok(Json(ContactShape::page_of(page, &mut Names::new(store, workspace)).await?))
}

async fn create(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Given(new): Given<NewList>,
) -> Result<Created<ListShape>, Refusal> {
    if let Some(fault) = name_fault("name", &new.name) {
        return Err(Refusal::Faults(vec![fault]));
    }
    let list = List { id: fresh::id(), workspace: caller.workspace_id(), name: new.name, created_at: fresh::now() };
    let shape = ListShape::from(list.clone());
    door.store().lists().create(&list, audited::made(&caller, "list.create", subject(&list), &shape)).await?;
    Ok(Created(shape))
}
