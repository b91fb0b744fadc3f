//! Lines: runs on the same contact follow one another, in the order they were claimed; different contacts never wait for
//! each other.
//!
//! A line also hands the contact from one run to the next as the first one left it, before that is on disk: the commits
//! are queued in the same order, and if one is refused, so are those that built on it. Then the line stands still until all
//! of them are settled, and goes on with the first of those that were refused, so that none overtakes another. A contact
//! that a line's last run left is kept only until that run's commit is settled; after that the store knows better.

use std::collections::{BTreeMap, HashMap};

use hookbox_model::{Contact, Identifier, RunId, WorkspaceId};
use hookbox_store::Known;
use parking_lot::Mutex;

/// Whose line it is; with a run's id it is the line of that run alone.
pub(crate) type Key = (WorkspaceId, Identifier, Option<RunId>);

/// A turn whose time has come, with the contact as the turn before left it; none when the store has it.
pub(crate) type Next<T> = (T, Option<Known>);

/// All lines. `T` is a claimed run with what it needs.
pub(crate) struct Lines<T> {
    lines: Mutex<HashMap<Key, Line<T>>>,
}

struct Line<T> {
    /// By the number of their claim.
    waiting: BTreeMap<u64, T>,
    /// A turn is under way.
    busy: bool,
    /// How many commits are not settled.
    settling: usize,
    /// The contact as the last turn left it.
    left: Option<Known>,
    /// A commit was refused, and others that built on it may be.
    refused: bool,
}

impl<T> Lines<T> {
    pub(crate) fn new() -> Self {
        Self { lines: Mutex::default() }
    }

    /// Puts the turn of claim `number` into its line. What is given back is the caller's to run, and then [`Lines::ended`].
    pub(crate) fn join(&self, key: &Key, number: u64, turn: T) -> Option<Next<T>> {
        let mut lines = self.lines.lock();
        let line = lines.entry(key.clone()).or_insert_with(Line::new);
        line.waiting.insert(number, turn);
        line.next()
    }

    /// The turn under way is done and its commit queued; `left` is the contact as it leaves it. Gives the next one.
    pub(crate) fn ended(&self, key: &Key, left: Known) -> Option<Next<T>> {
        self.change(key, |line| {
            line.busy = false;
            line.settling += 1;
            line.left = Some(left).filter(|left| is_of(&left.contact, &key.1));
        })
    }

    /// The turn under way came to nothing. Gives the next one.
    pub(crate) fn given_up(&self, key: &Key) -> Option<Next<T>> {
        self.change(key, |line| {
            line.busy = false;
            line.left = None;
        })
    }

    /// A commit that left the contact at `version` is on disk. Gives the turn that waited for that, if one did.
    pub(crate) fn settled(&self, key: &Key, version: u64) -> Option<Next<T>> {
        self.change(key, |line| {
            line.settling -= 1;
            line.left.take_if(|left| left.contact.version == version);
        })
    }

    /// A commit was refused: what it left is wrong, and so is what others built on it. Its turn takes its place in the line
    /// again, if it is to. Gives the turn that waited for that, if one did.
    pub(crate) fn refused(&self, key: &Key, again: Option<(u64, T)>) -> Option<Next<T>> {
        self.change(key, |line| {
            line.settling -= 1;
            line.refused = true;
            line.waiting.extend(again);
        })
    }

    /// Takes every turn that waits behind another.
    pub(crate) fn take_waiting(&self) -> Vec<T> {
        self.lines.lock().values_mut().flat_map(|line| std::mem::take(&mut line.waiting).into_values()).collect()
    }

    /// Changes a line that has a turn under way or a commit to settle, and forgets it when nothing is left of it.
    fn change(&self, key: &Key, change: impl FnOnce(&mut Line<T>)) -> Option<Next<T>> {
        let mut lines = self.lines.lock();
        let line = lines.get_mut(key)?;
        change(line);
        let next = line.next();
        if !line.busy && line.settling == 0 {
            lines.remove(key);
        }
        next
    }
}

impl<T> Line<T> {
    fn new() -> Self {
        Self { waiting: BTreeMap::new(), busy: false, settling: 0, left: None, refused: false }
    }

    fn next(&mut self) -> Option<Next<T>> {
        if self.busy || (self.refused && self.settling > 0) {
            return None;
        }
        if std::mem::take(&mut self.refused) {
            self.left = None;
        }
        let (_, turn) = self.waiting.pop_first()?;
        self.busy = true;
        Some((turn, self.left.clone()))
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
        assert_eq!(lines.join(&key, 1, 'a'), Some(('a', None)));
        assert_eq!(lines.join(&key, 2, 'b'), None);
        assert_eq!(lines.join(&other, 3, 'x'), Some(('x', None)));
        assert_eq!(lines.ended(&key, known(&key, 1)), Some(('b', Some(known(&key, 1)))));
        assert_eq!(lines.ended(&key, known(&key, 2)), None);
    }

    #[test]
    fn what_a_line_left_is_kept_until_it_is_on_disk() {
        let (key, _) = keys();
        let lines = Lines::new();
        lines.join(&key, 1, 'a');
        lines.ended(&key, known(&key, 2));
        assert_eq!(lines.join(&key, 2, 'b'), Some(('b', Some(known(&key, 2)))));
        lines.ended(&key, known(&key, 3));
        assert_eq!((lines.settled(&key, 2), lines.settled(&key, 3)), (None, None));
        assert_eq!(lines.join(&key, 3, 'c'), Some(('c', None)));
        lines.given_up(&key);
        assert!(lines.lines.lock().is_empty(), "nothing is left of it");
    }

    #[test]
    fn runs_that_are_refused_run_again_in_their_order_and_before_later_ones() {
        let (key, _) = keys();
        let lines = Lines::new();
        lines.join(&key, 1, 'a');
        lines.join(&key, 2, 'b');
        lines.join(&key, 3, 'c');
        assert_eq!(lines.ended(&key, known(&key, 1)), Some(('b', Some(known(&key, 1)))));
        assert_eq!(lines.refused(&key, Some((1, 'a'))), None, "the second is under way and will be refused too");
        assert_eq!(lines.ended(&key, known(&key, 2)), None);
        assert_eq!(lines.join(&key, 4, 'd'), None);
        assert_eq!(lines.refused(&key, Some((2, 'b'))), Some(('a', None)));
        for (version, turn) in [(1, 'b'), (2, 'c'), (3, 'd')] {
            assert_eq!(lines.ended(&key, known(&key, version)), Some((turn, Some(known(&key, version)))));
        }
    }

    #[test]
    fn a_contact_that_is_not_found_by_the_identifier_of_its_line_is_not_handed_on() {
        let (key, other) = keys();
        let lines = Lines::new();
        lines.join(&key, 1, 'a');
        lines.join(&key, 2, 'b');
        assert_eq!(lines.ended(&key, known(&other, 3)), Some(('b', None)));
        assert!(lines.take_waiting().is_empty());
    }
}
