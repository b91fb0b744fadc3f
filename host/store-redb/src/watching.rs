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

    /// What there is to tell of these news.
    pub(crate) fn changes(&self, news: &[News]) -> Vec<(WorkspaceId, RunChange)> {
        let seats = self.seats.lock();
        if seats.is_empty() {
            return Vec::new();
        }
        let change = |item: &News| match item {
            News::Brought(brought) if seats.contains_key(&brought.key.0) => {
                let (workspace, run) = brought.key;
                Some((workspace, RunChange { run, automation: brought.automation, state: brought.state }))
            }
            News::Brought(_) | News::Captured(_) | News::Counted(_) => None,
        };
        news.iter().filter_map(change).collect()
    }

    /// Tells it, now that everybody sees the commit.
    pub(crate) fn tell(&self, changes: &[(WorkspaceId, RunChange)]) {
        if changes.is_empty() {
            return;
        }
        let seats = self.seats.lock();
        for (workspace, change) in changes {
            seats.get(workspace).into_iter().flatten().for_each(|seat| seat.tell(*change));
        }
    }
}

impl Seat {
    fn tell(&self, change: RunChange) {
        let mut news = self.news.lock();
        if news.changes.len() < self.kept_max {
            news.changes.push(change);
        } else {
            news.missed = news.missed.saturating_add(1);
        }
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

    use hookbox_model::WorkspaceId;

    use super::Watching;

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
