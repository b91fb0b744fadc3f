//! `/members`: those a conversation can be assigned to.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Member, MemberId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited;
use crate::caller::{AsAdmin, Caller};
use crate::document::{Naming, Taken, refuse_if_named};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::paged::{Conflict, Created, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("members_page", "Members, oldest first"))
        .post_with(create, words("members_create", "Add a member"));
    let one = get_with(one, words("members_get", "One member"))
        .patch_with(patch, |operation| {
            let summary = "Call a member otherwise; not while a live automation names them";
            words("members_change", summary)(operation).response::<409, Conflict>()
        })
        .delete_with(remove, |operation| {
            let summary =
                "Remove a member; their conversations are nobody's then; not while a live automation names them";
            words("members_remove", summary)(operation).response::<409, Conflict>()
        });
    ApiRouter::new().api_route_with("/api/v1/members", all, |item| item.tag("members")).api_route_with(
        "/api/v1/members/{id}",
        one,
        |item| item.tag("members"),
    )
}

/// Someone a conversation can be assigned to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Member")]
struct MemberShape {
    /// Their id.
    id: MemberId,
    /// Their name, unique in the workspace.
    name: String,
    /// When they were added.
    created_at: Timestamp,
}

/// What a new member is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewMember {
    /// Their name, unique in the workspace.
    #[schemars(with = "NameText")]
    name: String,
}

/// What to change of a member; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MemberChange {
    /// Their name, unique in the workspace.
    #[schemars(with = "Option<NameText>")]
    name: Option<String>,
}

impl From<Member> for MemberShape {
    fn from(Member { id, workspace: _, name, created_at }: Member) -> Self {
        Self { id, name, created_at }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<MemberShape>>, Refusal> {
    Ok(Paged::of(door.store().members().page(caller.workspace_id(), asked.page).await?, MemberShape::from))
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<MemberId>,
) -> Result<Json<MemberShape>, Refusal> {
    Ok(Json(found(&door, &caller, id).await?.into()))
}

async fn found(door: &Door, caller: &Caller, id: MemberId) -> Result<Member, Refusal> {
    door.store().members().get(caller.workspace_id(), id).await?.ok_or(Refusal::Missing { what: "member" })
}

async fn create(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    Given(new): Given<NewMember>,
) -> Result<Created<MemberShape>, Refusal> {
    if let Some(fault) = name_fault("name", &new.name) {
        return Err(Refusal::Faults(vec![fault]));
    }
    let member = Member { id: fresh::id(), workspace: caller.workspace_id(), name: new.name, created_at: fresh::now() };
    let shape = MemberShape::from(member.clone());
    door.store().members().create(&member, audited::made(&caller, "member.create", subject(&member), &shape)).await?;
    Ok(Created(shape))
}

async fn patch(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    At(id): At<MemberId>,
    Given(change): Given<MemberChange>,
) -> Result<Json<MemberShape>, Refusal> {
    let before = found(&door, &caller, id).await?;
    let after = Member { name: change.name.unwrap_or_else(|| before.name.clone()), ..before.clone() };
    if after == before {
        return Ok(Json(after.into()));
    }
    if let Some(fault) = name_fault("name", &after.name) {
        return Err(Refusal::Faults(vec![fault]));
    }
    refuse_if_named(door.store(), caller.workspace_id(), (Naming::Member, &before.name), Taken::Renamed).await?;
    let shapes = (&MemberShape::from(before.clone()), &MemberShape::from(after.clone()));
    let entry = audited::changed(&caller, "member.change", subject(&after), shapes);
    door.store().members().update(&before, &after, entry).await?;
    Ok(Json(after.into()))
}

async fn remove(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    At(id): At<MemberId>,
) -> Result<Json<MemberShape>, Refusal> {
    let member = found(&door, &caller, id).await?;
    refuse_if_named(door.store(), caller.workspace_id(), (Naming::Member, &member.name), Taken::Removed).await?;
    let shape = MemberShape::from(member.clone());
    let entry = audited::gone(&caller, "member.remove", subject(&member), &shape);
    door.store().members().remove(&member, entry).await?;
    Ok(Json(shape))
}

/// What people call a member, with their id.
fn subject(member: &Member) -> String {
    format!("{} {}", member.id, member.name)
}
