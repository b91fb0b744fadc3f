//! Plugin state under the mock host, by the rules of a real one. The clock stands still during a call, so nothing expires in it.

use std::collections::{BTreeMap, BTreeSet};

use super::rules;
use super::session::{Session, with_current};
use crate::Refusal;

const KEYS_OF_A_CALL_MAX: usize = 100;

/// What is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(super) value: String,
    /// How long it stays, counted from the call; for ever when absent.
    pub(super) ends_in_ms: Option<u64>,
}

/// What the plugin remembers, and which keys the call used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    pub(super) kept: BTreeMap<String, Kept>,
    used: BTreeSet<String>,
}

pub(crate) fn get_state(key: &str) -> Result<Option<String>, Refusal> {
    with_current(|session| {
        let memory = open(session, key)?;
        Ok(memory.kept.get(key).map(|kept| kept.value.clone()))
    })
}

pub(crate) fn set_state(key: &str, value: &str, ttl_ms: Option<u64>) -> Result<(), Refusal> {
    with_current(|session| {
        let memory = open(session, key)?;
        rules::state_value(value)?;
        if ttl_ms == Some(0) {
            return Err(Refusal::Invalid("a value is kept for at least a millisecond".into()));
        }
        memory.kept.insert(key.into(), Kept { value: value.into(), ends_in_ms: ttl_ms });
        Ok(())
    })
}

pub(crate) fn delete_state(key: &str) -> Result<(), Refusal> {
    with_current(|session| {
        open(session, key)?.kept.remove(key);
        Ok(())
    })
}

pub(crate) fn increment_state(key: &str, by: i64) -> Result<i64, Refusal> {
    with_current(|session| {
        let memory = open(session, key)?;
        let not_whole = |_| Refusal::Invalid("what is kept under this key is no whole number".into());
        let before = memory.kept.get(key);
        let ends_in_ms = before.and_then(|kept| kept.ends_in_ms);
        let before = before.map_or(Ok(0), |kept| kept.value.parse::<i64>().map_err(not_whole))?;
        let sum = before
            .checked_add(by)
            .ok_or_else(|| Refusal::Invalid("the sum is past the whole numbers of 64 bits".into()))?;
        // A counter that was given an end keeps it.
        memory.kept.insert(key.into(), Kept { value: sum.to_string(), ends_in_ms });
        Ok(sum)
    })
}

/// The memory, when the call may use this key.
fn open<'a>(session: &'a mut Session, key: &str) -> Result<&'a mut Memory, Refusal> {
    rules::state_key(key)?;
    rules::granted(&session.grants, "state", key)?;
    let memory = &mut session.memory;
    if memory.used.len() >= KEYS_OF_A_CALL_MAX && !memory.used.contains(key) {
        return Err(Refusal::Limit(format!("a step may use {KEYS_OF_A_CALL_MAX} keys of state")));
    }
    memory.used.insert(key.into());
    Ok(memory)
}
