//! Who looks on at the runs of which workspace: told by each commit, forgotten when nobody looks any more. While nobody does it
//! costs a commit one look.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::WorkspaceId;
use hookbox_store::{RunChange, RunNews, RunWatch};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::batch::News;

/// Those who look on.
#[derive(Default)]
pub(crate) struct Watching {
    seats: Mutex<HashMap<WorkspaceId, Vec<Arc<Seat>>>>,
}

/// The place of one who looks on.
struct Seat {
    news: Mutex<RunNews>,
    kept_max: usize,
    bell: Notify,
}

/// One who looks on. Dropped, it looks no more.
pub(crate) struct Watcher {
    of: Arc<Watching>,
    workspace: WorkspaceId,
    seat: Arc<Seat>,
}

impl Watching {
    /// Looks on at a workspace from now on; at most `kept_max` changes are kept between two looks.
    pub(crate) fn watch(self: &Arc<Self>, workspace: WorkspaceId, kept_max: usize) -> Watcher {
        let seat = Arc::new(Seat { news: Mutex::default(), kept_max, bell: Notify::new() });
        self.seats.lock().entry(workspace).or_default().push(Arc::clone(&seat));
        Watcher { of: Arc::clone(self), workspace, seat }
    }

    /// What there is to tell of these news, to those who look on at each workspace.
    pub(crate) fn changes(&self, news: &[News]) -> HashMap<WorkspaceId, Vec<RunChange>> {
        let mut changes: HashMap<WorkspaceId, Vec<RunChange>> = HashMap::new();
        let seats = self.seats.lock();
        if seats.is_empty() {
            return changes;
        }
        for item in news {
            match item {
                News::Brought(brought) if seats.contains_key(&brought.key.0) => {
                    let (workspace, run) = brought.key;
                    let change = RunChange { run, automation: brought.automation, state: brought.state };
                    changes.entry(workspace).or_default().push(change);
                }
                News::Brought(_) | News::Captured(_) | News::Counted(_) => {}
            }
        }
        changes
    }

    /// Tells it, now that everybody sees the commit: each who looks on once, however much it is.
    pub(crate) fn tell(&self, changes: &HashMap<WorkspaceId, Vec<RunChange>>) {
        if changes.is_empty() {
            return;
        }
        let seats = self.seats.lock();
        for (workspace, changes) in changes {
            seats.get(workspace).into_iter().flatten().for_each(|seat| seat.tell(changes));
        }
    }
}

impl Seat {
    fn tell(&self, changes: &[RunChange]) {
        let mut news = self.news.lock();
        let room = self.kept_max.saturating_sub(news.changes.len());
        let (kept, missed) = changes.split_at(room.min(changes.len()));
        news.changes.extend_from_slice(kept);
        news.missed = news.missed.saturating_add(missed.len() as u64);
        drop(news);
        // One looks; a bell that rang before it listens is heard all the same.
        self.bell.notify_one();
    }
}

#[async_trait]
impl RunWatch for Watcher {
    async fn news(&mut self) -> RunNews {
        loop {
            let news = std::mem::take(&mut *self.seat.news.lock());
            if news != RunNews::default() {
                return news;
            }
            self.seat.bell.notified().await;
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut seats = self.of.seats.lock();
        let Some(of_workspace) = seats.get_mut(&self.workspace) else { return };
        of_workspace.retain(|seat| !Arc::ptr_eq(seat, &self.seat));
        if of_workspace.is_empty() {
            seats.remove(&self.workspace);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookbox_model::{RunState, WorkspaceId};
    use hookbox_store::conformance::samples;
    use hookbox_store::{RunChange, RunWatch};

    use super::Watching;

    #[tokio::test]
    async fn a_large_commit_is_told_as_far_as_there_is_room_and_the_rest_is_counted() {
        let watching = Arc::new(Watching::default());
        let [one, other] = [samples::id(), samples::id()];
        let mut watchers = [(one, 3), (one, 10), (other, 10)].map(|(of, kept_max)| watching.watch(of, kept_max));
        let change = || RunChange { run: samples::id(), automation: samples::id(), state: RunState::Succeeded };
        let [first, second] = [[change(), change()], [change(), change()]];
        let of_other = change();
        watching.tell(&[(one, first.to_vec())].into());
        watching.tell(&[(one, second.to_vec()), (other, vec![of_other])].into());
        let all = [first, second].concat();
        let expected = [(&all[..3], 1), (&all[..], 0), (&[of_other][..], 0)];
        for (watcher, (changes, missed)) in watchers.iter_mut().zip(expected) {
            let news = watcher.news().await;
            assert_eq!((&news.changes[..], news.missed), (changes, missed));
        }
    }

    #[test]
    fn nothing_is_left_of_those_who_looked_on() {
        let watching = Arc::new(Watching::default());
        let [one, other] = [1, 2].map(|last| WorkspaceId::from_bytes([last; 16]));
        let watchers = [one, one, other].map(|workspace| watching.watch(workspace, 10));
        let [first, second, third] = watchers;
        drop(first);
        assert_eq!(watching.seats.lock()[&one].len(), 1);
        drop((second, third));
        assert!(watching.seats.lock().is_empty());
    }
}
