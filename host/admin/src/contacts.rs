//! `/contacts`: the people written to. Runs change them too, so every change names or meets a version.

mod shape;
mod change;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_mapping::IdentifierKind;
use hookbox_model::{Contact, ContactId, Identifier};
use hookbox_store::Page;
use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) use shape::ContactShape;

use crate::asked::{Asked, Text, Unanswerable};
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::names::Names;
use crate::paged::{Conflict, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, |operation| {
        let summary = "Contacts, those first seen first; or the one with an identifier";
        words("contacts_page", summary)(operation).response::<422, Unanswerable>()
    })
    .post_with(change::create, words("contacts_create", "Add a contact"));
    let one = get_with(one, words("contacts_get", "One contact")).patch_with(change::patch, |operation| {
        words("contacts_change", "Change a contact")(operation).response::<409, Conflict>()
    });
    ApiRouter::new().api_route_with("/api/v1/contacts", all, |item| item.tag("contacts")).api_route_with(
        "/api/v1/contacts/{id}",
        one,
        |item| item.tag("contacts"),
    )
}

/// Which contacts: all, those that a text finds, or the one that has every identifier given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ContactFilter {
    /// The one with this phone number, in any form that a webhook may send it in.
    #[schemars(length(min = 1))]
    phone: Option<String>,
    /// The one with this email address.
    #[schemars(length(min = 1))]
    email: Option<String>,
    /// The one with this id of the customer's own.
    #[schemars(length(min = 1))]
    external_id: Option<String>,
    /// Those in whose name, phone number, email address or external id this is, whatever its case. A page may be empty; `next`
    /// goes on.
    q: Option<Text>,
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<ContactFilter>,
) -> Result<Json<Paged<ContactShape>>, Refusal> {
    let contacts = door.store().contacts();
    let text = asked.filter.q.clone();
    let wanted = identifiers(asked.filter, &caller.workspace.country)?;
    let page = match (wanted.first(), text) {
        (Some(_), Some(_)) => {
            let reason = "q looks through the contacts and is not given together with an identifier".to_owned();
            return Err(Refusal::Unanswerable { reason });
        }
        (None, None) => contacts.page(caller.workspace_id(), asked.page).await?,
        (None, Some(Text(text))) => contacts.search(caller.workspace_id(), &text, asked.page).await?,
        (Some(first), None) => {
            let found = contacts.find(caller.workspace_id(), first).await?.map(|known| (*known.contact).clone());
            let has_all = |contact: &Contact| wanted.iter().all(|id| contact.identifiers().any(|has| has == *id));
            Page { items: found.into_iter().filter(has_all).collect(), next: None }
        }
    };
    Ok(Json(ContactShape::page_of(page, &mut Names::new(door.store(), caller.workspace_id())).await?))
}

/// The identifiers that a query names, in the form they are stored in.
fn identifiers(filter: ContactFilter, country: &str) -> Result<Vec<Identifier>, Refusal> {
    let read = |kind: IdentifierKind, text: Option<String>| {
        let read = text.map(|text| change::normalise(kind, &text, country)).transpose();
        read.map_err(|reason| Refusal::Unanswerable { reason: format!("{}: {reason}", kind.field()) })
    };
    let phone = read(IdentifierKind::Phone, filter.phone)?.map(Identifier::Phone);
    let email = read(IdentifierKind::Email, filter.email)?.map(Identifier::Email);
    let external = read(IdentifierKind::ExternalId, filter.external_id)?.map(Identifier::ExternalId);
    Ok([phone, email, external].into_iter().flatten().collect())
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<ContactShape>, Refusal> {
    let found = door.store().contacts().get(caller.workspace_id(), id).await?;
    let contact = found.ok_or(Refusal::Missing { what: "contact" })?;
    Ok(Json(ContactShape::of(contact, &mut Names::new(door.store(), caller.workspace_id())).await?))
}
