//! The plugin state that the steps of one turn looked at and wrote. A later step reads what an earlier one left, and the commit
//! checks what was seen first and writes what was left last.

use std::collections::BTreeMap;

use hookbox_model::{Left, Seen, StateAccess, StateEntry, Timestamp};
use hookbox_store::StateCommit;

/// By plugin and key: what was seen first, what was left last.
#[derive(Debug, Clone, Default)]
pub(crate) struct TurnState {
    plugins: BTreeMap<String, BTreeMap<String, (Seen, Left)>>,
    bytes: usize,
}

impl TurnState {
    /// What a step would find under a key at `now`; `None` when no step before it knows.
    pub(crate) fn found(&self, plugin: &str, key: &str, now: Timestamp) -> Option<Option<&StateEntry>> {
        let entry = match self.plugins.get(plugin)?.get(key)? {
            (_, Left::Entry(entry)) | (Seen::Entry(entry), Left::Unchanged) => Some(entry),
            (_, Left::Removed) | (Seen::Absent, Left::Unchanged) => None,
            (Seen::Unread, Left::Unchanged) => return None,
        };
        Some(entry.filter(|entry| entry.is_live(now)))
    }

    /// Adds what a step of `plugin` did.
    pub(crate) fn add(&mut self, plugin: &str, accesses: Vec<StateAccess>) {
        if accesses.is_empty() {
            return;
        }
        let keys = self.plugins.entry(plugin.to_owned()).or_default();
        for StateAccess { key, seen, left } in accesses {
            self.bytes += key.len() + bytes_seen(&seen) + bytes_left(&left);
            match keys.get_mut(&key) {
                // What it saw is what the steps before it left.
                Some((_, before)) if left != Left::Unchanged => *before = left,
                Some(_) => {}
                None => {
                    keys.insert(key, (seen, left));
                }
            }
        }
    }

    /// About how many bytes it holds; what was written over counts too.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What a commit checks and writes.
    pub(crate) fn into_commits(self) -> Vec<StateCommit> {
        let of = |(plugin, keys): (String, BTreeMap<String, (Seen, Left)>)| {
            let access = move |(key, (seen, left))| StateCommit {
                plugin: plugin.clone(),
                access: StateAccess { key, seen, left },
            };
            keys.into_iter().map(access)
        };
        let idle = |commit: &StateCommit| commit.access.seen == Seen::Unread && commit.access.left == Left::Unchanged;
        self.plugins.into_iter().flat_map(of).filter(|commit| !idle(commit)).collect()
    }
}

/// Whether what a step did leaves more keys or bytes than it found. What it wrote without looking counts as new.
pub(crate) fn adds(accesses: &[StateAccess]) -> bool {
    let (mut keys, mut bytes) = ((0, 0), (0, 0));
    for StateAccess { key, seen, left } in accesses {
        let before = match seen {
            Seen::Unread | Seen::Absent => None,
            Seen::Entry(entry) => Some(entry),
        };
        let after = match left {
            Left::Unchanged => before,
            Left::Removed => None,
            Left::Entry(entry) => Some(entry),
        };
        let size = |entry: Option<&StateEntry>| entry.map_or(0, |entry| key.len() + entry.value.len());
        keys = (keys.0 + usize::from(before.is_some()), keys.1 + usize::from(after.is_some()));
        bytes = (bytes.0 + size(before), bytes.1 + size(after));
    }
    keys.1 > keys.0 || bytes.1 > bytes.0
}

fn bytes_seen(seen: &Seen) -> usize {
    match seen {
        Seen::Unread | Seen::Absent => 0,
        Seen::Entry(entry) => entry.value.len(),
    }
}

fn bytes_left(left: &Left) -> usize {
    match left {
        Left::Unchanged | Left::Removed => 0,
        Left::Entry(entry) => entry.value.len(),
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::{Left, Seen, StateAccess, StateEntry, Timestamp};

    use super::{TurnState, adds};

    fn entry(value: &str) -> StateEntry {
        StateEntry { value: value.into(), expires_at: None }
    }

    fn access(key: &str, seen: Seen, left: Left) -> StateAccess {
        StateAccess { key: key.into(), seen, left }
    }

    #[test]
    fn a_commit_checks_what_was_seen_first_and_writes_what_was_left_last() {
        let mut state = TurnState::default();
        state.add("p", vec![access("n", Seen::Entry(entry("5")), Left::Entry(entry("6")))]);
        state.add("p", vec![access("n", Seen::Entry(entry("6")), Left::Entry(entry("7")))]);
        state.add("p", vec![access("n", Seen::Entry(entry("7")), Left::Unchanged)]);
        state.add("q", vec![access("n", Seen::Unread, Left::Removed)]);
        let commits = state.into_commits();
        assert_eq!(commits.iter().map(|commit| &*commit.plugin).collect::<Vec<_>>(), ["p", "q"]);
        assert_eq!(commits[0].access, access("n", Seen::Entry(entry("5")), Left::Entry(entry("7"))));
        assert_eq!(commits[1].access, access("n", Seen::Unread, Left::Removed));
    }

    #[test]
    fn a_step_adds_when_it_leaves_more_keys_or_bytes_than_it_found() {
        let seen = |key, before, left| access(key, Seen::Entry(entry(before)), left);
        assert!(adds(&[access("n", Seen::Absent, Left::Entry(entry("")))]));
        assert!(adds(&[access("n", Seen::Unread, Left::Entry(entry("1")))]));
        assert!(adds(&[seen("n", "9", Left::Entry(entry("10")))]));
        assert!(!adds(&[seen("n", "8", Left::Entry(entry("9")))]));
        assert!(!adds(&[seen("n", "8", Left::Unchanged), access("m", Seen::Unread, Left::Removed)]));
        let moved = access("b", Seen::Absent, Left::Entry(entry("1")));
        assert!(!adds(&[seen("a", "1", Left::Removed), moved]), "the one makes room for the other");
    }

    #[test]
    fn what_was_written_blindly_and_read_afterwards_is_still_written_blindly() {
        let mut state = TurnState::default();
        state.add("p", vec![access("n", Seen::Unread, Left::Entry(entry("1")))]);
        state.add("p", vec![access("n", Seen::Entry(entry("1")), Left::Entry(entry("2")))]);
        assert_eq!(state.into_commits()[0].access, access("n", Seen::Unread, Left::Entry(entry("2"))));
    }

    #[test]
    fn a_step_finds_what_the_steps_before_it_left_until_that_expires() {
        let mut state = TurnState::default();
        let (now, later) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
        let short = StateEntry { value: "x".into(), expires_at: Some(later) };
        state.add("p", vec![access("short", Seen::Unread, Left::Entry(short.clone()))]);
        state.add("p", vec![access("gone", Seen::Entry(entry("1")), Left::Removed)]);
        state.add("p", vec![access("read", Seen::Absent, Left::Unchanged)]);
        assert_eq!(state.found("p", "short", now), Some(Some(&short)));
        assert_eq!(state.found("p", "short", later), Some(None));
        assert_eq!(state.found("p", "gone", now), Some(None));
        assert_eq!(state.found("p", "read", now), Some(None), "it stays as it was read");
        assert_eq!(state.found("p", "other", now), None);
        assert_eq!(state.found("q", "short", now), None, "state belongs to one plugin");
    }
}
