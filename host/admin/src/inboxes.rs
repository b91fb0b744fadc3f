//! `/inboxes`: the sending identities that conversations belong to.

mod shape;
mod change;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{Inbox, InboxId};
use schemars::JsonSchema;
use serde::Deserialize;

use shape::InboxShape;

use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited;
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::paged::{Conflict, Created, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("inboxes_page", "Inboxes, oldest first"))
        .post_with(create, words("inboxes_create", "Make an inbox"));
    let one = get_with(one, words("inboxes_get", "One inbox")).patch_with(change::patch, |operation| {
        let summary = "Change an inbox; the first secret of a new channel is shown this once";
        words("inboxes_change", summary)(operation).response::<409, Conflict>()
    });
    let revoke = delete_with(change::remove_secret, |operation| {
        let summary = "Take a signing secret away, from now on; the last live one stays";
        words("inboxes_remove_secret", summary)(operation).response::<409, Conflict>()
    });
    let summary = "Add a signing secret, shown this once; those before it stay good for a day";
    let secrets = post_with(change::add_secret, words("inboxes_add_secret", summary));
    ApiRouter::new()
        .api_route_with("/api/v1/inboxes", all, |item| item.tag("inboxes"))
        .api_route_with("/api/v1/inboxes/{id}", one, |item| item.tag("inboxes"))
        .api_route_with("/api/v1/inboxes/{id}/secrets", secrets, |item| item.tag("inboxes"))
        .api_route_with("/api/v1/inboxes/{id}/secrets/{key}", revoke, |item| item.tag("inboxes"))
}

/// What a new inbox is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewInbox {
    /// Its name, unique in the workspace.
    #[schemars(with = "NameText")]
    name: String,
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<InboxShape>>, Refusal> {
    Ok(Paged::of(door.store().inboxes().page(caller.workspace_id(), asked.page).await?, |inbox| {
        InboxShape::of(inbox, None)
    }))
}

async fn one(State(door): State<Arc<Door>>, caller: Caller, At(id): At<InboxId>) -> Result<Json<InboxShape>, Refusal> {
    let found = door.store().inboxes().get(caller.workspace_id(), id).await?;
    Ok(Json(InboxShape::of(found.ok_or(Refusal::Missing { what: "inbox" })?, None)))
}

async fn create(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
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
    let shape = InboxShape::of(inbox.clone(), None);
    let entry = audited::made(&caller, "inbox.create", subject(&inbox), &shape);
    door.store().inboxes().create(&inbox, entry).await?;
    Ok(Created(shape))
}

/// What people call an inbox, with its id.
fn subject(inbox: &Inbox) -> String {
    format!("{} {}", inbox.id, inbox.name)
}
