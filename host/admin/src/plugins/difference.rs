//! What differs between two dry runs: value by value, each with its place. What differs always (ids, times taken, versions) is
//! not looked at.

use hookbox_store::StoreError;
use serde_json::{Map, Value};

use crate::automations::{ChangeShape, ReportShape};

/// The most differences of one capture that are listed.
const LISTED_MAX: usize = 100;

/// The longest JSON text of a value that is shown whole, in characters.
const VALUE_CHARS_MAX: usize = 2_000;

/// What is compared of a step. Of its log only what the host wrote about calls to other machines.
const OF_STEPS: [&str; 5] = ["name", "state", "output", "effects", "failure"];
/// How the host's lines begin about calls that were not made.
const NOT_MADE: [&str; 3] = ["not sent: ", "not granted: ", "dry run: "];
/// What is compared of a message.
const OF_MESSAGES: [&str; 9] = ["inbox", "direction", "body", "media", "state", "sandbox", "reason", "send_at", "step"];

/// What differs.
pub(super) struct Differences {
    /// The first of them.
    pub(super) listed: Vec<ChangeShape>,
    /// How many there are beyond these.
    pub(super) more: usize,
}

/// What of a report is compared.
pub(super) fn outcome(report: &ReportShape) -> Result<Value, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged { what: "dry run", reason: error.to_string() };
    let Value::Object(report) = serde_json::to_value(report).map_err(damaged)? else { return Ok(Value::Null) };
    let items = |key: &str| report.get(key).and_then(Value::as_array).into_iter().flatten();
    let mut outcome = Map::new();
    outcome.insert("failure".to_owned(), report.get("failure").cloned().unwrap_or_default());
    outcome.insert("contact".to_owned(), changes(report.get("changes")));
    outcome.insert("steps".to_owned(), items("steps").map(step).collect());
    outcome.insert("messages".to_owned(), items("messages").map(|message| only(message, &OF_MESSAGES)).collect());
    outcome.insert("conversations".to_owned(), items("conversations").map(conversation).collect());
    outcome.insert("state".to_owned(), state(items("state")));
    Ok(Value::Object(outcome))
}

/// What is not the same in two outcomes.
pub(super) fn between(before: &Value, after: &Value) -> Differences {
    let mut found = Differences { listed: Vec::new(), more: 0 };
    walk(String::new(), before, after, &mut found);
    found
}

fn walk(at: String, before: &Value, after: &Value, found: &mut Differences) {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            let new = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(new) {
                let inner = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                walk(inner, one.get(key).unwrap_or(&Value::Null), other.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for index in 0..one.len().max(other.len()) {
                let of = |values: &[Value]| values.get(index).cloned().unwrap_or_default();
                walk(format!("{at}[{index}]"), &of(one), &of(other), found);
            }
        }
        (before, after) if before == after => {}
        (before, after) if found.listed.len() < LISTED_MAX => {
            found.listed.push(ChangeShape { at, before: shortened(before), after: shortened(after) });
        }
        (_, _) => found.more += 1,
    }
}

/// The value, or how it begins.
fn shortened(value: &Value) -> Value {
    let text = value.to_string();
    if text.chars().count() <= VALUE_CHARS_MAX {
        return value.clone();
    }
    let begin: String = text.chars().take(VALUE_CHARS_MAX).collect();
    Value::from(format!("{begin}… ({} bytes)", text.len()))
}

fn step(step: &Value) -> Value {
    let mut compared = only(step, &OF_STEPS);
    for effect in compared["effects"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        effect.remove("message");
    }
    compared["calls"] = calls(&step["log"]);
    compared
}

/// The lines of a log about calls to other machines, without the time that they took.
fn calls(log: &Value) -> Value {
    let lines = log.as_array().into_iter().flatten();
    lines.filter_map(|line| call(line["message"].as_str()?)).map(Value::from).collect()
}

/// A line that the host writes about a call: `POST https://host/path -> 200 in 34 ms`, or why it was not made.
fn call(line: &str) -> Option<String> {
    if NOT_MADE.iter().any(|begin| line.starts_with(begin)) {
        return Some(line.to_owned());
    }
    let (what, came) = line.split_once(" -> ")?;
    let (method, url) = what.split_once(' ')?;
    if !method.bytes().all(|byte| byte.is_ascii_uppercase()) || !url.starts_with("http") {
        return None;
    }
    let (came, took) = came.split_once(" in ").unwrap_or((came, ""));
    let why = took.split_once(" ms").map_or("", |(_, why)| why);
    Some(format!("{what} -> {came}{why}"))
}

fn conversation(change: &Value) -> Value {
    let mut compared = Map::new();
    compared.insert("inbox".to_owned(), change["after"]["inbox"]["name"].clone());
    compared.insert("changes".to_owned(), changes(change.get("changes")));
    compared.into()
}

/// Changes by their place, as they would be.
fn changes(changes: Option<&Value>) -> Value {
    let changes = changes.and_then(Value::as_array).into_iter().flatten();
    let by_place = changes.filter_map(|change| Some((change["at"].as_str()?.to_owned(), change["after"].clone())));
    Value::Object(by_place.collect())
}

/// What plugins would remember, by plugin and key.
fn state<'v>(changes: impl Iterator<Item = &'v Value>) -> Value {
    let by_key = changes.filter_map(|change| {
        Some((format!("{}/{}", change["plugin"].as_str()?, change["key"].as_str()?), change["after"].clone()))
    });
    Value::Object(by_key.collect())
}

fn only(record: &Value, keys: &[&str]) -> Value {
    keys.iter().map(|key| ((*key).to_owned(), record[*key].clone())).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{LISTED_MAX, VALUE_CHARS_MAX, between, call};

    #[track_caller]
    fn check(before: Value, after: Value, wanted: &Value) {
        let found = between(&before, &after);
        assert_eq!((serde_json::to_value(found.listed).expect("JSON"), found.more), (wanted.clone(), 0));
    }

    #[test]
    fn each_value_that_differs_is_told_with_its_place() {
        let one =
            json!({"steps": [{"name": "score", "effects": [{"kind": "add-tag", "tag": "v1"}], "output": {"n": 1}}]});
        check(one.clone(), one.clone(), &json!([]));
        let other = json!({"steps": [{"name": "score", "output": {"n": 2}, "effects": [
            {"kind": "add-tag", "tag": "v2"}, {"kind": "add-to-list", "list": "customers"},
        ]}]});
        check(
            one,
            other,
            &json!([
                {"at": "steps[0].effects[0].tag", "before": "v1", "after": "v2"},
                {"at": "steps[0].effects[1]", "before": null, "after": {"kind": "add-to-list", "list": "customers"}},
                {"at": "steps[0].output.n", "before": 1, "after": 2},
            ]),
        );
        check(
            json!({"failure": null}),
            json!({"failure": {"code": "trap"}}),
            &json!([
                {"at": "failure", "before": null, "after": {"code": "trap"}},
            ]),
        );
    }

    #[test]
    fn differences_without_end_are_counted_and_long_values_are_cut() {
        let many = |value: u32| Value::from(vec![value; LISTED_MAX + 7]);
        let found = between(&many(1), &many(2));
        assert_eq!((found.listed.len(), found.more), (LISTED_MAX, 7));
        let found = between(&json!({"output": null}), &json!({"output": "x".repeat(VALUE_CHARS_MAX * 3)}));
        let shown = found.listed[0].after.as_str().expect("a text");
        assert!(shown.ends_with("(6002 bytes)") && shown.chars().count() < VALUE_CHARS_MAX + 50, "{shown}");
    }

    #[test]
    fn calls_are_compared_by_what_came_of_them_and_not_by_the_time_they_took() {
        for (line, expected) in [
            ("POST https://a.example/x -> 200 in 34 ms", Some("POST https://a.example/x -> 200")),
            ("GET https://a.example/ -> failed in 5 ms: refused", Some("GET https://a.example/ -> failed: refused")),
            ("not sent: GET https://a.example: not public", Some("not sent: GET https://a.example: not public")),
            ("dry run: POST https://a.example was not sent", Some("dry run: POST https://a.example was not sent")),
            ("scored 7 -> hot", None),
            ("hello", None),
        ] {
            assert_eq!(call(line).as_deref(), expected, "{line}");
        }
    }
}
