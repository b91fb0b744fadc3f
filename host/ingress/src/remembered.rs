//! What the store says of an id, remembered for as long as the store's revision is the one it was read at.
//!
//! Ids that nobody has are remembered apart, so that guessing cannot push out what is in use.

use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::Cache;

/// What is known of ids.
pub(crate) struct Remembered<K, T> {
    known: Cache<K, (u64, Arc<T>)>,
    unknown: Cache<K, u64>,
}

impl<K: Eq + Hash + Copy, T> Remembered<K, T> {
    /// Room for so many things, and for so many ids that nobody has.
    pub(crate) fn new(known_max: usize, unknown_max: usize) -> Self {
        Self { known: Cache::new(known_max), unknown: Cache::new(unknown_max) }
    }

    /// What was remembered of `id` at `revision`: `None` when nothing was, `Some(None)` that nobody has the id.
    pub(crate) fn look(&self, id: K, revision: u64) -> Option<Option<Arc<T>>> {
        match self.known.get(&id) {
            Some((at, found)) => (at == revision).then_some(Some(found)),
            None => (self.unknown.get(&id) == Some(revision)).then_some(None),
        }
    }

    /// Remembers what was found of `id`. `revision` was read before it was looked for: a change in between makes what is
    /// remembered stale, never wrong.
    pub(crate) fn remember(&self, id: K, revision: u64, found: Option<T>) -> Option<Arc<T>> {
        let Some(found) = found.map(Arc::new) else {
            self.known.remove(&id);
            self.unknown.insert(id, revision);
            return None;
        };
        self.known.insert(id, (revision, Arc::clone(&found)));
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::Remembered;

    #[test]
    fn what_is_remembered_counts_at_its_revision_only() {
        let remembered = Remembered::new(10, 10);
        assert_eq!(remembered.look(1, 7), None);
        remembered.remember(1, 7, Some("one"));
        assert_eq!(remembered.look(1, 7).flatten().as_deref(), Some(&"one"));
        assert_eq!(remembered.look(1, 8), None);
        remembered.remember(1, 8, None);
        assert_eq!((remembered.look(1, 8), remembered.look(1, 7), remembered.look(1, 9)), (Some(None), None, None));
    }

    #[test]
    fn ids_that_nobody_has_do_not_push_out_what_is_in_use() {
        let remembered = Remembered::new(10, 10);
        remembered.remember(0, 1, Some(()));
        for stranger in 1..10_000 {
            remembered.remember(stranger, 1, None);
        }
        assert!(remembered.look(0, 1).flatten().is_some());
        assert!((1..10_000).filter(|stranger| remembered.look(*stranger, 1).is_some()).count() <= 20);
    }
}
