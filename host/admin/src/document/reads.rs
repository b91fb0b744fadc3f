//! What steps read: outputs of steps before them, and values of the sample that have to be of the right kind.
//!
//! What only a run knows (the contact, outputs) is never judged: a text or condition that asks for it is left alone.

use std::collections::BTreeSet;

use hookbox_mapping::{Condition, Config, Datum, Lookup, Nothing, Scope, Settings};
use hookbox_model::{Timestamp, WaitUntil, Zone};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::place::property;
use crate::refusal::Fault;

/// The texts that settings may name, by name.
pub(super) type Texts<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Has no value, and notes what it was asked for.
#[derive(Default)]
struct Asked(Mutex<BTreeSet<String>>);

impl Lookup for Asked {
    fn look_up(&self, name: &str) -> Option<Datum<'_>> {
        self.0.lock().insert(name.to_owned());
        None
    }
}

impl Asked {
    fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// The names that are none of `earlier`.
    fn strangers(self, earlier: &BTreeSet<String>) -> Vec<String> {
        self.0.into_inner().into_iter().filter(|name| !earlier.contains(name)).collect()
    }
}

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
            let steps = Asked::default();
            // With nothing there to be read every expression is looked at, and none can fail.
            drop(settings.render(&Scope { payload: &Value::Null, contact: &Nothing, steps: &steps }));
            strange(steps, at, earlier)
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
    let (contact, steps) = (Asked::default(), Asked::default());
    let evaluate = |payload| when.evaluate(&Scope { payload, contact: &contact, steps: &steps }, now.as_millis());
    // Without a payload no condition is cut short by it, so that all its parts are seen.
    drop(evaluate(&Value::Null));
    let alone = contact.is_empty() && steps.is_empty();
    let with_sample = if sample.is_null() { Ok(true) } else { evaluate(sample) };
    let decided = alone && contact.is_empty() && steps.is_empty();
    let mut faults = strange(steps, at, earlier);
    if let (Err(error), true) = (with_sample, decided) {
        faults.push(Fault::new(at, format!("with the sample: {error}")));
    }
    faults
}

/// What is wrong with the time that a wait is until, when the sample alone says it.
pub(super) fn moment_fault(wait: &WaitUntil, at: &str, sample: &Value, zone: &Zone, config: &Config) -> Option<Fault> {
    if sample.is_null() {
        return None;
    }
    let settings = Settings::compile_within(&one("until", &wait.until), config).ok()?;
    let (contact, steps) = (Asked::default(), Asked::default());
    let rendered = settings.render(&Scope { payload: sample, contact: &contact, steps: &steps }).ok()?;
    if !contact.is_empty() || !steps.is_empty() {
        return None;
    }
    let rendered: Value = serde_json::from_str(&rendered).ok()?;
    let moment = rendered["until"].as_str().and_then(|text| wait.zone.as_ref().unwrap_or(zone).moment(text));
    let message = "with the sample it is no date or moment such as 2026-11-24 or 2026-11-24T09:00:00Z";
    moment.is_none().then(|| Fault::new(at, message))
}

fn strange(steps: Asked, at: &str, earlier: &BTreeSet<String>) -> Vec<Fault> {
    let told = |name: String| Fault::new(at, format!("no step before this one is called {name:?}"));
    steps.strangers(earlier).into_iter().map(told).collect()
}

/// Settings with one text.
fn one(name: &str, text: &str) -> Map<String, Value> {
    [(name.to_owned(), Value::from(text))].into_iter().collect()
}
