//! Which version new runs take: switched to an approved one, switched off, switched back. Runs under way keep to theirs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Approval, Plugin};
use schemars::JsonSchema;
use serde::Deserialize;

use super::found::{next_own, of_name, own, repeated, version};
use super::shape::DetailShape;
use crate::at::AtText;
use crate::audited::{audited, decided, subject};
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::refusal::Refusal;

/// Nothing more is to be said.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Nothing")]
pub(super) struct NothingMore {}

pub(super) async fn activate(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
    Given(NothingMore {}): Given<NothingMore>,
) -> Result<Json<DetailShape>, Refusal> {
    let plugin = next_own(door.store(), caller.workspace_id(), &text).await?;
    let plugin = switch(&door, &caller, &plugin, "plugin.activate").await?;
    Ok(Json(DetailShape::of(&door, &caller, &plugin).await?))
}

pub(super) async fn deactivate(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
    Given(NothingMore {}): Given<NothingMore>,
) -> Result<Json<DetailShape>, Refusal> {
    let plugin = own(door.store(), caller.workspace_id(), &text).await?;
    let digest = plugin.digest;
    repeated(&door, plugin, |plugin| off(&door, &caller, plugin)).await?;
    let plugin = version(door.store(), caller.workspace_id(), &digest.to_string()).await?;
    Ok(Json(DetailShape::of(&door, &caller, &plugin).await?))
}

/// Takes a version from new runs, if they take it.
async fn off(door: &Door, caller: &Caller, plugin: Arc<Plugin>) -> Result<(), Refusal> {
    if plugin.active {
        let after = Plugin { active: false, ..(*plugin).clone() };
        let entry = audited(caller, "plugin.deactivate", subject(&plugin), &decided(&plugin), &decided(&after));
        door.store().plugins().deactivate(&plugin, entry).await?;
        tracing::info!(plugin.name = plugin.manifest.name, plugin.digest = %plugin.digest, "a plugin was deactivated");
    }
    Ok(())
}

pub(super) async fn rollback(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
    Given(NothingMore {}): Given<NothingMore>,
) -> Result<Json<DetailShape>, Refusal> {
    let named = own(door.store(), caller.workspace_id(), &text).await?;
    let name = &named.manifest.name;
    let versions = of_name(door.store(), caller.workspace_id(), name).await?;
    let own: Vec<_> = versions.into_iter().filter(|plugin| plugin.workspace.is_some()).collect();
    // Ids sort by time: each rollback goes further back, and never forth again.
    let Some(present) = own.iter().find(|plugin| plugin.active).map(|plugin| plugin.id) else {
        let reason = format!("no version of {name} of this workspace's own is active; activate the one you want");
        return Err(Refusal::NotNow { reason });
    };
    let before = own
        .into_iter()
        .filter(|plugin| plugin.approval.is_given() && plugin.activated_at.is_some())
        .filter(|plugin| plugin.id < present)
        .max_by_key(|plugin| plugin.id);
    let Some(before) = before else {
        let reason = format!(
            "no approved version of {name} that was active once is older than the present one; activate the one you want"
        );
        return Err(Refusal::NotNow { reason });
    };
    let plugin = switch(&door, &caller, &before, "plugin.rollback").await?;
    Ok(Json(DetailShape::of(&door, &caller, &plugin).await?))
}

/// Makes an approved version of the workspace's own the active one of its name; one that is so already stays as it is.
pub(super) async fn switch(
    door: &Door,
    caller: &Caller,
    plugin: &Arc<Plugin>,
    act: &'static str,
) -> Result<Arc<Plugin>, Refusal> {
    repeated(door, Arc::clone(plugin), |plugin| on(door, caller, plugin, act)).await
}

async fn on(door: &Door, caller: &Caller, plugin: Arc<Plugin>, act: &'static str) -> Result<Arc<Plugin>, Refusal> {
    if plugin.active {
        return Ok(plugin);
    }
    match &plugin.approval {
        Approval::Approved { .. } => {}
        Approval::Pending => return Err(not_approved("nothing was decided about it yet; approve it first")),
        Approval::Refused { .. } => return Err(not_approved("it was refused; approve it to take that back")),
    }
    let after = Plugin { active: true, ..(*plugin).clone() };
    let entry = audited(caller, act, subject(&plugin), &decided(&plugin), &decided(&after));
    let active = door.store().plugins().activate(&plugin, fresh::now(), entry).await?;
    tracing::info!(plugin.name = plugin.manifest.name, plugin.digest = %plugin.digest, act, "a plugin is active");
    Ok(active)
}

fn not_approved(reason: &str) -> Refusal {
    Refusal::NotNow { reason: reason.to_owned() }
}
