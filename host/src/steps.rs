//! How the steps of a run are shown to people, by `run show` and by the demo.

use comfy_table::Table;
use serde_json::Value;

use crate::output::{clean, duration, size, table};

/// The longest text of an effect that is shown, in characters.
const TEXT_CHARS_MAX: usize = 80;

/// One row for each step: what ran, what became of it, what it took, what it changed.
pub(crate) fn steps_table(run: &Value) -> Table {
    let mut rows = table(&["#", "step", "plugin", "state", "tries", "time", "memory", "effects"]);
    for (index, step) in run["steps"].as_array().into_iter().flatten().enumerate() {
        let text = |name: &str| clean(step[name].as_str().unwrap_or_default());
        let number = |name: &str| step[name].as_u64().unwrap_or_default();
        rows.add_row([
            (index + 1).to_string(),
            text("name"),
            text("plugin"),
            text("state"),
            number("attempts").to_string(),
            duration(number("duration_us")),
            size(number("memory_bytes")),
            changes(step),
        ]);
    }
    rows
}

/// The effects of a step, one on a line; why it failed when it did.
fn changes(step: &Value) -> String {
    let effects = step["effects"].as_array().into_iter().flatten().map(effect_text);
    let failure = step.pointer("/failure/message").and_then(Value::as_str).map(clean);
    effects.chain(failure).collect::<Vec<_>>().join("\n")
}

/// An effect in a few words: its kind and the values it names.
fn effect_text(effect: &Value) -> String {
    let Some(fields) = effect.as_object() else { return clean(&effect.to_string()) };
    let mut words = vec![fields.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned()];
    for (name, value) in fields.iter().filter(|(name, _)| !["kind", "message"].contains(&name.as_str())) {
        match value {
            Value::Null => {}
            Value::Array(items) if items.is_empty() => {}
            Value::String(text) => words.push(format!("{name}: {}", shortened(text))),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                words.push(format!("{name}: {}", shortened(&value.to_string())));
            }
        }
    }
    words.join(" ")
}

fn shortened(text: &str) -> String {
    let text = clean(text).replace('\n', " ");
    if text.chars().count() <= TEXT_CHARS_MAX {
        return text;
    }
    text.chars().take(TEXT_CHARS_MAX - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{effect_text, steps_table};
    use serde_json::json;

    #[test]
    fn each_step_shows_time_memory_and_effects() {
        let run = json!({"steps": [{
            "name": "tell them", "action": "send-message", "plugin": "send-message 1.0.0", "state": "succeeded",
            "attempts": 1, "duration_us": 21, "memory_bytes": 1_179_648, "failure": null,
            "effects": [{"kind": "send", "message": "msg_1", "inbox": null, "body": "Hi John", "media": []}],
        }]});
        let text = steps_table(&run).to_string();
        for expected in ["tell them", "send-message 1.0.0", "succeeded", "21 µs", "1.1 MiB", "send body: Hi John"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }

    #[test]
    fn a_long_effect_is_cut() {
        let text = effect_text(&json!({"kind": "add-note", "body": "x".repeat(500)}));
        assert!(text.ends_with('…') && text.chars().count() < 110, "{text}");
    }
}
