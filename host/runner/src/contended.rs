//! Runs whose plugin state was changed under them go one after the other, so that each of them gets somewhere however many
//! want the same key.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hookbox_model::WorkspaceId;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

/// Which plugins' state is contended: a lock for each, as long as somebody holds it or waits for it.
#[derive(Default)]
pub(crate) struct Contended(Mutex<HashMap<Key, Lock>>);

/// Workspace and plugin.
type Key = (WorkspaceId, String);

type Lock = Arc<tokio::sync::Mutex<()>>;

/// The state of some plugins, held against others that contend for it until it is dropped.
pub(crate) struct Held<'a> {
    contended: &'a Contended,
    guards: Vec<(Key, OwnedMutexGuard<()>)>,
}

impl Contended {
    /// Waits for the state of these plugins. Always in the order of their names, so that no two runs wait for each other.
    pub(crate) async fn hold(&self, workspace: WorkspaceId, plugins: &BTreeSet<String>) -> Held<'_> {
        let mut held = Held { contended: self, guards: Vec::with_capacity(plugins.len()) };
        for plugin in plugins {
            let key = (workspace, plugin.clone());
            let lock = Arc::clone(self.0.lock().entry(key.clone()).or_default());
            held.guards.push((key, lock.lock_owned().await));
        }
        held
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        for (key, guard) in self.guards.drain(..) {
            let mut locks = self.contended.0.lock();
            drop(guard);
            // Whoever waits for it has it too, and can only come by it under this lock.
            if locks.get(&key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
                locks.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures_util::FutureExt;
    use hookbox_model::WorkspaceId;

    use super::Contended;

    const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);

    #[tokio::test]
    async fn one_run_at_a_time_holds_the_state_of_a_plugin() {
        let contended = Contended::default();
        let plugins = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let (one, both, other) = (plugins(&["a"]), plugins(&["a", "b"]), plugins(&["c"]));
        let first = contended.hold(WORKSPACE, &one).await;
        let mut second = Box::pin(contended.hold(WORKSPACE, &both));
        assert!((&mut second).now_or_never().is_none());
        assert!(contended.hold(WORKSPACE, &other).now_or_never().is_some(), "others do not wait");
        assert!(contended.hold(WorkspaceId::from_bytes([2; 16]), &one).now_or_never().is_some());
        drop(first);
        let second = second.now_or_never().expect("its turn has come");
        drop(second);
        assert!(contended.0.lock().is_empty(), "nothing is left of it");
    }
}
