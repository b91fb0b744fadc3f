//! Counts what runs come to and what plugins are called, in memory, and adds it to the store about once a second.
//!
//! A commit costs one short lock here, and so does a call; the store is written to by a task of its own. What was counted and not
//! added when a host dies is lost: at most what it counted in [`StatsConfig::flush_ms`]. A host that ends in order adds all of it.

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

    /// Adds to the store what was counted, and has it drop what is old, until `end` is sent or dropped; then once more.
    pub(crate) async fn keep(&self, store: &dyn Store, mut end: oneshot::Receiver<()>) {
        loop {
            let ended = tokio::select! {
                biased;
                _ = &mut end => true,
                () = tokio::time::sleep(Duration::from_millis(self.config.flush_ms.max(1))) => false,
            };
            if let Err(error) = self.flush(store).await {
                warn!(%error, "what was counted of runs and calls was not added to the store; it is tried again");
            }
            if ended {
                return;
            }
            if let Err(error) = self.sweep(store).await {
                warn!(%error, "old counts of runs and calls were not dropped; it is tried again");
            }
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
mod tests {
    use std::sync::Arc;

    use hookbox_model::{
        CallCounts, Capture, Counted, Replay, Run, RunCounts, RunFailure, RunState, StatsRow, StatsSpan, Timestamp,
    };
    use hookbox_store::conformance::samples;
    use hookbox_store::{Claim, History, Store};
    use hookbox_store_redb::{Config, Metrics, RedbStore};
    use prometheus_client::registry::Registry;
    use tokio::sync::oneshot;

    use super::{Came, StatsConfig, Tally};

    const MINUTE: u64 = 60_000;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(1_795_478_400_000 + millis)
    }

    /// A capture that arrived at `received`, in milliseconds, and was never run.
    fn fresh(received: u64) -> Claim {
        let capture = Capture { received_at: at(received), ..samples::capture(samples::id(), samples::id()) };
        Claim { capture: Arc::new(capture), run: None, interruptions: 0 }
    }

    fn came(state: RunState) -> Came {
        Came { state, code: None }
    }

    /// What was counted of runs, by when its minute began.
    fn runs(tally: &Tally) -> Vec<(u64, RunCounts)> {
        let (mut rows, missed) = tally.take();
        assert_eq!(missed, 0);
        rows.sort_by_key(|row| row.at);
        let of_runs = |row: StatsRow| match row.counted {
            Counted::Runs(_, counts) => (row.at.millis_since(at(0)), counts),
            Counted::Calls(..) => panic!("nothing was called"),
        };
        rows.into_iter().map(of_runs).collect()
    }

    #[test]
    fn a_capture_counts_when_it_arrived_and_its_run_when_it_ended() {
        let tally = Tally::new(StatsConfig::default());
        let claim = fresh(5);
        tally.run(&claim, &came(RunState::Succeeded), at(MINUTE + 5));
        let [(0, captured), (MINUTE, ended)] = &runs(&tally)[..] else { panic!("two minutes") };
        assert_eq!((captured.captures, captured.captured_at, captured.succeeded), (1, Some(at(5)), 0));
        assert_eq!((ended.captures, ended.succeeded, ended.took_ms.total()), (0, 1, 1));
        assert!(ended.took_ms.percentile(50).is_some_and(|took| (32_768..65_536).contains(&took)), "{ended:?}");
        assert_eq!(runs(&tally), [], "what was taken is not counted twice");
    }

    #[test]
    fn a_capture_counts_once_however_often_its_run_is_committed() {
        let tally = Tally::new(StatsConfig::default());
        let first = fresh(5);
        tally.run(&first, &came(RunState::Waiting), at(10));
        let run = Run { state: RunState::Waiting, ..Run::first_of(&first.capture, at(10)) };
        let again = Claim { run: Some(run), ..first.clone() };
        tally.run(&again, &came(RunState::Waiting), at(20));
        tally.run(&again, &Came { state: RunState::Failed, code: Some("timeout".into()) }, at(30));
        let split = fresh(6);
        tally.run(&split, &came(RunState::Queued), at(30));
        let counted = runs(&tally);
        let of_first = &counted.iter().find(|(_, counts)| counts.failed == 1).expect("the first automation").1;
        assert_eq!((of_first.captures, of_first.waited, of_first.took_ms.total()), (1, 2, 1));
        assert_eq!(of_first.failures.iter().collect::<Vec<_>>(), [("timeout", 1)]);
        let of_split = &counted.iter().find(|(_, counts)| counts.failed == 0).expect("the other").1;
        assert_eq!((of_split.captures, of_split.waited, of_split.took_ms.total()), (1, 0, 0));
    }

    #[test]
    fn a_replay_takes_its_time_from_when_it_was_asked_for() {
        let tally = Tally::new(StatsConfig::default());
        let claim = fresh(0);
        let asked_at = at(7 * 24 * 3_600_000);
        let replay = Some(Replay { of: claim.run_id(), steps_kept: 0 });
        let run = Run { id: samples::id_at(asked_at), replay, ..Run::first_of(&claim.capture, asked_at) };
        tally.run(&Claim { run: Some(run), ..claim }, &came(RunState::Succeeded), asked_at.plus_millis(3));
        let [(_, counts)] = &runs(&tally)[..] else { panic!("one minute") };
        assert_eq!((counts.captures, counts.succeeded, counts.took_ms.percentile(50)), (0, 1, Some(3)));
    }

    #[test]
    fn a_run_that_somebody_ended_counts_and_its_time_does_not() {
        let tally = Tally::new(StatsConfig::default());
        tally.run(&fresh(0), &came(RunState::Cancelled), at(7));
        let [(_, counts)] = &runs(&tally)[..] else { panic!("one minute") };
        assert_eq!((counts.captures, counts.cancelled, counts.took_ms.total()), (1, 1, 0));
    }

    #[test]
    fn only_dead_letters_count_their_code() {
        let failure = Some(RunFailure::new("score", "timeout", "…"));
        let run = |state| Run { state, failure: failure.clone(), ..Run::first_of(&fresh(0).capture, at(0)) };
        assert_eq!(Came::of(&run(RunState::Failed)).code.as_deref(), Some("timeout"));
        assert_eq!(Came::of(&run(RunState::Waiting)).code, None);
    }

    #[test]
    fn versions_of_a_plugin_are_counted_together() {
        let (tally, workspace) = (Tally::new(StatsConfig::default()), samples::id());
        for (component, took_us, failed) in [(b"1", 10, false), (b"2", 30, true), (b"1", 20, false)] {
            tally.call(workspace, &samples::plugin(None, "score", component), took_us, failed, at(1));
        }
        let (rows, _) = tally.take();
        let mut expected = CallCounts::default();
        [(10, false), (20, false), (30, true)].iter().for_each(|(took_us, failed)| expected.call(*took_us, *failed));
        assert_eq!(rows, [StatsRow { workspace, at: at(0), counted: Counted::Calls("score".into(), expected) }]);
    }

    #[test]
    fn what_there_is_no_room_for_is_told_and_what_is_known_goes_on() {
        let tally = Tally::new(StatsConfig { keys_max: 1, ..StatsConfig::default() });
        let (one, other) = (fresh(0), fresh(0));
        for claim in [&one, &other, &one] {
            tally.run(claim, &came(RunState::Succeeded), at(1));
        }
        let (rows, missed) = tally.take();
        assert_eq!(missed, 2, "the capture and the run of the other");
        let [StatsRow { counted: Counted::Runs(automation, counts), .. }] = &rows[..] else { panic!("one automation") };
        assert_eq!((*automation, counts.succeeded), (one.capture.automation, 2));
    }

    fn store(dir: &tempfile::TempDir) -> Arc<RedbStore> {
        let config = Config { ballast_bytes: 0, ..Config::default() };
        let metrics = Metrics::register(&mut Registry::default());
        RedbStore::open(dir.path(), config, metrics, false).expect("the store opens")
    }

    async fn captures(store: &dyn Store, claim: &Claim) -> u64 {
        let mut captures = 0;
        let mut see = |row: StatsRow| match row.counted {
            Counted::Runs(_, counts) => captures += counts.captures,
            Counted::Calls(..) => {}
        };
        let range = (at(0), at(3_600_000));
        store.stats().read(claim.capture.workspace, StatsSpan::Hour, range, &mut see).await.expect("counts");
        captures
    }

    #[tokio::test]
    async fn what_the_store_does_not_take_is_kept_and_what_was_counted_is_added_at_the_end() {
        let dir = tempfile::tempdir().expect("a directory");
        let (tally, claim, workspace) = (Tally::new(StatsConfig::default()), fresh(0), samples::id());
        let closed = store(&dir);
        closed.close().await;
        tally.run(&claim, &came(RunState::Succeeded), at(1));
        tally.call(workspace, &samples::plugin(None, "score", b"1"), 10, false, at(1));
        assert!(tally.flush(&*closed).await.is_err());
        drop(closed);
        tally.call(workspace, &samples::plugin(None, "score", b"1"), 20, false, at(2));

        let store = store(&dir);
        let (end, ended) = oneshot::channel();
        drop(end);
        tally.keep(&*store, ended).await;
        assert_eq!(captures(&*store, &claim).await, 1);
        let mut calls = Vec::new();
        let range = (at(0), at(MINUTE));
        store.stats().read(workspace, StatsSpan::Minute, range, &mut |row| calls.push(row)).await.expect("counts");
        let [StatsRow { counted: Counted::Calls(name, counts), .. }] = &calls[..] else { panic!("one plugin") };
        assert_eq!((&**name, counts.calls, counts.total_us), ("score", 2, 30));
    }

    #[tokio::test]
    async fn old_counts_are_dropped_minutes_before_hours() {
        let dir = tempfile::tempdir().expect("a directory");
        let (tally, store, claim) = (Tally::new(StatsConfig::default()), store(&dir), fresh(0));
        tally.run(&claim, &came(RunState::Succeeded), at(1));
        tally.flush(&*store).await.expect("they are added");
        let left = async |span| {
            let mut rows = 0;
            let range = (at(0), at(1));
            store.stats().read(claim.capture.workspace, span, range, &mut |_| rows += 1).await.expect("counts");
            rows
        };
        // The clock of this machine is far past all of it, and does not count.
        tally.sweep(&*store).await.expect("a sweep");
        assert_eq!((left(StatsSpan::Minute).await, left(StatsSpan::Hour).await), (1, 1), "no time was ever kept");
        let (minutes, hours) = (48 * 3_600_000, 90 * 24 * 3_600_000);
        for (now, expected) in [(minutes, (1, 1)), (minutes + 1, (0, 1)), (hours, (0, 1)), (hours + 1, (0, 0))] {
            store.keep_retention_time(at(now)).await.expect("the time is kept");
            tally.sweep(&*store).await.expect("a sweep");
            assert_eq!((left(StatsSpan::Minute).await, left(StatsSpan::Hour).await), expected, "{now}");
        }
    }
}
