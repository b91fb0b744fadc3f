//! Lines: runs on the same contact follow one another, in the order they were claimed; different contacts never wait for
//! each other.
//!
//! A line also hands the contact from one run to the next as the first one left it, before that is on disk: the commits
//! are queued in the same order, and if one is refused, so are those that built on it. Contacts of lines that ended are
//! kept for a while; the version check at commit catches whoever changed them meanwhile.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};

use hookbox_model::{Identifier, WorkspaceId};
use hookbox_store::Known;
use parking_lot::Mutex;
use quick_cache::sync::Cache;

/// Whose line it is.
pub(crate) type Key = (WorkspaceId, Identifier);

/// A contact as a run left it, and how often contacts had been forgotten when that run began.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) known: Option<Known>,
    forgotten: u64,
}

/// All lines. `T` is a claimed run with what it needs.
pub(crate) struct Lines<T> {
    waiting: Mutex<HashMap<Key, VecDeque<T>>>,
    kept: Cache<Key, Known>,
    forgotten: AtomicU64,
}

impl<T> Lines<T> {
    pub(crate) fn new(contacts_kept_max: usize) -> Self {
        Self { waiting: Mutex::default(), kept: Cache::new(contacts_kept_max), forgotten: AtomicU64::new(0) }
    }

    /// Puts a turn into its line. Gives it back when the line was empty: it is the caller's to run, and then `next`.
    pub(crate) fn join(&self, key: &Key, turn: T) -> Option<T> {
        let mut waiting = self.waiting.lock();
        if let Some(line) = waiting.get_mut(key) {
            line.push_back(turn);
            return None;
        }
        waiting.insert(key.clone(), VecDeque::new());
        Some(turn)
    }

    /// The contact as the last run left it, for the first turn of a line.
    pub(crate) fn begin(&self, key: &Key) -> Kept {
        let forgotten = self.forgotten.load(Ordering::Acquire);
        Kept { known: self.kept.get(key), forgotten }
    }

    /// The next turn of the line, with the contact as the one before left it (if nothing was refused meanwhile); or ends
    /// the line and keeps the contact.
    pub(crate) fn next(&self, key: &Key, mut left: Kept) -> Option<(T, Kept)> {
        let mut waiting = self.waiting.lock();
        let forgotten = self.forgotten.load(Ordering::Acquire);
        if forgotten != left.forgotten {
            left = Kept { known: None, forgotten };
        }
        if let Some(turn) = waiting.get_mut(key).and_then(VecDeque::pop_front) {
            return Some((turn, left));
        }
        waiting.remove(key);
        if let Some(known) = left.known {
            self.kept.insert(key.clone(), known);
        }
        None
    }

    /// A commit was refused: what is kept of this contact is wrong, and so is what runs that are under way began with.
    pub(crate) fn forget(&self, key: &Key) {
        let _waiting = self.waiting.lock();
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.kept.remove(key);
    }

    /// Takes every turn that waits behind another.
    pub(crate) fn take_waiting(&self) -> Vec<T> {
        self.waiting.lock().values_mut().flat_map(std::mem::take).collect()
    }
}

impl Kept {
    /// The same moment with the contact as a run leaves it.
    pub(crate) fn leaving(&self, known: Option<Known>) -> Self {
        Self { known, forgotten: self.forgotten }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookbox_model::{Contact, ContactId, Identifier, Timestamp, WorkspaceId};
    use hookbox_store::Known;

    use super::Lines;

    #[test]
    fn runs_of_one_contact_follow_one_another_and_see_what_the_one_before_left() {
        let workspace = WorkspaceId::from_bytes([1; 16]);
        let identifier = Identifier::Phone("+12155556677".into());
        let contact = Contact::unknown(ContactId::from_bytes([2; 16]), workspace, &identifier, Timestamp::default());
        let known = Known { contact: Arc::new(contact), conversations: Vec::new() };
        let key = (workspace, identifier);
        let other = (workspace, Identifier::Email("a@b.example".into()));

        let lines = Lines::new(10);
        assert_eq!(lines.join(&key, 1), Some(1));
        assert_eq!(lines.join(&key, 2), None);
        assert_eq!(lines.join(&other, 3), Some(3));

        let first = lines.begin(&key);
        assert!(first.known.is_none());
        let (second, left) = lines.next(&key, first.leaving(Some(known.clone()))).expect("2 waits");
        assert_eq!((second, left.known.clone()), (2, Some(known)));
        assert!(lines.next(&key, left).is_none());
        assert!(lines.begin(&key).known.is_some(), "kept after the line ended");

        lines.join(&key, 4);
        let before = lines.begin(&key);
        lines.forget(&key);
        lines.join(&key, 5);
        let (_, left) = lines.next(&key, before).expect("5 waits");
        assert!(left.known.is_none(), "what began before a refusal is not handed on");
    }
}
