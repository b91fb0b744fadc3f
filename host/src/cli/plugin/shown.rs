//! A plugin version as people read it: what it is, what it asks and why, what that is more than before.

use serde_json::Value;

use crate::cli::page::{Column, cell, record_text, text_at};
use crate::output::{clean, table};

/// What is shown of a version.
const ROWS: [Column; 12] = [
    ("id", "/id"),
    ("name", "/manifest/name"),
    ("version", "/manifest/version"),
    ("title", "/manifest/title"),
    ("digest", "/digest"),
    ("origin", "/origin"),
    ("approval", "/approval/state"),
    ("reason", "/approval/reason"),
    ("active", "/active"),
    ("installed", "/installed_at"),
    ("used by", "/used_by"),
    ("health", "/health/state"),
];

/// A version in a line: its name, its version and its id.
pub(super) fn title(plugin: &Value) -> String {
    let [name, version, id] = ["/manifest/name", "/manifest/version", "/id"].map(|at| text_at(plugin, at));
    format!("{name} {version} ({id})")
}

/// Everything that is known of a version.
pub(super) fn plugin_text(plugin: &Value) -> String {
    let mut parts = vec![record_text(plugin, &ROWS), needs_text(plugin)];
    parts.extend(change_text(&plugin["change"]));
    let (keys, bytes) = (plugin.pointer("/state/keys"), plugin.pointer("/state/bytes"));
    if keys.and_then(Value::as_u64).is_some_and(|keys| keys > 0) {
        parts.push(format!("it remembers {} keys, {} bytes", cell(keys), cell(bytes)));
    }
    parts.extend(fault_text(&plugin["last_fault"]));
    parts.join("\n\n")
}

/// What it asks and why, each scope with whether it is granted.
pub(super) fn needs_text(plugin: &Value) -> String {
    let needs = items(&plugin["manifest"]["needs"]);
    let mut rows = table(&["it asks", "for", "granted", "because"]);
    let mut any = false;
    for need in needs {
        for scope in items(&need["scope"]) {
            any = true;
            let granted = if is_granted(plugin, need, scope) { "yes" } else { "" };
            rows.add_row([&text_at(need, "/capability"), &cell(Some(scope)), granted, &text_at(need, "/reason")]);
        }
    }
    if any { rows.to_string() } else { "it asks nothing".to_owned() }
}

/// What it asks more, and no longer, than the active version may do; nothing for the active one itself.
pub(super) fn change_text(change: &Value) -> Option<String> {
    let part = |sign: char, key: &str| {
        let needs = items(&change[key]);
        let lines = needs.flat_map(move |need| {
            let (capability, reason) = (text_at(need, "/capability"), text_at(need, "/reason"));
            items(&need["scope"]).map(move |scope| format!("  {sign} {capability} {}  ({reason})", cell(Some(scope))))
        });
        lines.collect::<Vec<String>>()
    };
    if change.is_null() {
        return None;
    }
    let lines = [part('+', "added"), part('-', "dropped")].concat();
    if lines.is_empty() {
        return Some("it asks what the active version may do, and no more".to_owned());
    }
    Some(format!("compared with what the active version may do:\n{}", lines.join("\n")))
}

/// The last trap or exhausted limit, with the guest's frames.
fn fault_text(fault: &Value) -> Option<String> {
    let message = fault["message"].as_str()?;
    let [at, run, step] = ["/at", "/run", "/step"].map(|part| text_at(fault, part));
    let frames = clean(fault["backtrace"].as_str().unwrap_or_default());
    let frames: String = frames.lines().map(|frame| format!("\n  {frame}")).collect();
    Some(format!("last fault at {at} in {run}, step {step}: {}{frames}", clean(message)))
}

fn is_granted(plugin: &Value, need: &Value, scope: &Value) -> bool {
    items(&plugin["grants"]).any(|grant| {
        grant["capability"] == need["capability"] && items(&grant["scope"]).any(|granted| granted == scope)
    })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{change_text, plugin_text};

    fn plugin() -> Value {
        let need = json!({"capability": "contacts.tag", "scope": ["hot", "cold"], "reason": "to mark leads"});
        json!({
            "id": "plg_1", "active": false, "approval": {"state": "approved"},
            "manifest": {"name": "score-lead", "version": "2.0.0", "needs": [need]},
            "grants": [{"capability": "contacts.tag", "scope": ["hot"], "reason": "to mark leads"}],
            "change": {"added": [], "kept": [need], "dropped": []},
            "used_by": [{"id": "aut_1", "name": "Leads"}], "state": {"keys": 2, "bytes": 20},
            "last_fault": {"at": "T", "run": "run_1", "step": "score", "message": "unreachable", "backtrace": "a!f\nb!g"},
        })
    }

    #[test]
    fn a_version_shows_what_it_asks_what_is_granted_and_how_it_failed_last() {
        let text = plugin_text(&plugin());
        for expected in [
            "score-lead",
            "Leads",
            "hot",
            "cold",
            "to mark leads",
            "and no more",
            "2 keys",
            "step score: unreachable\n  a!f\n  b!g",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        let granted = text.lines().filter(|line| line.contains("yes")).collect::<Vec<_>>();
        assert!(granted.len() == 1 && granted[0].contains("hot"), "{text}");
    }

    #[test]
    fn what_a_version_asks_more_stands_out() {
        let need = |scope: &str| json!([{"capability": "http", "scope": [scope], "reason": "to ask"}]);
        let change = json!({"added": need("GET https://a"), "kept": [], "dropped": need("*")});
        let text = change_text(&change).expect("a change");
        assert!(text.ends_with(":\n  + http GET https://a  (to ask)\n  - http *  (to ask)"), "{text}");
        assert_eq!(change_text(&Value::Null), None);
    }
}
