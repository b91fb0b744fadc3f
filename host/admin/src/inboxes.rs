//! `/inboxes`: the sending identities that conversations belong to.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Inbox, InboxId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::{All, Asked};
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::name_fault;
use crate::paged::{Created, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("inboxes_page", "Inboxes, oldest first"))
        .post_with(create, words("inboxes_create", "Make an inbox"));
    let one = get_with(one, words("inboxes_get", "One inbox"));
    ApiRouter::new().api_route_with("/api/v1/inboxes", all, |item| item.tag("inboxes")).api_route_with(
        "/api/v1/inboxes/{id}",
        one,
        |item| item.tag("inboxes"),
    )
}

/// A sending identity that conversations belong to. Documents and plugins name it by its name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Inbox")]
struct InboxShape {
    /// Its id.
    id: InboxId,
    /// Its name, unique in the workspace.
    name: String,
    /// When it was made.
    created_at: Timestamp,
}

/// What a new inbox is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewInbox {
    /// Its name, unique in the workspace.
    name: String,
}

impl From<Inbox> for InboxShape {
    fn from(Inbox { id, workspace: _, name, channel: _, quiet_hours: _, created_at }: Inbox) -> Self {
        Self { id, name, created_at }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<InboxShape>>, Refusal> {
    Ok(Paged::of(door.store().inboxes().page(caller.workspace_id(), asked.page).await?, InboxShape::from))
}

async fn one(State(door): State<Arc<Door>>, caller: Caller, At(id): At<InboxId>) -> Result<Json<InboxShape>, Refusal> {
    let found = door.store().inboxes().get(caller.workspace_id(), id).await?;
    Ok(Json(found.ok_or(Refusal::Missing { what: "inbox" })?.into()))
}

async fn create(
    State(door): State<Arc<Door>>,
    caller: Caller,
    Given(new): Given<NewInbox>,
) -> Result<Created<InboxShape>, Refusal> {
    if let Some(fault) = name_fault("name", &new.name) {
        return Err(Refusal::Faults(vec![fault]));
    }
    let inbox = Inbox {
        id: fresh::id(),
        workspace: caller.workspace_id(),
        name: new.name,
        channel: None,
        quiet_hours: None,
        created_at: fresh::now(),
    };
    door.store().inboxes().create(&inbox).await?;
    Ok(Created(inbox.into()))
}
