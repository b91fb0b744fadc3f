//! Plugin state whose commit is in line and not on disk yet. Runs read it here, so that many of them can count on one key
//! without each waiting for the disk, or for a refusal, of the one before.
//!
//! The store decides: what is answered here is what a commit in line *will* leave if it is not refused, and a commit that
//! builds on one that is refused is refused too.

use std::collections::HashMap;

use hookbox_model::{Left, Seen, StateEntry, Timestamp, WorkspaceId};
use hookbox_store::{CommitReceipt, RunCommit, StateCommit};
use parking_lot::Mutex;

/// The entries of commits in line.
#[derive(Default)]
pub(crate) struct Submitted(Mutex<Line>);

#[derive(Default)]
struct Line {
    /// The number of the last commit.
    number: u64,
    entries: HashMap<Key, Entry>,
}

/// Workspace, plugin, key.
type Key = (WorkspaceId, String, String);

/// What the last commit in line leaves under a key.
struct Entry {
    number: u64,
    /// Nothing when it takes it away.
    entry: Option<StateEntry>,
}

/// A commit in line that writes plugin state, to be settled.
pub(crate) struct Ticket {
    number: u64,
    keys: Vec<Key>,
}

/// A commit in line has changed the state of this plugin since it was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overtaken {
    pub(crate) plugin: String,
}

impl Submitted {
    /// What is under a key once everything in line is on disk; `None` when nothing in line writes it.
    pub(crate) fn found(
        &self,
        workspace: WorkspaceId,
        plugin: &str,
        key: &str,
        now: Timestamp,
    ) -> Option<Option<StateEntry>> {
        let line = self.0.lock();
        if line.entries.is_empty() {
            return None;
        }
        let found = line.entries.get(&(workspace, plugin.to_owned(), key.to_owned()))?;
        Some(found.entry.clone().filter(|entry| entry.is_live(now)))
    }

    /// Puts a commit into the store's line with `submit`, unless one in that line would have it refused. Commits that touch
    /// plugin state are put there one after the other: what is found here has the order of the line.
    pub(crate) fn submit(
        &self,
        commit: RunCommit,
        now: Timestamp,
        submit: impl FnOnce(RunCommit) -> CommitReceipt,
    ) -> Result<(CommitReceipt, Option<Ticket>), Overtaken> {
        if commit.state.is_empty() {
            return Ok((submit(commit), None));
        }
        let workspace = commit.run.workspace;
        let mut line = self.0.lock();
        for state in &commit.state {
            if line.overtakes(workspace, state, now) {
                return Err(Overtaken { plugin: state.plugin.clone() });
            }
        }
        let ticket = line.enter(workspace, &commit.state);
        Ok((submit(commit), ticket))
    }

    /// The commit is on disk: from here on the store knows better.
    pub(crate) fn written(&self, ticket: &Ticket) {
        let mut line = self.0.lock();
        for key in &ticket.keys {
            if line.entries.get(key).is_some_and(|entry| entry.number == ticket.number) {
                line.entries.remove(key);
            }
        }
    }

    /// The commit was refused, and those that built on it will be: nobody else is to build on them.
    pub(crate) fn refused(&self, ticket: &Ticket) {
        let mut line = self.0.lock();
        for key in &ticket.keys {
            line.entries.remove(key);
        }
    }
}

impl Line {
    /// Whether a commit in line leaves something else than what was seen.
    fn overtakes(&self, workspace: WorkspaceId, state: &StateCommit, now: Timestamp) -> bool {
        let seen = match &state.access.seen {
            Seen::Unread => return false,
            Seen::Absent => None,
            Seen::Entry(entry) => Some(entry),
        };
        let key = (workspace, state.plugin.clone(), state.access.key.clone());
        let Some(found) = self.entries.get(&key) else { return false };
        let live = |entry: &&StateEntry| entry.is_live(now);
        found.entry.as_ref().filter(live) != seen.filter(live)
    }

    fn enter(&mut self, workspace: WorkspaceId, state: &[StateCommit]) -> Option<Ticket> {
        self.number += 1;
        let mut keys = Vec::new();
        for StateCommit { plugin, access } in state {
            let entry = match &access.left {
                Left::Unchanged => continue,
                Left::Removed => None,
                Left::Entry(entry) => Some(entry.clone()),
            };
            let key = (workspace, plugin.clone(), access.key.clone());
            self.entries.insert(key.clone(), Entry { number: self.number, entry });
            keys.push(key);
        }
        (!keys.is_empty()).then_some(Ticket { number: self.number, keys })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hookbox_model::{
        AutomationId, Capture, CaptureId, JsonLimits, Left, Payload, Run, Seen, StateAccess, StateEntry, Timestamp,
        WorkspaceId,
    };
    use hookbox_store::{RunCommit, StateCommit};

    use super::{Overtaken, Submitted, Ticket};

    const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn entry(value: u32) -> StateEntry {
        StateEntry { value: value.to_string(), expires_at: None }
    }

    fn commit(seen: Seen, left: Left) -> RunCommit {
        let capture = Capture {
            id: CaptureId::from_bytes([2; 16]),
            workspace: WORKSPACE,
            automation: AutomationId::from_bytes([3; 16]),
            automation_version: 1,
            received_at: NOW,
            body: Payload::parse(Bytes::from_static(b"{}"), JsonLimits::default()).expect("it is JSON"),
            idempotency: None,
            from: None,
            headers: Default::default(),
        };
        let access = StateAccess { key: "n".into(), seen, left };
        let state = vec![StateCommit { plugin: "p".into(), access }];
        RunCommit { run: Run::first_of(&capture, NOW), contact: None, begins: Vec::new(), state }
    }

    fn submit(submitted: &Submitted, seen: Seen, left: Left) -> Result<Option<Ticket>, Overtaken> {
        let receipt = |_| Box::pin(async { Ok(()) }) as hookbox_store::CommitReceipt;
        submitted.submit(commit(seen, left), NOW, receipt).map(|(_, ticket)| ticket)
    }

    #[track_caller]
    fn counted(submitted: &Submitted, to: u32) -> Ticket {
        let seen = if to == 1 { Seen::Absent } else { Seen::Entry(entry(to - 1)) };
        submit(submitted, seen, Left::Entry(entry(to))).expect("not overtaken").expect("it writes")
    }

    fn found(submitted: &Submitted) -> Option<Option<StateEntry>> {
        submitted.found(WORKSPACE, "p", "n", NOW)
    }

    #[test]
    fn a_run_finds_what_the_last_commit_in_line_leaves_until_that_is_on_disk() {
        let submitted = Submitted::default();
        let (first, second) = (counted(&submitted, 1), counted(&submitted, 2));
        assert_eq!(found(&submitted), Some(Some(entry(2))));
        assert_eq!(submitted.found(WORKSPACE, "q", "n", NOW), None);
        submitted.written(&first);
        assert_eq!(found(&submitted), Some(Some(entry(2))));
        submitted.written(&second);
        assert_eq!(found(&submitted), None, "the store has it");
    }

    #[test]
    fn a_commit_that_was_overtaken_in_the_line_is_not_put_there() {
        let submitted = Submitted::default();
        let _first = counted(&submitted, 1);
        let overtaken = submit(&submitted, Seen::Absent, Left::Entry(entry(1))).err();
        assert_eq!(overtaken, Some(Overtaken { plugin: "p".into() }));
        assert_eq!(submit(&submitted, Seen::Absent, Left::Unchanged).err(), overtaken, "what was only read counts too");
        assert!(submit(&submitted, Seen::Entry(entry(1)), Left::Unchanged).expect("not overtaken").is_none());
    }

    #[test]
    fn what_is_written_whatever_was_there_is_never_overtaken() {
        let submitted = Submitted::default();
        let _first = counted(&submitted, 1);
        assert!(submit(&submitted, Seen::Unread, Left::Removed).is_ok_and(|ticket| ticket.is_some()));
        assert_eq!(found(&submitted), Some(None));
        assert!(submit(&submitted, Seen::Absent, Left::Entry(entry(1))).is_ok());
    }

    #[test]
    fn nobody_builds_on_what_a_refused_commit_left_or_on_what_built_on_that() {
        let submitted = Submitted::default();
        let (first, second) = (counted(&submitted, 1), counted(&submitted, 2));
        submitted.refused(&first);
        assert_eq!(found(&submitted), None, "the store says what is there");
        let third = counted(&submitted, 1);
        submitted.refused(&second);
        assert_eq!(found(&submitted), None);
        submitted.written(&third);
    }

    #[test]
    fn what_has_expired_in_the_line_is_not_there() {
        let submitted = Submitted::default();
        let short = StateEntry { expires_at: Some(NOW), ..entry(1) };
        submit(&submitted, Seen::Unread, Left::Entry(short)).expect("not overtaken");
        assert_eq!(found(&submitted), Some(None));
        assert!(submit(&submitted, Seen::Absent, Left::Unchanged).is_ok());
    }
}
