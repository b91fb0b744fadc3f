//! What became of a call under the mock host.

use std::collections::BTreeMap;

use super::effect::{Effect, LogLine};
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
    /// What the plugin remembers afterwards: what it did before when the action failed. Nothing expires under the mock host.
    pub state: BTreeMap<String, String>,
}

impl Report {
    pub(super) fn new(
        result: Result<Outcome, Failure>,
        session: Session,
        state_before: &BTreeMap<String, String>,
    ) -> Self {
        let Session { effects, log, state, .. } = session;
        match result {
            Ok(_) => Self { result, effects, log, state },
            Err(_) => Self { result, effects: Vec::new(), log, state: state_before.clone() },
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
