//! Who waits for the end of which run: told by the commit that ends it, forgotten when nobody waits any more.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::batch::{News, RunKey, Standing};

/// The runs whose end somebody waits for.
pub(crate) struct Finishing {
    waited: Mutex<HashMap<RunKey, Waited>>,
}

struct Waited {
    end: Arc<Notify>,
    waiters: usize,
}

/// One who waits. Dropped, it waits no more.
pub(crate) struct Waiter<'f> {
    of: &'f Finishing,
    run: RunKey,
    /// Notified when the run may be final, or nothing more is committed.
    pub(crate) end: Arc<Notify>,
}

impl Finishing {
    /// Nobody waits.
    pub(crate) fn new() -> Self {
        Self { waited: Mutex::default() }
    }

    /// Begins to wait for a run.
    pub(crate) fn wait(&self, run: RunKey) -> Waiter<'_> {
        let mut waited = self.waited.lock();
        let entry = waited.entry(run).or_insert_with(|| Waited { end: Arc::default(), waiters: 0 });
        entry.waiters += 1;
        Waiter { of: self, run, end: Arc::clone(&entry.end) }
    }

    /// The runs that end with these news; `None` when nobody waits for any.
    pub(crate) fn ended_by(&self, news: &[News]) -> Option<Vec<RunKey>> {
        if self.waited.lock().is_empty() {
            return None;
        }
        let ends = |item: &News| match item {
            News::Brought(brought) if brought.standing == Standing::Final => Some(brought.key),
            News::Brought(_) | News::Captured(_) | News::Counted(_) => None,
        };
        Some(news.iter().filter_map(ends).collect())
    }

    /// Tells those who wait for these runs, now that everybody sees their end. When nobody waited before, those who began to
    /// since may have looked too early: all of them look again.
    pub(crate) fn tell(&self, ended: Option<Vec<RunKey>>) {
        let Some(ended) = ended else { return self.tell_all() };
        let waited = self.waited.lock();
        ended.iter().filter_map(|run| waited.get(run)).for_each(|waited| waited.end.notify_waiters());
    }

    /// Tells everybody.
    pub(crate) fn tell_all(&self) {
        self.waited.lock().values().for_each(|waited| waited.end.notify_waiters());
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut waited = self.of.waited.lock();
        if let Some(entry) = waited.get_mut(&self.run) {
            entry.waiters -= 1;
            if entry.waiters == 0 {
                waited.remove(&self.run);
            }
        }
    }
}
