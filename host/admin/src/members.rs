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
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::paged::{Created, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("members_page", "Members, oldest first"))
        .post_with(create, words("members_create", "Add a member"));
    let one = get_with(one, words("members_get", "One member"));
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
    let found = door.store().members().get(caller.workspace_id(), id).await?;
    Ok(Json(found.ok_or(Refusal::Missing { what: "member" })?.into()))
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
    let subject = format!("{} {}", member.id, member.name);
    let shape = MemberShape::from(member.clone());
    door.store().members().create(&member, audited::made(&caller, "member.create", subject, &shape)).await?;
    Ok(Created(shape))
}
