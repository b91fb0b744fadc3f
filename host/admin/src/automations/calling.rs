//! What the audit log is told of a dry run whose steps may call out: before it begins the settings of these steps, afterwards the
//! requests that they made. Every part of them is told of, however long another one is: long texts are cut and say how long they were.

use hookbox_model::{Digest, DryRunReport, Grants, Payload, StepDocument, WorkspaceId};
use hookbox_store::{Store, StoreError};
use serde_json::{Map, Value, json};

use crate::audited::SIDE_BYTES_MAX;

/// What is told of one step, in bytes of JSON.
const STEP_BYTES_MAX: usize = 4 * 1_024;

/// What the steps of one entry take; the rest of a side is left to what is told beside them.
const STEPS_BYTES_MAX: usize = SIDE_BYTES_MAX - 1_024;

/// The least that is told of a part that has to be cut, in bytes; where not even that is left to each, the last ones are only counted.
const PART_BYTES_MIN: usize = 48;

/// The steps that may call out: those whose plugin is granted a place. Who has none sends no secret either.
pub(super) async fn calling<'d>(
    steps: &'d [StepDocument],
    workspace: WorkspaceId,
    store: &dyn Store,
) -> Result<Vec<(&'d str, &'d StepDocument)>, StoreError> {
    let mut calling = Vec::new();
    for step in steps {
        let Some(action) = &step.action else { continue };
        let active = store.plugins().active(workspace, action).await?;
        calling.extend(active.filter(|plugin| plugin.grants.has(Grants::HTTP)).map(|_| (action.as_str(), step)));
    }
    Ok(calling)
}

/// What is told before steps are tried on a payload, an entry each.
pub(super) fn before(calling: &[(&str, &StepDocument)], payload: &Payload) -> Vec<Value> {
    let payload = json!({"sha256": Digest::of(payload.raw()), "bytes": payload.raw().len()});
    let steps = calling
        .iter()
        .map(|(action, step)| json!({"step": step.title(), "action": action, "settings": step.settings}))
        .map(|step| fit(&step, STEP_BYTES_MAX));
    entries(steps).into_iter().map(|steps| json!({"payload": payload, "calls": steps})).collect()
}

/// What is told after steps were tried, an entry each; nothing when none of them requested anything.
pub(super) fn after(report: &DryRunReport) -> Vec<Value> {
    let steps = report.steps.iter().filter_map(|step| {
        let lines = step.log.iter().map(|line| line.message.as_str()).filter(|line| is_request(line));
        let requests: Vec<&str> = lines.collect();
        let told = json!({"step": step.name, "plugin": step.plugin, "requests": requests});
        (!requests.is_empty()).then(|| fit(&told, STEP_BYTES_MAX))
    });
    entries(steps).into_iter().map(|steps| json!({"called": steps})).collect()
}

/// Whether a line is what the sandbox writes of a request: `GET https://host/path -> 200 in 34 ms`. A plugin may write one like that;
/// a document cannot.
fn is_request(line: &str) -> bool {
    let Some((method, rest)) = line.split_once(' ') else { return false };
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    is_method && (rest.starts_with("https://") || rest.starts_with("http://")) && rest.contains(" -> ")
}

/// As many steps in each entry as it has room for.
fn entries(steps: impl Iterator<Item = Value>) -> Vec<Vec<Value>> {
    let mut entries: Vec<Vec<Value>> = Vec::new();
    let mut bytes_left = 0;
    for step in steps {
        let bytes = size(&step) + 1;
        match entries.last_mut().filter(|_| bytes <= bytes_left) {
            Some(entry) => {
                entry.push(step);
                bytes_left -= bytes;
            }
            None => {
                entries.push(vec![step]);
                bytes_left = STEPS_BYTES_MAX.saturating_sub(bytes);
            }
        }
    }
    entries
}

/// `value` in at most `bytes_max` bytes of JSON, if that is not less than [`PART_BYTES_MIN`]. What is short stays whole; what is not
/// shares what the others leave.
fn fit(value: &Value, bytes_max: usize) -> Value {
    if size(value) <= bytes_max {
        return value.clone();
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(text) => cut(text, bytes_max).into(),
        Value::Array(items) => fit_items(items, bytes_max).into(),
        Value::Object(members) => fit_members(members, bytes_max).map_or_else(
            || fit(&members.iter().map(|(name, value)| json!([name, value])).collect(), bytes_max),
            Value::Object,
        ),
    }
}

/// The members of an object under their names; nothing when the names leave too little to what they name.
fn fit_members(members: &Map<String, Value>, bytes_max: usize) -> Option<Map<String, Value>> {
    let names: usize = members.keys().map(|name| size_of(name) + 1).sum();
    let parts = fit_each(members.values(), bytes_max.saturating_sub(names + 2)).filter(|_| names <= bytes_max / 2)?;
    Some(members.keys().cloned().zip(parts).collect())
}

/// Every item, or the first ones and how many more there are.
fn fit_items(items: &[Value], bytes_max: usize) -> Vec<Value> {
    let room = bytes_max.saturating_sub(2);
    fit_each(items.iter(), room).unwrap_or_else(|| {
        // The place of one is left to what counts the others.
        let told = (room / (PART_BYTES_MIN + 1)).saturating_sub(1).min(items.len());
        let (first, rest) = items.split_at(told);
        let counted = Value::from(format!("… ({} more)", rest.len()));
        first.iter().map(|item| fit(item, PART_BYTES_MIN)).chain([counted]).collect()
    })
}

/// Each part in its share of `room`; nothing when that is too little.
fn fit_each<'v>(parts: impl Iterator<Item = &'v Value> + Clone, room: usize) -> Option<Vec<Value>> {
    let sizes: Vec<usize> = parts.clone().map(|part| size(part) + 1).collect();
    let share = share(sizes, room);
    (share > PART_BYTES_MIN).then(|| parts.map(|part| fit(part, share - 1)).collect())
}

/// The most that each may have for all of them to have room: what the short ones leave goes to the others.
fn share(mut sizes: Vec<usize>, room: usize) -> usize {
    sizes.sort_unstable();
    let mut left = room;
    for (index, bytes) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - index);
        if *bytes > share {
            return share;
        }
        left -= bytes;
    }
    room
}

/// The beginning of a text, and how long all of it is, in at most `bytes_max` bytes of JSON.
fn cut(text: &str, bytes_max: usize) -> String {
    let length = format!("… ({} bytes)", text.len());
    let mut left = bytes_max.saturating_sub(size_of(&length));
    let mut told = String::new();
    for char in text.chars() {
        let bytes = written(char);
        if bytes > left {
            break;
        }
        left -= bytes;
        told.push(char);
    }
    told + &length
}

/// How many bytes a character takes in a text of JSON.
fn written(char: char) -> usize {
    match char {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => char.len_utf8(),
    }
}

/// How many bytes a value takes in JSON.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string().len(),
        Value::String(text) => size_of(text),
        Value::Array(items) => 2 + items.iter().map(|item| size(item) + 1).sum::<usize>(),
        Value::Object(members) => {
            2 + members.iter().map(|(name, value)| size_of(name) + size(value) + 2).sum::<usize>()
        }
    }
}

fn size_of(text: &str) -> usize {
    2 + text.chars().map(written).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof};
    use proptest::test_runner::{Config, TestRunner};
    use serde_json::{Value, json};

    use super::{PART_BYTES_MIN, STEP_BYTES_MAX, entries, fit, is_request, size};
    use crate::audited::SIDE_BYTES_MAX;

    #[test]
    fn one_long_setting_hides_no_other() {
        let url = "https://api.example/orders/17";
        let long = "\u{0}".repeat(100_000);
        for settings in [
            json!({"a": long, "url": url}),
            json!({"a": {"b": [long, long]}, "url": url, "z": long}),
            json!({"a": vec!["x"; 5_000], "url": url}),
            json!({long.clone(): 1, "url": url}),
        ] {
            let told = fit(&json!({"step": long, "action": "ask", "settings": settings}), STEP_BYTES_MAX).to_string();
            assert!(told.len() <= STEP_BYTES_MAX, "{}", told.len());
            assert!(told.contains(url), "{told}");
            assert!(told.contains("(100000 bytes)"), "it says how much it leaves out: {told}");
        }
    }

    #[test]
    fn what_is_short_is_told_as_it_is() {
        let settings = json!({"url": "https://api.example/", "list": [1, null, {"a": true}]});
        assert_eq!(fit(&settings, STEP_BYTES_MAX), settings);
    }

    #[test]
    fn whatever_it_is_it_has_room() {
        let text = || prop_oneof![any::<String>(), Just("long ".repeat(300)), Just("\u{1}\"".repeat(90))];
        let leaf = prop_oneof![Just(Value::Null), any::<f64>().prop_map(Value::from), text().prop_map(Value::from)];
        let any_value = leaf.prop_recursive(5, 200, 40, move |inner| {
            let members = proptest::collection::vec((text(), inner.clone()), 0..40);
            let items = proptest::collection::vec(inner, 0..40);
            prop_oneof![
                items.prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        });
        let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
        let checked = runner.run(&(any_value, PART_BYTES_MIN..STEP_BYTES_MAX), |(value, bytes_max)| {
            let told = fit(&value, bytes_max).to_string();
            assert!(told.len() <= bytes_max, "{} of {bytes_max}: {told}", told.len());
            assert!(value.to_string().len() <= size(&value));
            Ok(())
        });
        if let Err(error) = checked {
            panic!("{error}");
        }
    }

    #[test]
    fn many_steps_are_told_in_several_entries() {
        let step = fit(&json!({"settings": "x".repeat(10_000)}), STEP_BYTES_MAX);
        let told = entries(std::iter::repeat_n(step, 100));
        assert_eq!(told.iter().map(Vec::len).sum::<usize>(), 100);
        assert!(told.iter().all(|steps| Value::from(steps.clone()).to_string().len() < SIDE_BYTES_MAX - 512));
        assert!(entries(std::iter::empty()).is_empty());
    }

    #[test]
    fn requests_are_told_from_what_a_plugin_says() {
        assert!(is_request("GET https://api.example/orders -> 200 in 34 ms"));
        assert!(is_request("HEAD http://api.example/ -> failed in 0 ms: it is not allowed"));
        for other in ["looks up https://api.example/ -> now", "GET", "GET it -> 200", " https://api.example/ -> 200"] {
            assert!(!is_request(other), "{other}");
        }
    }
}
