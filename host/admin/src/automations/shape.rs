//! An automation as the API shows it.

use std::sync::Arc;

use hookbox_model::{Automation, AutomationId, AutomationState, Document, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::door::Door;

/// A trigger, a mapping and ordered steps, at one version.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Automation")]
pub(super) struct AutomationShape {
    /// Its id.
    id: AutomationId,
    /// Its name, unique in the workspace.
    name: String,
    /// Whether it takes requests.
    state: AutomationState,
    /// 1 at first; every change makes a new one, and runs keep the one they began with.
    version: u32,
    /// Where outside systems send JSON to.
    url: String,
    /// Where a request is only looked at: it is kept for `GET …/tests`, and nothing runs.
    test_url: String,
    /// What it does.
    document: Arc<Document>,
    /// When it was first applied.
    created_at: Timestamp,
    /// When this version was applied, or came to its state.
    updated_at: Timestamp,
    /// Who applied this version: a user (`usr_…`), a token (`tok_…`), a user by one (`usr_… with tok_…`), or the `host`.
    by: String,
}

impl AutomationShape {
    /// An automation with its URL.
    pub(super) fn of(automation: &Automation, door: &Door) -> Self {
        Self {
            id: automation.id,
            name: automation.document.name.clone(),
            state: automation.state,
            version: automation.version,
            test_url: format!("{}/test", webhook_url(door, automation.id)),
            url: webhook_url(door, automation.id),
            document: Arc::clone(&automation.document),
            created_at: automation.created_at,
            updated_at: automation.updated_at,
            by: automation.saved_by.clone(),
        }
    }
}

/// Where outside systems send JSON to.
pub(super) fn webhook_url(door: &Door, automation: AutomationId) -> String {
    let base = door.config().public_url.as_deref().unwrap_or_default();
    format!("{}/automations/{automation}", base.trim_end_matches('/'))
}
