//! Changes of users: their role in the workspace, their name, whether they can log in, whether they keep the host.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Invite, Role, User, UserId, WorkspaceId};
use hookbox_store::{Ends, LogEntries, StoreError, UserChange};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{UserShape, answers_for, is_seen, subject};
use crate::at::At;
use crate::audited::entry;
use crate::caller::{AsOwner, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::invites::new_invite;
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
    changed(&door, &caller, id, |before| wish.of(&caller, before)).await.map(Json)
}

pub(super) async fn remove(
    State(door): State<Arc<Door>>,
    AsOwner(caller): AsOwner,
    At(id): At<UserId>,
) -> Result<Json<UserShape>, Refusal> {
    let removed = changed(&door, &caller, id, |before| {
        is_seen(&caller, before)?;
        let mut after = before.clone();
        after.roles.remove(&caller.workspace_id());
        Ok(after)
    });
    removed.await.map(Json)
}

impl UserWish {
    /// The user as the caller wishes them, if they may.
    fn of(&self, caller: &Caller, before: &User) -> Result<User, Refusal> {
        is_seen(caller, before)?;
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

/// Changes a user as they are now, again when somebody else changed them meanwhile. Whoever reaches further by it has no password any
/// more, and no session and no token: whoever has those, or made the link that they came by, was given them for less. The answer has a
/// link for them.
pub(super) async fn changed(
    door: &Door,
    caller: &Caller,
    id: UserId,
    wished: impl Fn(&User) -> Result<User, Refusal>,
) -> Result<UserShape, Refusal> {
    let workspace = caller.workspace_id();
    for _ in 0..door.config().change_attempts_max {
        let before = door.store().users().get(id).await?.ok_or(Refusal::Missing { what: "user" })?;
        let mut after = wished(&before)?;
        if after == before {
            return Ok(UserShape::of(before, workspace, None));
        }
        after.updated_at = fresh::now();
        let mut link = None;
        if after.reaches_further_than(&before) {
            after.password = None;
            link = if after.disabled { None } else { Some(new_invite(door, id)?) };
        }
        let (invite, url) = link.unzip();
        let ends = if after.disabled { Ends::Sessions } else { Ends::Nothing };
        let audited = entries(caller, &before, &after, invite.as_ref());
        let change = UserChange { before, after: after.clone(), ends, invite };
        match door.store().users().change(change, audited).await {
            Ok(()) => {
                tracing::info!(user.id = %id, "a user was changed");
                return Ok(UserShape::of(after, workspace, url));
            }
            Err(StoreError::Stale { .. }) => {}
            Err(StoreError::InUse { what, .. }) => return Err(last_of(what, &after)),
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Stale { what: "user" }.into())
}

/// The refusal of what would leave nobody who can say who may do what.
fn last_of(what: &str, user: &User) -> Refusal {
    let of = if what == "owner" { "a workspace" } else { "the host" };
    let reason = format!("{} is the last {what} of {of}; make somebody else an {what} first", user.email);
    Refusal::NotNow { reason }
}

/// What the logs are told: that of the host of all but roles, and that of each workspace of the user's of their role there, and of what
/// decides who can log in as them.
fn entries(caller: &Caller, before: &User, after: &User, invite: Option<&Invite>) -> LogEntries {
    let everywhere = || {
        let mut sides = Sides::default();
        sides.differ("disabled", json!(before.disabled), json!(after.disabled));
        sides.differ("invite_expires_at", Value::Null, json!(invite.map(|invite| invite.expires_at)));
        sides
    };
    let act = |is_change: bool| if is_change { "user.change" } else { "user.invite" };
    let mut of_host = everywhere();
    of_host.differ("name", json!(before.name), json!(after.name));
    of_host.differ("operator", json!(before.operator), json!(after.operator));
    let is_change = (&before.name, before.operator, before.disabled) != (&after.name, after.operator, after.disabled);
    let mut logs = vec![(WorkspaceId::HOST, act(is_change), of_host)];
    let workspaces: BTreeSet<WorkspaceId> = before.roles.keys().chain(after.roles.keys()).copied().collect();
    for workspace in workspaces {
        let (was, is) = (before.roles.get(&workspace), after.roles.get(&workspace));
        let mut sides = everywhere();
        sides.differ("role", json!(was), json!(is));
        let act = if was == is { act(before.disabled != after.disabled) } else { "user.role" };
        logs.push((workspace, act, sides));
    }
    let told = logs.into_iter().filter(|(_, _, sides)| !(sides.was.is_empty() && sides.is.is_empty()));
    told.map(|(log, act, sides)| {
        let (was, is) = (side(sides.was), side(sides.is));
        (log, entry(caller.by(), act, subject(after), &was, &is))
    })
    .collect()
}

/// What differs: as it was, and as it is.
#[derive(Default)]
struct Sides {
    was: Map<String, Value>,
    is: Map<String, Value>,
}

impl Sides {
    /// Notes something if it differs; what is null is not there.
    fn differ(&mut self, name: &str, was: Value, is: Value) {
        if was == is {
            return;
        }
        for (side, value) in [(&mut self.was, was), (&mut self.is, is)] {
            if !value.is_null() {
                side.insert(name.to_owned(), value);
            }
        }
    }
}

/// One side, as the log has it.
fn side(told: Map<String, Value>) -> Value {
    if told.is_empty() { Value::Null } else { Value::Object(told) }
}
