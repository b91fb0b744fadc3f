//! Where a plugin is used: the automations whose newest version has a step with its action.

use std::sync::Arc;

use hookbox_model::{Automation, AutomationId, WorkspaceId};
use hookbox_store::{Store, StoreError};

use crate::names::Named;
use crate::paged::every;

/// The automations that use the action, oldest first.
pub(super) async fn automations(
    store: &dyn Store,
    workspace: WorkspaceId,
    action: &str,
) -> Result<Vec<Arc<Automation>>, StoreError> {
    let mut automations = every(|page| store.automations().page(workspace, page)).await?;
    let uses =
        |automation: &Automation| automation.document.steps.iter().any(|step| step.action.as_deref() == Some(action));
    automations.retain(|automation| uses(automation));
    Ok(automations)
}

/// An automation by its id and its name.
pub(super) fn named(automation: &Automation) -> Named<AutomationId> {
    Named { id: automation.id, name: automation.document.name.clone() }
}
