//! One call under the mock host: what is granted and exists, and what the action has asked for so far. The session of the
//! call that runs on this thread is where the effect functions go.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::effect::{Effect, LogLine};
use crate::{Need, Refusal};

/// What is granted and exists, and what the action has asked for so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    pub(super) grants: Vec<Need>,
    pub(super) inbox: String,
    pub(super) inboxes: BTreeSet<String>,
    pub(super) lists: BTreeSet<String>,
    pub(super) members: BTreeSet<String>,
    pub(super) state: BTreeMap<String, String>,
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

/// The session of this thread. Without one the action was called directly.
pub(super) fn with_current<T>(act: impl FnOnce(&mut Session) -> Result<T, Refusal>) -> Result<T, Refusal> {
    CURRENT.with_borrow_mut(|current| match current {
        Some(session) => act(session),
        None => Err(Refusal::Invalid("there is no host here: run the action by hookbox_sdk::mock::Host::run".into())),
    })
}
