//! What is counted, when, and what becomes of it when the store does not take it.

use std::sync::Arc;

use hookbox_model::{
    CallCounts, Capture, Counted, Replay, Run, RunCounts, RunFailure, RunState, StatsRow, StatsSpan, Timestamp,
    WorkspaceId,
};
use hookbox_store::conformance::samples;
use hookbox_store::{Claim, History, Store};
use hookbox_store_redb::{Config, Metrics, RedbStore};
use prometheus_client::registry::Registry;
use tokio::sync::oneshot;

use super::{Came, StatsConfig, Tally, queues};

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
        Counted::Calls(..) | Counted::Queue(_) => panic!("nothing was called and nobody looked"),
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
        Counted::Calls(..) | Counted::Queue(_) => {}
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

#[tokio::test]
async fn where_something_waits_it_is_counted_and_that_it_was_looked_at_everywhere() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store(&dir);
    let [busy, idle, other] = [samples::workspace(), samples::workspace(), samples::workspace()];
    for workspace in [&busy, &idle, &other] {
        store.workspaces().create(workspace, samples::audited("workspace.create")).await.expect("a workspace");
    }
    for _ in 0..3 {
        samples::captured(&*store, busy.id, samples::id()).await;
    }
    let due = samples::captured(&*store, other.id, samples::id()).await;
    for (millis, waiting) in [(7, 1), (MINUTE + 9, 2)] {
        let capture =
            if waiting == 1 { Arc::clone(&due) } else { samples::captured(&*store, other.id, samples::id()).await };
        let mut waits = samples::first_commit(&capture, RunState::Waiting);
        waits.run.due_at = Some(at(millis));
        store.runs().commit_run(waits).await.expect("it waits");
        queues::look(&*store, at(millis), 1).await.expect("a look");
    }
    let rows = async |workspace| {
        let (mut rows, range) = (Vec::new(), (at(0), at(2 * MINUTE)));
        let mut see = |row: StatsRow| match row.counted {
            Counted::Queue(queue) => rows.push((row.at.millis_since(at(0)), queue.waiting_max)),
            Counted::Runs(..) | Counted::Calls(..) => {}
        };
        store.stats().read(workspace, StatsSpan::Minute, range, &mut see).await.expect("counts");
        rows
    };
    assert_eq!(rows(busy.id).await, [(0, 3), (MINUTE, 3)]);
    assert_eq!(rows(other.id).await, [(0, 1), (MINUTE, 2)], "runs that are due");
    assert_eq!(rows(idle.id).await, []);
    assert_eq!(rows(WorkspaceId::HOST).await, [(0, 0), (MINUTE, 0)]);
}
