//! Pausing, resuming and archiving an automation. It goes live only if its document passes the checks that it passed when it was saved:
//! what it names may be gone or called otherwise since.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, AutomationState};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::shape::AutomationShape;
use super::versions::checked_again;
use crate::at::At;
use crate::audited::{audited, of_automation};
use crate::caller::AsEditor;
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::refusal::Refusal;

/// The state that an automation is to come to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StateWish {
    /// The state; when a paused one becomes live again its held runs begin. One whose document names what is gone does not become live.
    state: AutomationState,
}

pub(super) async fn change(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    Given(wish): Given<StateWish>,
) -> Result<Json<AutomationShape>, Refusal> {
    let automations = door.store().automations();
    let before = automations.get(caller.workspace_id(), id).await?.ok_or(Refusal::Missing { what: "automation" })?;
    if wish.state == AutomationState::Live && before.state != AutomationState::Live {
        checked_again(&door, &caller, &before.document).await?;
    }
    let (was, becomes) = (json!({"state": before.state}), json!({"state": wish.state}));
    let entry = audited(&caller, "automation.state", of_automation(&before), &was, &becomes);
    automations.set_state(caller.workspace_id(), id, wish.state, fresh::now(), entry).await?;
    tracing::info!(automation.id = %id, state = wish.state.as_str(), "an automation came to another state");
    let found = automations.get(caller.workspace_id(), id).await?;
    let automation = found.ok_or(Refusal::Missing { what: "automation" })?;
    Ok(Json(AutomationShape::of(&automation, &door)))
}
