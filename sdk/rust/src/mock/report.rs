//! What became of a call under the mock host.

use std::collections::BTreeMap;

use super::effect::{Effect, LogLine};
use super::exchange::Sent;
use super::memory::Memory;
use super::session::Session;
use crate::{Failure, Outcome};

/// What became of a call: what the action returned, and what a real host would commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What the action returned.
    pub result: Result<Outcome, Failure>,
    /// The effects that would be committed, in order: none when the action failed.
    pub effects: Vec<Effect>,
    /// What was logged, in order.
    pub log: Vec<LogLine>,
    /// What was sent over HTTP, in order: also when the action failed.
    pub requests: Vec<Sent>,
    /// What the plugin remembers afterwards: what it did before when the action failed.
    pub state: BTreeMap<String, String>,
    /// Which keys of it are forgotten, and in how many milliseconds from the call.
    pub state_ends_in_ms: BTreeMap<String, u64>,
}

impl Report {
    pub(super) fn new(result: Result<Outcome, Failure>, session: Session, before: &Memory) -> Self {
        let Session { effects, log, requests, memory, .. } = session;
        let (effects, memory) = if result.is_ok() { (effects, &memory) } else { (Vec::new(), before) };
        let kept = memory.kept.iter();
        let ends = kept.clone().filter_map(|(key, kept)| Some((key.clone(), kept.ends_in_ms?)));
        Self {
            result,
            effects,
            log,
            requests,
            state: kept.map(|(key, kept)| (key.clone(), kept.value.clone())).collect(),
            state_ends_in_ms: ends.collect(),
        }
    }

    /// The code of a permanent failure; `None` when the action succeeded or may be tried again.
    pub fn failure_code(&self) -> Option<&str> {
        match &self.result {
            Err(Failure::Permanent { code, .. }) => Some(code),
            Err(Failure::Retryable { .. }) | Ok(_) => None,
        }
    }
}
