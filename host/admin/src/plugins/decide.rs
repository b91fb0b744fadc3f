//! Decisions about an uploaded version: what it may do, or that it may not run. Each is in the audit log, before and after.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Approval, Grants, Need, Plugin};
use schemars::JsonSchema;
use serde::Deserialize;

use super::activate;
use super::found::{next_own, repeated};
use super::shape::DetailShape;
use crate::at::AtText;
use crate::audited::{audited, decided, subject};
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::refusal::{Fault, Refusal};

/// The longest reason of a refusal, in characters.
const REASON_CHARS_MAX: usize = 1_000;

/// What is granted: everything that is asked, or these.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ApproveWish {
    /// Everything that it asks.
    #[serde(default)]
    all: bool,
    /// These of what it asks, scope by scope; none of it when empty.
    grants: Option<Vec<GrantWish>>,
    /// Whether new runs take it from now on.
    #[serde(default)]
    activate: bool,
}

/// One capability and what it is granted for, each as the plugin asks it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Grant")]
pub(super) struct GrantWish {
    /// The capability.
    capability: String,
    /// To what.
    scope: Vec<String>,
}

/// Why a version may not run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefuseWish {
    /// For whoever wrote it.
    #[schemars(length(min = 1, max = 1000), regex(pattern = r"\S"))]
    reason: String,
}

pub(super) async fn approve(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
    Given(wish): Given<ApproveWish>,
) -> Result<Json<DetailShape>, Refusal> {
    let plugin = next_own(door.store(), caller.workspace_id(), &text).await?;
    let grants = match (wish.all, &wish.grants) {
        (true, None) => Grants::all_of(&plugin.manifest.needs),
        (false, Some(wanted)) => granted(&plugin.manifest.needs, wanted)?,
        (true, Some(_)) => return Err(fault("grants", "it is given together with all; leave one of them out")),
        (false, None) => return Err(fault("grants", "one of all and grants is needed")),
    };
    let approval = Approval::Approved { by: caller.by(), at: fresh::now() };
    let plugin =
        repeated(&door, plugin, |plugin| decide(&door, &caller, plugin, "plugin.approve", (&approval, &grants)))
            .await?;
    let plugin =
        if wish.activate { activate::switch(&door, &caller, &plugin, "plugin.activate").await? } else { plugin };
    Ok(Json(DetailShape::of(&door, &caller, &plugin).await?))
}

pub(super) async fn refuse(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
    Given(wish): Given<RefuseWish>,
) -> Result<Json<DetailShape>, Refusal> {
    let reason = wish.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(fault("reason", &format!("it must have 1 to {REASON_CHARS_MAX} characters")));
    }
    let plugin = next_own(door.store(), caller.workspace_id(), &text).await?;
    let (by, at) = (caller.by(), fresh::now());
    let decision = (&Approval::Refused { by, at, reason: reason.to_owned() }, &Grants::default());
    let plugin = repeated(&door, plugin, |plugin| decide(&door, &caller, plugin, "plugin.refuse", decision)).await?;
    Ok(Json(DetailShape::of(&door, &caller, &plugin).await?))
}

async fn decide(
    door: &Door,
    caller: &Caller,
    plugin: Arc<Plugin>,
    act: &'static str,
    (approval, grants): (&Approval, &Grants),
) -> Result<Arc<Plugin>, Refusal> {
    if plugin.active && !approval.is_given() {
        let name = &plugin.manifest.name;
        return Err(Refusal::NotNow { reason: format!("it is the active version of {name}; deactivate it first") });
    }
    let after = Plugin { approval: approval.clone(), grants: grants.clone(), ..(*plugin).clone() };
    let entry = audited(caller, act, subject(&plugin), &decided(&plugin), &decided(&after));
    let decided = door.store().plugins().decide(&plugin, approval.clone(), grants.clone(), entry).await?;
    tracing::info!(plugin.name = plugin.manifest.name, plugin.digest = %plugin.digest, act, "a plugin was decided about");
    Ok(decided)
}

/// The part of what is asked that is wanted. What was not asked for is told at its place.
pub(super) fn granted(needs: &[Need], wanted: &[GrantWish]) -> Result<Grants, Refusal> {
    let wanted: Vec<Need> = wanted
        .iter()
        .map(|wish| Need { capability: wish.capability.clone(), scope: wish.scope.clone(), reason: String::new() })
        .collect();
    let mut faults = Vec::new();
    for (index, need) in wanted.iter().enumerate() {
        if need.scope.is_empty() {
            faults.push(Fault::new(
                format!("grants[{index}].scope"),
                "it is empty; say what the capability is granted for",
            ));
        }
        if let Err(error) = Grants::within(needs, std::slice::from_ref(need)) {
            faults.push(Fault::new(format!("grants[{index}]"), error.to_string()));
        }
    }
    let granted = Grants::within(needs, &wanted);
    match granted {
        Ok(granted) if faults.is_empty() => Ok(granted),
        Ok(_) | Err(_) => Err(Refusal::Faults(faults)),
    }
}

fn fault(at: &str, message: &str) -> Refusal {
    Refusal::Faults(vec![Fault::new(at, message)])
}
