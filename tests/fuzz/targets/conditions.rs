//! Conditions of steps: one in the first line, a payload behind it.
//!
//! They are true, false or refused, the same each time, and a refusal never tells a value.

use hookbox_mapping::{Condition, Config, Scope};
use serde_json::Value;

use super::lines::split;
use super::payloads::{members, payload};

/// A value that no refusal may show.
const PRIVATE: &str = "Qx7-private";

/// The time of every evaluation, in milliseconds since 1970.
const NOW_MS: u64 = 1_790_000_000_123;

pub(crate) fn try_on(input: &[u8]) {
    let ([text], rest) = split(input);
    let Some(mut payload) = payload(rest) else { return };
    if let Value::Object(members) = &mut payload {
        members.insert("private".to_owned(), PRIVATE.into());
    }
    let Ok(condition) = Condition::compile(&text, &Config::default()) else { return };
    let (contact, steps) = (members(&payload, "contact"), members(&payload, "steps"));
    let scope = Scope { payload: &payload, contact: &contact, steps: &steps };
    let truth = condition.evaluate(&scope, NOW_MS);
    assert_eq!(condition.evaluate(&scope, NOW_MS), truth, "the same again");
    if let Err(refusal) = truth
        && !text.contains(PRIVATE)
    {
        assert!(!refusal.to_string().contains(PRIVATE), "{refusal}");
    }
}
