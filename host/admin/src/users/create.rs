//! New users and their links; and a role for somebody who is there already.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Role, User, UserId, WorkspaceId};
use hookbox_store::{Ends, LogEntries, StoreError, UserChange};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{UserShape, answers_for, found, subject};
use crate::at::At;
use crate::audited::entry;
use crate::caller::{AsOwner, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::invites::new_invite;
use crate::names::{EmailText, NameText, email_of, name_fault};
use crate::paged::Created;
use crate::refusal::{Fault, Refusal};

/// Who gets a role in the workspace.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    /// Their address, unique in the host.
    #[schemars(with = "EmailText")]
    email: String,
    /// What others call them; of somebody who is there already it stays as it is.
    #[schemars(with = "NameText")]
    name: String,
    /// What they may do in the workspace.
    role: Role,
    /// Whether they may do everything in every workspace; only an operator can say so.
    #[serde(default)]
    operator: bool,
}

pub(super) async fn create(
    State(door): State<Arc<Door>>,
    AsOwner(caller): AsOwner,
    Given(new): Given<NewUser>,
) -> Result<Created<UserShape>, Refusal> {
    if new.operator {
        caller.who.as_operator()?;
    }
    let (email, of_email) = email_of(&new.email);
    let faults: Vec<Fault> = of_email.into_iter().chain(name_fault("name", &new.name)).collect();
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let new = NewUser { email, ..new };
    match door.store().users().find(&new.email).await? {
        Some(there) => join(&door, &caller, there, &new).await,
        None => make(&door, &caller, new).await,
    }
}

async fn make(door: &Door, caller: &Caller, new: NewUser) -> Result<Created<UserShape>, Refusal> {
    let (workspace, now) = (caller.workspace_id(), fresh::now());
    let user = User {
        id: fresh::id(),
        email: new.email,
        name: new.name,
        password: None,
        operator: new.operator,
        roles: [(workspace, new.role)].into(),
        disabled: false,
        created_at: now,
        updated_at: now,
    };
    let (invite, url) = new_invite(door, user.id)?;
    let after = json!({"email": user.email, "name": user.name, "operator": user.operator});
    let mut audited = role_given(caller, &user, new.role);
    audited.insert(WorkspaceId::HOST, entry(caller.by(), "user.create", subject(&user), &Value::Null, &after));
    door.store().users().create(&user, &invite, audited).await?;
    tracing::info!(user.id = %user.id, "a user was made");
    Ok(Created(UserShape::of(user, workspace, Some(url))))
}

/// A role for somebody who is there. If they did not choose a password yet, the link that they had is good no more: whoever made it
/// did so for less.
async fn join(door: &Door, caller: &Caller, before: User, new: &NewUser) -> Result<Created<UserShape>, Refusal> {
    let workspace = caller.workspace_id();
    if before.roles.contains_key(&workspace) {
        return Err(StoreError::Exists { what: "user", name: before.email }.into());
    }
    answers_for(caller, &before)?;
    let mut after = User { operator: before.operator || new.operator, updated_at: fresh::now(), ..before.clone() };
    after.roles.insert(workspace, new.role);
    let mut audited = role_given(caller, &after, new.role);
    if after.operator != before.operator {
        let (was, is) = (json!({"operator": before.operator}), json!({"operator": after.operator}));
        audited.insert(WorkspaceId::HOST, entry(caller.by(), "user.change", subject(&after), &was, &is));
    }
    let change = UserChange { before, after: after.clone(), ends: Ends::Nothing };
    door.store().users().change(change, audited).await?;
    let url = match after.password {
        None => Some(invited(door, caller, &after).await?),
        Some(_) => None,
    };
    Ok(Created(UserShape::of(after, workspace, url)))
}

pub(super) async fn invite(
    State(door): State<Arc<Door>>,
    AsOwner(caller): AsOwner,
    At(id): At<UserId>,
) -> Result<Json<UserShape>, Refusal> {
    let user = found(&door, &caller, id).await?;
    answers_for(&caller, &user)?;
    if user.disabled {
        return Err(Refusal::NotNow { reason: format!("{} is disabled; enable them first", user.email) });
    }
    let url = invited(&door, &caller, &user).await?;
    Ok(Json(UserShape::of(user, caller.workspace_id(), Some(url))))
}

/// Makes an invite and gives its link.
async fn invited(door: &Door, caller: &Caller, user: &User) -> Result<String, Refusal> {
    let (invite, url) = new_invite(door, user.id)?;
    let after = json!({"expires_at": invite.expires_at});
    let audited = entry(caller.by(), "user.invite", subject(user), &Value::Null, &after);
    door.store().users().invite(&invite, audited).await?;
    Ok(url)
}

fn role_given(caller: &Caller, user: &User, role: Role) -> LogEntries {
    let audited = entry(caller.by(), "user.role", subject(user), &Value::Null, &json!({"role": role}));
    [(caller.workspace_id(), audited)].into()
}
