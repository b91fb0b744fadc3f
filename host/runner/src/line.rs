//! Lines: runs on the same contact follow one another, in the order they were claimed; different contacts never wait for
//! each other.
//!
//! A line also hands the contact from one run to the next as the first one left it, before that is on disk: the commits
//! are queued in the same order, and if one is refused, so are those that built on it. A contact that a line's last run left
//! is kept only until that run's commit is settled; after that the store knows better.

use std::collections::{HashMap, VecDeque};

use hookbox_model::{Contact, Identifier, RunId, WorkspaceId};
use hookbox_store::Known;
use parking_lot::Mutex;

/// Whose line it is; with a run's id it is the line of that run alone.
pub(crate) type Key = (WorkspaceId, Identifier, Option<RunId>);

/// A contact as a run left it, and how many commits had been refused when that run began.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    pub(crate) known: Option<Known>,
    refused: u64,
}

/// All lines. `T` is a claimed run with what it needs.
pub(crate) struct Lines<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    waiting: HashMap<Key, VecDeque<T>>,
    /// Of lines that ended, until the commit is settled.
    left: HashMap<Key, Known>,
    refused: u64,
}

impl<T> Lines<T> {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { waiting: HashMap::new(), left: HashMap::new(), refused: 0 }) }
    }

    /// Puts a turn into its line. Gives it back when the line was empty: it is the caller's to run, and then `next`.
    pub(crate) fn join(&self, key: &Key, turn: T) -> Option<T> {
        let mut state = self.state.lock();
        if let Some(line) = state.waiting.get_mut(key) {
            line.push_back(turn);
            return None;
        }
        state.waiting.insert(key.clone(), VecDeque::new());
        Some(turn)
    }

    /// The contact as the last run left it, for the first turn of a line; none when the store has it.
    pub(crate) fn begin(&self, key: &Key) -> Left {
        let state = self.state.lock();
        Left { known: state.left.get(key).cloned(), refused: state.refused }
    }

    /// The next turn of the line, with the contact as the one before left it (if nothing was refused meanwhile); or ends
    /// the line and keeps the contact until [`Lines::settled`].
    pub(crate) fn next(&self, key: &Key, mut left: Left) -> Option<(T, Left)> {
        let mut state = self.state.lock();
        if state.refused != left.refused || left.known.as_ref().is_some_and(|known| !is_of(&known.contact, &key.1)) {
            left = Left { known: None, refused: state.refused };
        }
        if let Some(turn) = state.waiting.get_mut(key).and_then(VecDeque::pop_front) {
            return Some((turn, left));
        }
        state.waiting.remove(key);
        match left.known {
            Some(known) => state.left.insert(key.clone(), known),
            None => state.left.remove(key),
        };
        None
    }

    /// A commit that left the contact at `version` is on disk.
    pub(crate) fn settled(&self, key: &Key, version: u64) {
        let mut state = self.state.lock();
        if state.left.get(key).is_some_and(|known| known.contact.version == version) {
            state.left.remove(key);
        }
    }

    /// A commit was refused: what it left is wrong, and so is what runs that are under way began with.
    pub(crate) fn refused(&self, key: &Key) {
        let mut state = self.state.lock();
        state.refused += 1;
        state.left.remove(key);
    }

    /// Takes every turn that waits behind another.
    pub(crate) fn take_waiting(&self) -> Vec<T> {
        self.state.lock().waiting.values_mut().flat_map(std::mem::take).collect()
    }
}

impl Left {
    /// The same moment with the contact as a run leaves it.
    pub(crate) fn with(&self, known: Option<Known>) -> Self {
        Self { known, refused: self.refused }
    }
}

/// Whether the contact can be found by this: a run may have given it another, or gone on with a contact that lost it.
fn is_of(contact: &Contact, identifier: &Identifier) -> bool {
    let (held, wanted) = match identifier {
        Identifier::Phone(phone) => (&contact.phone, phone),
        Identifier::Email(email) => (&contact.email, email),
        Identifier::ExternalId(external) => (&contact.external_id, external),
    };
    held.as_ref() == Some(wanted)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookbox_model::{Contact, ContactId, Identifier, Timestamp, WorkspaceId};
    use hookbox_store::Known;

    use super::{Key, Lines};

    fn known(key: &Key, version: u64) -> Known {
        let mut contact = Contact::unknown(ContactId::from_bytes([2; 16]), key.0, &key.1, Timestamp::default());
        contact.version = version;
        Known { contact: Arc::new(contact), conversations: Vec::new() }
    }

    fn keys() -> (Key, Key) {
        let workspace = WorkspaceId::from_bytes([1; 16]);
        let key = |identifier| (workspace, identifier, None);
        (key(Identifier::Phone("+12155556677".into())), key(Identifier::Email("a@b.example".into())))
    }

    #[test]
    fn runs_of_one_contact_follow_one_another_and_see_what_the_one_before_left() {
        let (key, other) = keys();
        let lines = Lines::new();
        assert_eq!(lines.join(&key, 1), Some(1));
        assert_eq!(lines.join(&key, 2), None);
        assert_eq!(lines.join(&other, 3), Some(3));
        let first = lines.begin(&key);
        assert!(first.known.is_none());
        let (second, left) = lines.next(&key, first.with(Some(known(&key, 1)))).expect("2 waits");
        assert_eq!((second, left.known.clone()), (2, Some(known(&key, 1))));
        assert!(lines.next(&key, left.with(Some(known(&key, 2)))).is_none());
    }

    #[test]
    fn what_a_line_left_is_kept_until_it_is_on_disk() {
        let (key, _) = keys();
        let lines = Lines::new();
        lines.join(&key, 1);
        assert!(lines.next(&key, lines.begin(&key).with(Some(known(&key, 2)))).is_none());
        lines.settled(&key, 1);
        assert_eq!(lines.begin(&key).known, Some(known(&key, 2)));
        lines.settled(&key, 2);
        assert!(lines.begin(&key).known.is_none());
    }

    #[test]
    fn what_began_before_a_refusal_is_not_handed_on() {
        let (key, other) = keys();
        let lines = Lines::new();
        lines.join(&key, 1);
        let before = lines.begin(&key);
        lines.refused(&key);
        lines.join(&key, 2);
        let (_, left) = lines.next(&key, before.with(Some(known(&key, 2)))).expect("2 waits");
        assert!(left.known.is_none());
        let left = left.with(Some(known(&other, 3)));
        lines.join(&key, 3);
        let (_, left) = lines.next(&key, left).expect("3 waits");
        assert!(left.known.is_none(), "a contact that cannot be found by the line's identifier is not the line's");
    }
}
