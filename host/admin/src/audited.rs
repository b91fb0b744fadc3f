//! What the audit log is told of a change: who made it, to what, from what to what, as the API shows it. Never the text of a
//! secret. Where the store does not compare a record with what was read, `before` is what it was a moment before.

use hookbox_model::{Audited, Automation, Digest, Plugin};
use serde::Serialize;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::fresh;

/// The longest JSON of `before` and of `after` in bytes; a longer one is told by its length and digest.
pub(crate) const SIDE_BYTES_MAX: usize = 16 * 1_024;

/// The entry of a change by `caller`. `before` and `after` are null where there is nothing.
pub(crate) fn audited(caller: &Caller, act: &'static str, subject: String, before: &Value, after: &Value) -> Audited {
    entry(caller.by(), act, subject, before, after)
}

/// The entry of a change by somebody who is called so: what concerns no workspace, or is done by the host itself.
pub(crate) fn entry(by: String, act: &'static str, subject: String, before: &Value, after: &Value) -> Audited {
    Audited { at: fresh::now(), by, act, subject, before: side(before), after: side(after) }
}

/// The entry of something that `caller` made.
pub(crate) fn made<S: Serialize>(caller: &Caller, act: &'static str, subject: String, after: &S) -> Audited {
    audited(caller, act, subject, &Value::Null, &shown(after))
}

/// The entry of something that `caller` took away.
pub(crate) fn gone<S: Serialize>(caller: &Caller, act: &'static str, subject: String, before: &S) -> Audited {
    audited(caller, act, subject, &shown(before), &Value::Null)
}

/// The entry of a change by `caller`: of both sides only what differs.
pub(crate) fn changed<S: Serialize>(
    caller: &Caller,
    act: &'static str,
    subject: String,
    (before, after): (&S, &S),
) -> Audited {
    let (mut before, mut after) = (shown(before), shown(after));
    keep_differing(&mut before, &mut after);
    audited(caller, act, subject, &before, &after)
}

/// A shape as the API shows it.
pub(crate) fn shown<S: Serialize>(shape: &S) -> Value {
    serde_json::to_value(shape).expect("a shape of texts, numbers and maps with text keys is JSON")
}

/// Takes from two objects what is the same in both.
fn keep_differing(before: &mut Value, after: &mut Value) {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return };
    before.retain(|key, value| {
        let same = after.get(key) == Some(value);
        if same {
            after.remove(key);
        }
        !same
    });
    for (key, value) in before {
        if let Some(other) = after.get_mut(key) {
            keep_differing(value, other);
        }
    }
}

fn side(value: &Value) -> String {
    let text = value.to_string();
    if text.len() <= SIDE_BYTES_MAX {
        return text;
    }
    json!({"sha256": Digest::of(text.as_bytes()), "bytes": text.len()}).to_string()
}

/// What people call an automation, with its id.
pub(crate) fn of_automation(automation: &Automation) -> String {
    format!("{} {}", automation.id, automation.document.name)
}

/// An automation as the log keeps it: the store has the document of each version.
pub(crate) fn version(automation: &Automation) -> Value {
    let document = shown(&automation.document).to_string();
    let sha256 = Digest::of(document.as_bytes());
    json!({"version": automation.version, "sha256": sha256, "state": automation.state})
}

/// What people call a plugin version, with its id.
pub(crate) fn subject(plugin: &Plugin) -> String {
    format!("{} {} {}", plugin.id, plugin.manifest.name, plugin.manifest.version)
}

/// What was decided about a plugin version, as the log keeps it.
pub(crate) fn decided(plugin: &Plugin) -> Value {
    json!({"approval": plugin.approval, "grants": plugin.grants.as_needs(), "active": plugin.active})
}

#[cfg(test)]
mod tests {
    use hookbox_model::Digest;
    use serde_json::{Value, json};

    use super::{SIDE_BYTES_MAX, keep_differing, side};

    #[test]
    fn of_a_change_only_what_differs_is_told() {
        let mut before = json!({"id": 1, "name": "a", "fields": {"x": 1, "y": 2}, "tags": ["t"], "gone": null});
        let mut after = json!({"id": 1, "name": "b", "fields": {"x": 1, "y": 3, "z": 4}, "tags": ["t"]});
        keep_differing(&mut before, &mut after);
        assert_eq!(before, json!({"name": "a", "fields": {"y": 2}, "gone": null}));
        assert_eq!(after, json!({"name": "b", "fields": {"y": 3, "z": 4}}));
    }

    #[test]
    fn what_is_too_long_for_the_log_is_told_by_its_digest() {
        let fits = Value::String("x".repeat(SIDE_BYTES_MAX - 2));
        assert_eq!(side(&fits), fits.to_string());
        let long = Value::String("x".repeat(SIDE_BYTES_MAX - 1));
        let sha256 = Digest::of(long.to_string().as_bytes());
        assert_eq!(side(&long), json!({"sha256": sha256, "bytes": SIDE_BYTES_MAX + 1}).to_string());
    }
}
