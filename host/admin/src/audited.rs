//! What the audit log is told of a change: who made it, to what, from what to what. Never the text of a secret.

use hookbox_model::{Audited, Plugin};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::fresh;

/// The entry of a change by `caller`. `before` and `after` are null where there is nothing.
pub(crate) fn audited(caller: &Caller, act: &'static str, subject: String, before: &Value, after: &Value) -> Audited {
    let (before, after) = (before.to_string(), after.to_string());
    Audited { at: fresh::now(), by: caller.by(), act, subject, before, after }
}

/// What people call a plugin version, with its id.
pub(crate) fn subject(plugin: &Plugin) -> String {
    format!("{} {} {}", plugin.id, plugin.manifest.name, plugin.manifest.version)
}

/// What was decided about a plugin version, as the log keeps it.
pub(crate) fn decided(plugin: &Plugin) -> Value {
    json!({"approval": plugin.approval, "grants": plugin.grants.as_needs(), "active": plugin.active})
}
