//! What steps read: outputs of steps before them, and values of the sample that have to be of the right kind.
//!
//! What only a run knows (the contact, outputs) is never judged: a text or condition that asks for it is left alone.

use std::collections::BTreeSet;

use hookbox_mapping::{Condition, Config, Nothing, Reads, Scope, Settings};
use hookbox_model::{Timestamp, WaitUntil, Zone};
use serde_json::{Map, Value};

use super::place::property;
use crate::refusal::Fault;

/// The texts that settings may name, by name.
pub(super) type Texts<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The texts in `value`, at `at`, that read outputs of steps which are not `earlier`.
pub(super) fn step_faults(
    value: &Value,
    at: &str,
    earlier: &BTreeSet<String>,
    config: &Config,
    texts: Texts<'_>,
) -> Vec<Fault> {
    match value {
        Value::String(text) => {
            let written = one("text", text);
            // What does not compile is told where everything is compiled.
            let Ok(settings) = Settings::compile_with(&written, config, texts) else { return Vec::new() };
            strange(settings.reads(), at, earlier)
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(index, item)| step_faults(item, &format!("{at}[{index}]"), earlier, config, texts))
                .collect()
        }
        Value::Object(members) => {
            let members = members.iter();
            members.flat_map(|(name, item)| step_faults(item, &property(at, name), earlier, config, texts)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// What is wrong with a condition beside its words: steps that are not `earlier`, and what it makes of the sample when it
/// reads nothing else.
pub(super) fn when_faults(
    when: &Condition,
    at: &str,
    earlier: &BTreeSet<String>,
    sample: &Value,
    now: Timestamp,
) -> Vec<Fault> {
    let mut faults = strange(when.reads(), at, earlier);
    let scope = Scope { payload: sample, contact: &Nothing, steps: &Nothing };
    if is_known(when.reads(), sample)
        && let Err(error) = when.evaluate(&scope, now.as_millis())
    {
        faults.push(Fault::new(at, format!("{}{error}", with_sample(when.reads()))));
    }
    faults
}

/// What is wrong with the time that a wait is until, when it is a constant or the sample alone says it.
pub(super) fn moment_fault(wait: &WaitUntil, at: &str, sample: &Value, zone: &Zone, config: &Config) -> Option<Fault> {
    let settings = Settings::compile_within(&one("until", &wait.until), config).ok()?;
    if !is_known(settings.reads(), sample) {
        return None;
    }
    let rendered = settings.render(&Scope { payload: sample, contact: &Nothing, steps: &Nothing }).ok()?;
    let rendered: Value = serde_json::from_str(&rendered).ok()?;
    let moment = rendered["until"].as_str().and_then(|text| wait.zone.as_ref().unwrap_or(zone).moment(text));
    let message =
        format!("{}it is no date or moment such as 2026-11-24 or 2026-11-24T09:00:00Z", with_sample(settings.reads()));
    moment.is_none().then(|| Fault::new(at, message))
}

/// Whether all that is read is known when the document is saved.
fn is_known(reads: &Reads, sample: &Value) -> bool {
    reads.contact.is_empty() && reads.steps.is_empty() && !(reads.payload && sample.is_null())
}

/// How a fault of what reads this begins.
fn with_sample(reads: &Reads) -> &'static str {
    if reads.payload { "with the sample: " } else { "" }
}

/// The steps that are read and are none of `earlier`.
fn strange(reads: &Reads, at: &str, earlier: &BTreeSet<String>) -> Vec<Fault> {
    let strangers = reads.steps.iter().filter(|name| !earlier.contains(*name));
    strangers.map(|name| Fault::new(at, format!("no step before this one is called {name:?}"))).collect()
}

/// Settings with one text.
fn one(name: &str, text: &str) -> Map<String, Value> {
    [(name.to_owned(), Value::from(text))].into_iter().collect()
}
