//! One call under the mock host: what is granted and exists, and what the action has asked for so far. The session of the
//! call that runs on this thread is where the effect functions go.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::effect::{Effect, LogLine};
use super::exchange::{Canned, Sent};
use super::memory::Memory;
use super::secrets::Known;
use crate::{Need, Refusal};

/// What is granted and exists, and what the action has asked for so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    pub(super) grants: Vec<Need>,
    pub(super) inbox: String,
    pub(super) inboxes: BTreeSet<String>,
    pub(super) lists: BTreeSet<String>,
    pub(super) members: BTreeSet<String>,
    pub(super) secrets: BTreeMap<String, Known>,
    pub(super) memory: Memory,
    pub(super) answers: Vec<Canned>,
    pub(super) requests: Vec<Sent>,
    pub(super) effects: Vec<Effect>,
    pub(super) log: Vec<LogLine>,
}

thread_local! {
    static CURRENT: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// Runs `action` within a session, and gives the session back. The one that was there before returns even after a panic.
pub(super) fn within<T>(session: Session, action: impl FnOnce() -> T) -> (T, Session) {
    let mut before = Before(CURRENT.replace(Some(session)));
    let result = action();
    let session = CURRENT.replace(before.0.take()).unwrap_or_default();
    (result, session)
}

/// The session that is to be there again.
struct Before(Option<Session>);

impl Drop for Before {
    fn drop(&mut self) {
        if std::thread::panicking() {
            CURRENT.replace(self.0.take());
        }
    }
}

impl Session {
    /// What is granted of a capability.
    pub(super) fn scopes(&self, capability: &str) -> impl Iterator<Item = &str> {
        let granted = self.grants.iter().filter(move |need| need.capability == capability);
        granted.flat_map(|need| &need.scope).map(String::as_str)
    }
}

/// The session of this thread. Without one the action was called directly.
pub(super) fn with_current<T>(act: impl FnOnce(&mut Session) -> Result<T, Refusal>) -> Result<T, Refusal> {
    with_current_or(|text| Err(Refusal::Invalid(text)), act)
}

/// The same, with what a text says when there is none.
pub(super) fn with_current_or<T>(nobody: impl FnOnce(String) -> T, act: impl FnOnce(&mut Session) -> T) -> T {
    CURRENT.with_borrow_mut(|current| match current {
        Some(session) => act(session),
        None => nobody("there is no host here: run the action by hookbox_sdk::mock::Host::run".into()),
    })
}
