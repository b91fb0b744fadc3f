//! New users and their links; and a role for somebody who is there already.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Role, User, UserId, WorkspaceId};
use hookbox_store::{LogEntries, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::changed;
use super::{UserShape, answers_for, is_seen, subject};
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
        Some(there) => join(&door, &caller, there.id, &new).await,
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

/// A role for somebody who is there, and a link: see [`changed`].
async fn join(door: &Door, caller: &Caller, id: UserId, new: &NewUser) -> Result<Created<UserShape>, Refusal> {
    let workspace = caller.workspace_id();
    let joined = changed(door, caller, id, |before| {
        if before.roles.contains_key(&workspace) {
            return Err(StoreError::Exists { what: "user", name: before.email.clone() }.into());
        }
        answers_for(caller, before)?;
        let mut after = User { operator: before.operator || new.operator, ..before.clone() };
        after.roles.insert(workspace, new.role);
        Ok(after)
    });
    joined.await.map(Created)
}

/// Makes a link for a user as they are now, again when somebody else changed them meanwhile: it is of what its maker answers for.
pub(super) async fn invite(
    State(door): State<Arc<Door>>,
    AsOwner(caller): AsOwner,
    At(id): At<UserId>,
) -> Result<Json<UserShape>, Refusal> {
    for _ in 0..door.config().change_attempts_max {
        let user = door.store().users().get(id).await?.ok_or(Refusal::Missing { what: "user" })?;
        is_seen(&caller, &user)?;
        answers_for(&caller, &user)?;
        if user.disabled {
            return Err(Refusal::NotNow { reason: format!("{} is disabled; enable them first", user.email) });
        }
        let (invite, url) = new_invite(&door, id)?;
        let after = json!({"invite_expires_at": invite.expires_at});
        let audited = entry(caller.by(), "user.invite", subject(&user), &Value::Null, &after);
        let logs = user.roles.keys().copied().chain([WorkspaceId::HOST]);
        let audited = logs.map(|log| (log, audited.clone())).collect();
        match door.store().users().invite(&user, &invite, audited).await {
            Ok(()) => return Ok(Json(UserShape::of(user, caller.workspace_id(), Some(url)))),
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Stale { what: "user" }.into())
}

fn role_given(caller: &Caller, user: &User, role: Role) -> LogEntries {
    let audited = entry(caller.by(), "user.role", subject(user), &Value::Null, &json!({"role": role}));
    [(caller.workspace_id(), audited)].into()
}
