//! Plugin state under the mock host, by the rules of a real one. The clock stands still during a call, so nothing expires in it.

use std::collections::{BTreeMap, BTreeSet};

use super::rules;
use crate::{Need, Refusal};

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

impl Memory {
    /// What is kept, when the call may use this key.
    pub(super) fn open(&mut self, grants: &[Need], key: &str) -> Result<&mut BTreeMap<String, Kept>, Refusal> {
        rules::state_key(key)?;
        rules::granted(grants, "state", key)?;
        if self.used.len() >= KEYS_OF_A_CALL_MAX && !self.used.contains(key) {
            return Err(Refusal::Limit(format!("a step may use {KEYS_OF_A_CALL_MAX} keys of state")));
        }
        self.used.insert(key.into());
        Ok(&mut self.kept)
    }
}
