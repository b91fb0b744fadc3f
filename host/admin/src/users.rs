//! `/users`: who has which role in the workspace. Owners say so; of the host itself (`?of=host`) operators do.
//!
//! A user can have roles in several workspaces, so an owner of one is not theirs: a new name, a new link and the like take somebody who
//! owns every workspace that the user has a role in, or an operator. Otherwise an owner could make a link for somebody of another
//! workspace, and be them there. Whoever gets into a further workspace, or gets the host to keep, chooses their password anew: see
//! [`change`].

mod change;
mod create;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{Role, Timestamp, User, UserId, WorkspaceId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::Asked;
use crate::caller::{AsOwner, Caller};
use crate::door::Door;
use crate::paged::{Conflict, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("users_page", "Users with a role in the workspace, oldest first")).post_with(
        create::create,
        words("users_create", "Give somebody a role; who is new is made, with a link that is shown this once"),
    );
    let one = patch_with(change::patch, |operation| {
        words("users_change", "Change a user, or their role")(operation).response::<409, Conflict>()
    })
    .delete_with(change::remove, |operation| {
        words("users_remove", "Take a user's role in the workspace away")(operation).response::<409, Conflict>()
    });
    let invite = post_with(create::invite, |operation| {
        words("users_invite", "Make a link by which a user chooses a password; the one before is good no more")(
            operation,
        )
        .response::<409, Conflict>()
    });
    ApiRouter::new()
        .api_route_with("/api/v1/users", all, |item| item.tag("users"))
        .api_route_with("/api/v1/users/{id}", one, |item| item.tag("users"))
        .api_route_with("/api/v1/users/{id}/invite", invite, |item| item.tag("users"))
}

/// Somebody who logs in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub(super) struct UserShape {
    /// Their id.
    id: UserId,
    /// Their address, unique in the host.
    email: String,
    /// What others call them.
    name: String,
    /// What they may do in the workspace; null when nothing.
    role: Option<Role>,
    /// Whether they may do everything in every workspace.
    operator: bool,
    /// Whether they can log in.
    state: UserState,
    /// When they were made.
    created_at: Timestamp,
    /// When anything of the above last changed.
    updated_at: Timestamp,
    /// By this link they choose a password, once. Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_url: Option<String>,
}

/// Whether a user can log in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum UserState {
    /// They did not choose a password yet.
    Invited,
    /// They can.
    Active,
    /// Somebody disabled them.
    Disabled,
}

/// Which users.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// `host`: all there are, which only an operator may ask for.
    of: Option<Everywhere>,
}

/// All there are.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Everywhere {
    /// Of the host.
    Host,
}

impl UserShape {
    /// A user as seen from a workspace.
    fn of(user: User, workspace: WorkspaceId, invite_url: Option<String>) -> Self {
        let state = match (user.disabled, &user.password) {
            (true, _) => UserState::Disabled,
            (false, None) => UserState::Invited,
            (false, Some(_)) => UserState::Active,
        };
        Self {
            role: user.roles.get(&workspace).copied(),
            id: user.id,
            email: user.email,
            name: user.name,
            operator: user.operator,
            state,
            created_at: user.created_at,
            updated_at: user.updated_at,
            invite_url,
        }
    }
}

/// How the audit log names a user.
fn subject(user: &User) -> String {
    format!("{} {}", user.id, user.email)
}

/// Refuses whoever has no role in the caller's workspace, as if they were not there; an operator finds every one.
fn is_seen(caller: &Caller, user: &User) -> Result<(), Refusal> {
    let is_here = user.roles.contains_key(&caller.workspace_id());
    if is_here || caller.who.is_operator() { Ok(()) } else { Err(Refusal::Missing { what: "user" }) }
}

/// Refuses whoever does not own every workspace that the user has a role in.
fn answers_for(caller: &Caller, user: &User) -> Result<(), Refusal> {
    let owns = |workspace: &WorkspaceId| caller.who.role_in(*workspace) == Some(Role::Owner);
    if caller.who.is_operator() || (!user.operator && user.roles.keys().all(owns)) {
        return Ok(());
    }
    Err(Refusal::NotYours { email: user.email.clone() })
}

async fn page(
    State(door): State<Arc<Door>>,
    AsOwner(caller): AsOwner,
    asked: Asked<Which>,
) -> Result<Json<Paged<UserShape>>, Refusal> {
    let workspace = caller.workspace_id();
    let page = match asked.filter.of {
        None => door.store().users().page_of(workspace, asked.page).await?,
        Some(Everywhere::Host) => {
            caller.who.as_operator()?;
            door.store().users().page(asked.page).await?
        }
    };
    Ok(Paged::of(page, |user| UserShape::of(user, workspace, None)))
}
