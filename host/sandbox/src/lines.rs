//! A line for each workspace, so that what one has too much of waits behind its own and not before the others.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

/// How many workspaces are remembered before idle ones are forgotten.
pub(crate) const WORKSPACES_KEPT: usize = 1_024;

/// The lines of workspaces; idle ones are forgotten.
pub(crate) struct Lines<K> {
    places: usize,
    kept: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl<K: Copy + Eq + Hash> Lines<K> {
    /// Lines that let so many of each workspace through at once.
    pub(crate) fn new(places: usize) -> Self {
        Self { places, kept: Mutex::default() }
    }

    /// The line of a workspace.
    pub(crate) fn of(&self, workspace: K) -> Arc<Semaphore> {
        let mut kept = self.kept.lock();
        if kept.len() >= WORKSPACES_KEPT && !kept.contains_key(&workspace) {
            kept.retain(|_, line| Arc::strong_count(line) > 1);
        }
        Arc::clone(kept.entry(workspace).or_insert_with(|| Arc::new(Semaphore::new(self.places))))
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.kept.lock().len()
    }
}
