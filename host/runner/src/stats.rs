//! Counts what runs come to and what plugins are called, in memory, and adds it to the store about once a second.
//!
//! A commit costs one short lock here, and so does a call; the store is written to by a task of its own. What was counted and not
//! added when a host dies is lost: at most what it counted in [`StatsConfig::flush_ms`]. A host that ends in order adds all of it.

mod queues;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::time::Duration;

use hookbox_model::{
    AutomationId, CallCounts, Counted, Digest, Plugin, Run, RunCounts, RunState, StatsRow, StatsSpan, Timestamp,
    WorkspaceId,
};
use hookbox_store::{Claim, Store, StoreError};
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::oneshot;
use tracing::{debug, warn};

use crate::clock;

/// How counts are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatsConfig {
    /// How often what was counted is added to the store, in milliseconds. 1 s.
    pub flush_ms: u64,
    /// Automations and plugin versions that are counted between two times, each once for each minute; what is of further ones
    /// is not counted. 10,000.
    pub keys_max: usize,
    /// Rows of one transaction. 500.
    pub rows_max: usize,
    /// How long counts of minutes are kept, in milliseconds. 48 h.
    pub minutes_kept_ms: u64,
    /// How long counts of hours are kept, in milliseconds. 90 days.
    pub hours_kept_ms: u64,
    /// Old rows that are dropped at one time. 1,000.
    pub dropped_max: usize,
}

impl Default for StatsConfig {
    fn default() -> Self {
        Self {
            flush_ms: 1_000,
            keys_max: 10_000,
            rows_max: 500,
            minutes_kept_ms: 48 * 3_600_000,
            hours_kept_ms: 90 * 24 * 3_600_000,
            dropped_max: 1_000,
        }
    }
}

/// What was counted since it was last added to the store.
pub struct Tally {
    config: StatsConfig,
    counts: Mutex<Counts>,
}

/// When a minute began, in the workspace whose automation or plugin version was counted in it.
type Key<K> = (WorkspaceId, K, Timestamp);

#[derive(Default)]
struct Counts {
    runs: HashMap<Key<AutomationId>, RunCounts>,
    calls: HashMap<Key<Digest>, (String, CallCounts)>,
    /// What there was no room for.
    missed: u64,
}

/// What a committed run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// Its state.
    pub state: RunState,
    /// The code of its failure, if it is a dead letter.
    pub code: Option<String>,
}

impl Came {
    /// What a run comes to once this is committed.
    pub fn of(run: &Run) -> Self {
        let failure = run.failure.as_ref().filter(|_| run.state == RunState::Failed);
        Self { state: run.state, code: failure.map(|failure| failure.code.clone()) }
    }
}

impl Tally {
    /// Nothing was counted.
    pub fn new(config: StatsConfig) -> Self {
        Self { config, counts: Mutex::default() }
    }

    /// Counts a run that was committed just now. Its capture is counted by its very first commit, which there is but one of:
    /// a claim may be handed out many times.
    pub fn run(&self, claim: &Claim, came: &Came, now: Timestamp) {
        let capture = &claim.capture;
        let of = |at| (capture.workspace, capture.automation, StatsSpan::Minute.of(at));
        let mut counts = self.counts.lock();
        if claim.run.is_none() {
            counts.of_run(of(capture.received_at), self.config.keys_max, |counts| counts.capture(capture.received_at));
        }
        match came.state {
            RunState::Succeeded | RunState::Failed => {
                let began = claim.run.as_ref().filter(|run| run.replay.is_some());
                let began = began.map_or(capture.received_at, |replay| replay.id.made_at());
                counts.of_run(of(now), self.config.keys_max, |counts| {
                    count_end(counts, came);
                    counts.took_ms.count(now.millis_since(began));
                });
            }
            // When somebody ends a run says nothing of how long runs take.
            RunState::Cancelled => counts.of_run(of(now), self.config.keys_max, |counts| count_end(counts, came)),
            RunState::Waiting => {
                counts.of_run(of(now), self.config.keys_max, |counts| counts.waited += 1);
            }
            RunState::Queued | RunState::Running | RunState::Held => {}
        }
    }

    /// Counts a call of a plugin that just ended.
    pub fn call(&self, workspace: WorkspaceId, plugin: &Plugin, took_us: u64, failed: bool, now: Timestamp) {
        let key = (workspace, plugin.digest, StatsSpan::Minute.of(now));
        let mut counts = self.counts.lock();
        let Counts { calls, missed, .. } = &mut *counts;
        let name = || (plugin.manifest.name.clone(), CallCounts::default());
        match counted(calls, key, self.config.keys_max, name) {
            Some((_, counts)) => counts.call(took_us, failed),
            None => *missed += 1,
        }
    }

    /// Adds to the store what was counted, once in each minute how much waits, and has it drop what is old, until `end` is sent or
    /// dropped; then what was counted once more.
    pub(crate) async fn keep(&self, store: &dyn Store, mut end: oneshot::Receiver<()>) {
        let mut looked = None;
        loop {
            let ended = tokio::select! {
                biased;
                _ = &mut end => true,
                () = tokio::time::sleep(Duration::from_millis(self.config.flush_ms.max(1))) => false,
            };
            self.add_counted(store).await;
            if ended {
                return;
            }
            let tended = tokio::select! {
                biased;
                _ = &mut end => false,
                () = self.tend(store, &mut looked) => true,
            };
            if !tended {
                self.add_counted(store).await;
                return;
            }
        }
    }

    /// Looks once in each minute at how much waits, and has the store drop what is old. It may be left at any await: what it adds is
    /// of this moment, and what it does not drop is dropped the next time.
    async fn tend(&self, store: &dyn Store, looked: &mut Option<Timestamp>) {
        let now = clock::now();
        if looked.replace(StatsSpan::Minute.of(now)) != Some(StatsSpan::Minute.of(now))
            && let Err(error) = queues::look(store, now, self.config.rows_max).await
        {
            warn!(%error, "how much waits was not added to the store; it is looked at again in the next minute");
        }
        if let Err(error) = self.sweep(store).await {
            warn!(%error, "old counts of runs and calls were not dropped; it is tried again");
        }
    }

    async fn add_counted(&self, store: &dyn Store) {
        if let Err(error) = self.flush(store).await {
            warn!(%error, "what was counted of runs and calls was not added to the store; it is tried again");
        }
    }

    /// Adds what was counted to the store. What it does not take is kept to be added the next time.
    async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let (mut rows, missed) = self.take();
        if missed > 0 {
            warn!(missed, "more automations and plugins were under way than are counted at one time (stats.keys_max)");
        }
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(self.config.rows_max.max(1)));
            if let Err(error) = store.stats().add(rows.clone()).await {
                rows.extend(rest);
                self.put_back(rows);
                return Err(error);
            }
            rows = rest;
        }
        Ok(())
    }

    /// Drops what is old by the time that retention goes by, not by the clock: a clock that jumps ahead must not cost the counts.
    async fn sweep(&self, store: &dyn Store) -> Result<(), StoreError> {
        let Some(now) = store.history().retention_time().await? else { return Ok(()) };
        let StatsConfig { minutes_kept_ms, hours_kept_ms, dropped_max, .. } = self.config;
        for (span, kept_ms) in [(StatsSpan::Minute, minutes_kept_ms), (StatsSpan::Hour, hours_kept_ms)] {
            let before = Timestamp::from_millis(now.as_millis().saturating_sub(kept_ms));
            let dropped = store.stats().drop_before(span, before, dropped_max).await?;
            if dropped > 0 {
                debug!(dropped, ?span, "old counts were dropped");
            }
        }
        Ok(())
    }

    /// Everything that was counted, and how much there was no room for. Versions of one plugin are one row.
    fn take(&self) -> (Vec<StatsRow>, u64) {
        let Counts { runs, calls, missed } = std::mem::take(&mut *self.counts.lock());
        let runs = runs.into_iter().map(|((workspace, automation, at), counts)| StatsRow {
            workspace,
            at,
            counted: Counted::Runs(automation, counts),
        });
        let mut by_name: HashMap<Key<String>, CallCounts> = HashMap::new();
        for ((workspace, _, at), (name, counts)) in calls {
            by_name.entry((workspace, name, at)).or_default().add(&counts);
        }
        let calls = by_name.into_iter().map(|((workspace, name, at), counts)| StatsRow {
            workspace,
            at,
            counted: Counted::Calls(name, counts),
        });
        (runs.chain(calls).collect(), missed)
    }

    /// Keeps rows that were taken beside what was counted since.
    fn put_back(&self, rows: Vec<StatsRow>) {
        let mut counts = self.counts.lock();
        for StatsRow { workspace, at, counted: of } in rows {
            let Counts { calls, missed, .. } = &mut *counts;
            match of {
                // It is not counted here.
                Counted::Queue(_) => {}
                Counted::Runs(automation, taken) => {
                    counts.of_run((workspace, automation, at), self.config.keys_max, |counts| counts.add(&taken));
                }
                Counted::Calls(name, taken) => {
                    // Under a digest of its own: which version it was of is not asked any more.
                    let key = (workspace, Digest::of(name.as_bytes()), at);
                    match counted(calls, key, self.config.keys_max, || (name, CallCounts::default())) {
                        Some((_, counts)) => counts.add(&taken),
                        None => *missed += taken.calls,
                    }
                }
            }
        }
    }
}

impl Counts {
    fn of_run(&mut self, key: Key<AutomationId>, keys_max: usize, count: impl FnOnce(&mut RunCounts)) {
        match counted(&mut self.runs, key, keys_max, RunCounts::default) {
            Some(counts) => count(counts),
            None => self.missed += 1,
        }
    }
}

/// What is counted under `key`; nothing when there is no room for one more.
fn counted<K: Eq + Hash, C>(
    counts: &mut HashMap<K, C>,
    key: K,
    keys_max: usize,
    new: impl FnOnce() -> C,
) -> Option<&mut C> {
    let has_room = counts.len() < keys_max;
    match counts.entry(key) {
        Entry::Occupied(known) => Some(known.into_mut()),
        Entry::Vacant(vacant) => has_room.then(|| vacant.insert(new())),
    }
}

fn count_end(counts: &mut RunCounts, came: &Came) {
    match came.state {
        RunState::Succeeded => counts.succeeded += 1,
        RunState::Cancelled => counts.cancelled += 1,
        RunState::Failed => {
            counts.failed += 1;
            counts.failures.count(came.code.as_deref().unwrap_or(hookbox_model::FailureCounts::OTHER));
        }
        RunState::Queued | RunState::Running | RunState::Waiting | RunState::Held => {}
    }
}

#[cfg(test)]
mod tests;
