//! Changes of users: their role in the workspace, their name, whether they can log in, whether they keep the host.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Role, User, UserId, WorkspaceId};
use hookbox_store::{Ends, LogEntries, StoreError, UserChange};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{UserShape, answers_for, found, subject};
use crate::at::At;
use crate::audited::entry;
use crate::caller::{AsOwner, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::refusal::Refusal;

/// What to change of a user; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserWish {
    /// What they may do in the workspace.
    role: Option<Role>,
    /// What others call them.
    #[schemars(with = "Option<NameText>")]
    name: Option<String>,
    /// Whether they cannot log in, and nothing of theirs is good.
    disabled: Option<bool>,
    /// Whether they may do everything in every workspace; only an operator can say so, and not of themselves.
    operator: Option<bool>,
}

pub(super) async fn patch(
    State(door): State<Arc<Door>>,
    AsOwner(caller): AsOwner,
    At(id): At<UserId>,
    Given(wish): Given<UserWish>,
) -> Result<Json<UserShape>, Refusal> {
    if let Some(fault) = wish.name.as_deref().and_then(|name| name_fault("name", name)) {
        return Err(Refusal::Faults(vec![fault]));
    }
    changed(&door, &caller, id, |before| wish.of(&caller, before)).await
}

pub(super) async fn remove(
    State(door): State<Arc<Door>>,
    AsOwner(caller): AsOwner,
    At(id): At<UserId>,
) -> Result<Json<UserShape>, Refusal> {
    changed(&door, &caller, id, |before| {
        let mut after = before.clone();
        after.roles.remove(&caller.workspace_id());
        Ok(after)
    })
    .await
}

impl UserWish {
    /// The user as the caller wishes them, if they may.
    fn of(&self, caller: &Caller, before: &User) -> Result<User, Refusal> {
        let mut after = before.clone();
        if let Some(role) = self.role {
            after.roles.insert(caller.workspace_id(), role);
        }
        after.name = self.name.clone().unwrap_or(after.name);
        after.disabled = self.disabled.unwrap_or(after.disabled);
        after.operator = self.operator.unwrap_or(after.operator);
        if (&after.name, after.disabled) != (&before.name, before.disabled) {
            answers_for(caller, before)?;
        }
        if after.operator != before.operator {
            caller.who.as_operator()?;
        }
        let is_less = after.disabled || (before.operator && !after.operator);
        if is_less && caller.who.user_id() == Some(before.id) {
            return Err(Refusal::NotNow { reason: "nobody locks themselves out; somebody else has to do this".into() });
        }
        Ok(after)
    }
}

/// Changes a user as they are now, again when somebody else changed them meanwhile.
async fn changed(
    door: &Door,
    caller: &Caller,
    id: UserId,
    wished: impl Fn(&User) -> Result<User, Refusal>,
) -> Result<Json<UserShape>, Refusal> {
    let workspace = caller.workspace_id();
    for _ in 0..door.config().change_attempts_max {
        let before = found(door, caller, id).await?;
        let after = wished(&before)?;
        if after == before {
            return Ok(Json(UserShape::of(before, workspace, None)));
        }
        let after = User { updated_at: fresh::now(), ..after };
        let ends = if after.disabled { Ends::Sessions } else { Ends::Nothing };
        let audited = entries(caller, &before, &after);
        match door.store().users().change(UserChange { before, after: after.clone(), ends }, audited).await {
            Ok(()) => {
                tracing::info!(user.id = %id, "a user was changed");
                return Ok(Json(UserShape::of(after, workspace, None)));
            }
            Err(StoreError::Stale { .. }) => {}
            Err(StoreError::InUse { what: "owner", .. }) => {
                let reason =
                    format!("{} is the last owner of a workspace; make somebody else an owner first", after.email);
                return Err(Refusal::NotNow { reason });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Stale { what: "user" }.into())
}

/// What the logs are told: of a role that of the workspace, of everything else that of the host.
fn entries(caller: &Caller, before: &User, after: &User) -> LogEntries {
    let mut entries = LogEntries::new();
    let workspace = caller.workspace_id();
    let role = |user: &User| user.roles.get(&workspace).map_or(Value::Null, |role| json!({"role": role}));
    if role(before) != role(after) {
        let audited = entry(caller.by(), "user.role", subject(after), &role(before), &role(after));
        entries.insert(workspace, audited);
    }
    let (mut was, mut is) = (Map::new(), Map::new());
    let mut differ = |name: &str, before: Value, after: Value| {
        if before != after {
            was.insert(name.to_owned(), before);
            is.insert(name.to_owned(), after);
        }
    };
    differ("name", json!(before.name), json!(after.name));
    differ("disabled", json!(before.disabled), json!(after.disabled));
    differ("operator", json!(before.operator), json!(after.operator));
    if !is.is_empty() {
        let audited = entry(caller.by(), "user.change", subject(after), &Value::Object(was), &Value::Object(is));
        entries.insert(WorkspaceId::HOST, audited);
    }
    entries
}
