//! Messages that may leave and are not counted by the store yet, so that those that ask at the same time do not all pass a cap.
//!
//! Who asks enters first, reads what the store counted, and then takes a place beside all that were not counted for certain when
//! it read: never too few, at times too many. So a cap that only these exceed refuses nothing; it is asked again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use hookbox_model::{ContactId, Message, WorkspaceId};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// The places taken, of as many messages as are claimed at most.
#[derive(Default)]
pub(crate) struct Reservations {
    counts: Mutex<HashMap<Key, Count>>,
    ended: Notify,
}

/// What is counted for one key.
#[derive(Default)]
struct Count {
    /// Who entered and is not done.
    asking: u64,
    taken: u64,
    ended: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Workspace(WorkspaceId),
    Contact(WorkspaceId, ContactId),
}

/// A message that is asked about, and its place once it has one. Dropped when the store counts it or it stays after all.
pub(crate) struct Asking<'a> {
    all: &'a Reservations,
    keys: [Key; 2],
    /// How many places were given up before it asked: those the store has counted.
    ended: [u64; 2],
    has_place: bool,
}

impl Reservations {
    /// Enters a message, before what the store counted is read.
    pub(crate) fn ask(&self, message: &Message) -> Asking<'_> {
        let keys = [Key::Workspace(message.workspace), Key::Contact(message.workspace, message.contact)];
        let mut counts = self.counts.lock();
        let ended = keys.map(|key| {
            let count = counts.entry(key).or_default();
            count.asking += 1;
            count.ended
        });
        Asking { all: self, keys, ended, has_place: false }
    }

    /// Resolves when a place is given up after this call.
    pub(crate) fn next_end(&self) -> Notified<'_> {
        self.ended.notified()
    }
}

impl Asking<'_> {
    /// Takes a place if `fits` allows it beside so many of the workspace and so many of the contact. Whether it did.
    pub(crate) fn take(&mut self, fits: impl FnOnce(u64, u64) -> bool) -> bool {
        let mut counts = self.all.counts.lock();
        let besides = |at: usize| counts.get(&self.keys[at]).map_or(0, |count| count.taken - self.ended[at]);
        self.has_place = fits(besides(0), besides(1));
        if self.has_place {
            for key in &self.keys {
                counts.entry(*key).or_default().taken += 1;
            }
        }
        self.has_place
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut counts = self.all.counts.lock();
        for key in self.keys {
            let Entry::Occupied(mut entry) = counts.entry(key) else { continue };
            let count = entry.get_mut();
            count.asking -= 1;
            count.ended += u64::from(self.has_place);
            if count.asking == 0 {
                entry.remove();
            }
        }
        drop(counts);
        if self.has_place {
            self.all.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use hookbox_store::conformance::samples;

    use super::Reservations;

    #[test]
    fn a_place_counts_for_all_who_asked_before_it_was_given_up_and_nothing_is_kept() {
        let (all, workspace) = (Reservations::default(), samples::id());
        let message = |phone| {
            let contact = samples::contact(workspace, phone);
            samples::message(&samples::conversation(&contact, samples::id()))
        };
        let (one, other) = (message("+15550100"), message("+15550101"));
        let mut first = all.ask(&one);
        let (mut same, mut elsewhere) = (all.ask(&one), all.ask(&other));
        assert!(first.take(|workspace, contact| (workspace, contact) == (0, 0)));
        drop(first);
        assert!(!same.take(|workspace, contact| {
            assert_eq!((workspace, contact), (1, 1));
            false
        }));
        assert!(elsewhere.take(|workspace, contact| (workspace, contact) == (1, 0)));
        assert!(all.ask(&one).take(|workspace, contact| (workspace, contact) == (1, 0)));
        drop((same, elsewhere));
        assert!(all.counts.lock().is_empty());
    }
}
