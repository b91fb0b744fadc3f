//! The report of a dry run as people read it: the contact line by line as a diff, the steps, what would be written.

use serde_json::{Value, json};

use crate::cli::page::{cell, text_at};
use crate::output::clean;
use crate::steps::steps_table;

/// The longest text of a message that is shown, in characters.
const BODY_CHARS_MAX: usize = 200;

/// A whole report. `item` is the element of `each` that was asked for.
pub(super) fn report_text(report: &Value, item: Option<u32>) -> String {
    let mut parts = Vec::new();
    if let Some(items) = report["items"].as_u64() {
        parts.push(format!("one of {items} runs that the payload would become: number {}", item.unwrap_or_default()));
    }
    if report["after"].is_object() {
        parts.push(contact_text(report));
    }
    if items(&report["steps"]).next().is_some() {
        parts.push(steps_table(report).to_string());
    }
    parts.extend(items(&report["conversations"]).map(conversation_text));
    parts.extend(items(&report["messages"]).map(message_text));
    parts.extend(state_text(&report["state"]));
    parts.push("nothing of this was done".to_owned());
    parts.join("\n\n")
}

fn contact_text(report: &Value) -> String {
    let head = match report.pointer("/before/id").and_then(Value::as_str) {
        Some(id) => format!("contact {id}"),
        None => "contact (new)".to_owned(),
    };
    with_changes(&head, &report["changes"])
}

fn conversation_text(change: &Value) -> String {
    let inbox = text_at(change, "/after/inbox/name");
    let head = match change.pointer("/before/id").and_then(Value::as_str) {
        Some(id) => format!("conversation {id} in {inbox}"),
        None => format!("conversation (new) in {inbox}"),
    };
    with_changes(&head, &change["changes"])
}

/// The heading, and each change in a line that says what comes (`+`), goes (`-`) or becomes something else (`~`).
pub(in crate::cli) fn with_changes(head: &str, changes: &Value) -> String {
    let places: Vec<String> = items(changes).map(|change| text_at(change, "/at")).collect();
    let width = places.iter().map(|place| place.chars().count()).max().unwrap_or_default();
    let lines = items(changes).zip(&places).map(|(change, place)| {
        let (before, after) = (&change["before"], &change["after"]);
        match (before.is_null(), after.is_null()) {
            (true, _) => format!("  + {place:width$}  {}", shown(after)),
            (false, true) => format!("  - {place:width$}  {}", shown(before)),
            (false, false) => format!("  ~ {place:width$}  {} → {}", shown(before), shown(after)),
        }
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { format!("{head}\n  (stays as it is)") } else { format!("{head}\n{}", lines.join("\n")) }
}

/// A value as it differs: texts in quotes, so that blanks are seen.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(_) => cell(Some(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            clean(&value.to_string())
        }
    }
}

/// What plugins would remember, as a diff; nothing when that stays as it is.
fn state_text(state: &Value) -> Option<String> {
    let changes = items(state).map(|change| {
        let at = format!("{} {}", text_at(change, "/plugin"), text_at(change, "/key"));
        json!({"at": at, "before": change["before"], "after": change["after"]})
    });
    let changes: Vec<Value> = changes.collect();
    (!changes.is_empty()).then(|| with_changes("plugins would remember", &changes.into()))
}

fn message_text(message: &Value) -> String {
    let nobody = if message["sandbox"] == true { " to nobody" } else { "" };
    let (state, inbox) = (text_at(message, "/state"), text_at(message, "/inbox/name"));
    let mut head = format!("message ({state}{nobody}) from {inbox}");
    if let Some(due) = message["due_at"].as_str().or(message["send_at"].as_str()) {
        head.push_str(&format!(", not before {}", clean(due)));
    }
    if let Some(reason) = message["reason"].as_str() {
        head.push_str(&format!(": {}", clean(reason)));
    }
    let body = text_at(message, "/body");
    let cut = if body.chars().count() > BODY_CHARS_MAX { "…" } else { "" };
    let body: String = body.chars().take(BODY_CHARS_MAX).collect();
    format!("{head}\n  | {}{cut}", body.replace('\n', "\n  | "))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::report_text;
    use serde_json::json;

    #[test]
    fn a_report_shows_what_comes_goes_and_changes() {
        let report = json!({
            "failure": null, "items": 3, "before": {"id": "con_1"}, "after": {"id": "con_1"},
            "changes": [
                {"at": "fields.city", "before": null, "after": "Köln "},
                {"at": "fields.n", "before": 1, "after": 2},
                {"at": "tags", "before": ["a", "b"], "after": null},
            ],
            "steps": [],
            "conversations": [{"changes": [], "before": null, "after": {"inbox": {"id": "inb_1", "name": "support"}}}],
            "state": [{"plugin": "score-lead", "key": "total", "before": "1", "after": "2"}],
            "messages": [{"state": "held", "sandbox": false, "inbox": {"name": "support"}, "body": "Hi\nJohn", "reason": "quiet hours", "due_at": "T"}],
        });
        assert_eq!(
            report_text(&report, Some(1)),
            "one of 3 runs that the payload would become: number 1\n\n\
             contact con_1\n  + fields.city  \"Köln \"\n  ~ fields.n     1 → 2\n  - tags         \"a\", \"b\"\n\n\
             conversation (new) in support\n  (stays as it is)\n\n\
             message (held) from support, not before T: quiet hours\n  | Hi\n  | John\n\n\
             plugins would remember\n  ~ score-lead total  \"1\" → \"2\"\n\n\
             nothing of this was done"
        );
    }
}
