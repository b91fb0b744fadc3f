//! The plugin state that one call looked at or wrote: each key is read once, and what the call wrote is what it reads then.

use std::collections::BTreeMap;

use hookbox_model::{Left, Seen, StateAccess, StateEntry};

/// The keys that a call touched.
#[derive(Debug, Default)]
pub(crate) struct Remembered(BTreeMap<String, (Seen, Left)>);

impl Remembered {
    /// What the call would read under a key; `None` when it has to be looked up first.
    pub(crate) fn known(&self, key: &str) -> Option<Option<&StateEntry>> {
        match self.0.get(key)? {
            (_, Left::Entry(entry)) | (Seen::Entry(entry), Left::Unchanged) => Some(Some(entry)),
            (_, Left::Removed) | (Seen::Absent, Left::Unchanged) => Some(None),
            (Seen::Unread, Left::Unchanged) => None,
        }
    }

    /// Notes what was looked up under a key.
    pub(crate) fn saw(&mut self, key: &str, found: Option<StateEntry>) {
        let seen = found.map_or(Seen::Absent, Seen::Entry);
        self.0.insert(key.to_owned(), (seen, Left::Unchanged));
    }

    /// Notes what is to be there.
    pub(crate) fn leave(&mut self, key: &str, left: Left) {
        match self.0.get_mut(key) {
            Some((_, before)) => *before = left,
            None => {
                self.0.insert(key.to_owned(), (Seen::Unread, left));
            }
        }
    }

    /// How many keys were touched.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Everything that was touched, by key.
    pub(crate) fn into_accesses(self) -> Vec<StateAccess> {
        self.0.into_iter().map(|(key, (seen, left))| StateAccess { key, seen, left }).collect()
    }
}
