//! Turns: each of several has something due at some time, and those whose time has come are served one after the other.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;

/// Those who wait for their time or for their turn.
pub(super) struct Round<K> {
    /// Those whose time has not come when last looked at.
    alarms: BTreeSet<(u64, K)>,
    /// Those whose time had come, in the order of their turns.
    ring: VecDeque<K>,
    /// When each is due; those in the ring at 0.
    places: HashMap<K, u64>,
}

impl<K> Default for Round<K> {
    fn default() -> Self {
        Self { alarms: BTreeSet::new(), ring: VecDeque::new(), places: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> Round<K> {
    /// Makes sure that `one` has a turn once `due_ms` has come.
    pub(super) fn expect(&mut self, one: K, due_ms: u64) {
        let known = self.places.get(&one).copied();
        if known.is_some_and(|known| known <= due_ms) {
            return;
        }
        if let Some(known) = known {
            self.alarms.remove(&(known, one));
        }
        self.places.insert(one, due_ms);
        if due_ms == 0 {
            self.ring.push_back(one);
        } else {
            self.alarms.insert((due_ms, one));
        }
    }

    /// Whose turn it is at `now_ms`. It has no further turn until it is expected again.
    pub(super) fn turn(&mut self, now_ms: u64) -> Option<K> {
        while let Some((due_ms, one)) = self.alarms.first().copied().filter(|(due_ms, _)| *due_ms <= now_ms) {
            self.alarms.remove(&(due_ms, one));
            self.places.insert(one, 0);
            self.ring.push_back(one);
        }
        let one = self.ring.pop_front()?;
        self.places.remove(&one);
        Some(one)
    }

    /// When the first of them has a turn: 0 is now.
    pub(super) fn first(&self) -> Option<u64> {
        if self.ring.is_empty() { self.alarms.first().map(|(due_ms, _)| *due_ms) } else { Some(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::Round;

    #[test]
    fn those_whose_time_has_come_are_served_in_turn() {
        let mut round = Round::default();
        for (one, due_ms) in [('a', 5), ('b', 3), ('c', 9), ('a', 7), ('a', 4)] {
            round.expect(one, due_ms);
        }
        assert_eq!((round.turn(2), round.first()), (None, Some(3)));
        assert_eq!(round.turn(4), Some('b'));
        round.expect('b', 0);
        assert_eq!((round.turn(4), round.turn(4), round.turn(4)), (Some('a'), Some('b'), None));
        assert_eq!((round.first(), round.turn(9), round.first()), (Some(9), Some('c'), None));
    }

    #[test]
    fn a_clock_that_goes_back_loses_nobody() {
        let mut round = Round::default();
        round.expect('a', 5);
        round.expect('b', 5);
        assert_eq!(round.turn(5), Some('a'));
        assert_eq!(round.turn(1), Some('b'), "its time had come");
        round.expect('a', 5);
        assert_eq!((round.turn(1), round.turn(5)), (None, Some('a')));
    }
}
