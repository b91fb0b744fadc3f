//! Counts: added up, read by time, seen in their own workspace only, dropped when they are old.

use std::sync::Arc;

use hookbox_model::{
    Automation, AutomationId, AutomationState, CallCounts, Counted, QueueCounts, RunCounts, RunState, StatsRow,
    StatsSpan, Timestamp, WorkspaceId,
};

use super::samples;
use super::thread::Thread;
use crate::{QueueDepths, Store};

/// Every promise about counts.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    what_is_added_is_in_its_minute_and_in_its_hour(&*open().await).await;
    a_range_has_what_began_in_it_oldest_first(&*open().await).await;
    nobody_sees_what_was_counted_elsewhere(&*open().await).await;
    what_is_old_is_dropped_a_part_at_a_time(&*open().await).await;
    what_waits_is_counted(&*open().await).await;
    of_what_waited_the_most_is_kept(&*open().await).await;
    a_cancelled_run_is_counted_and_its_capture_if_it_had_not_begun(&*open().await).await;
}

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;

/// The beginning of an hour, on 2026-11-24.
const BEGIN_MS: u64 = 1_795_478_400_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(BEGIN_MS + millis)
}

/// So many captures of an automation, the last at `at`, and one run of it that failed.
fn runs(workspace: WorkspaceId, automation: AutomationId, at: Timestamp, captures: u64) -> StatsRow {
    let mut counts = RunCounts { failed: 1, ..RunCounts::default() };
    (0..captures).for_each(|_| counts.capture(at));
    counts.failures.count("timeout");
    counts.took_ms.count(700);
    StatsRow { workspace, at, counted: Counted::Runs(automation, counts) }
}

/// A call of a plugin that took so long.
fn call(workspace: WorkspaceId, plugin: &str, at: Timestamp, took_us: u64) -> StatsRow {
    let mut counts = CallCounts::default();
    counts.call(took_us, false);
    StatsRow { workspace, at, counted: Counted::Calls(plugin.into(), counts) }
}

async fn add(store: &dyn Store, rows: &[StatsRow]) {
    store.stats().add(rows.to_vec()).await.expect("counts are added");
}

async fn read(store: &dyn Store, workspace: WorkspaceId, span: StatsSpan, range: (u64, u64)) -> Vec<StatsRow> {
    let mut rows = Vec::new();
    let range = (at(range.0), at(range.1));
    store.stats().read(workspace, span, range, &mut |row| rows.push(row)).await.expect("counts are read");
    rows
}

async fn what_is_added_is_in_its_minute_and_in_its_hour(store: &dyn Store) {
    let (workspace, automation): (WorkspaceId, AutomationId) = (samples::id(), samples::id());
    // Twice in one minute, within one call and by two, and once in the minute after.
    add(store, &[runs(workspace, automation, at(5), 2), runs(workspace, automation, at(7), 1)]).await;
    add(store, &[runs(workspace, automation, at(6), 3), call(workspace, "score", at(8), 40)]).await;
    let later = at(MINUTE_MS + 1);
    add(store, &[runs(workspace, automation, later, 1), call(workspace, "score", later, 90)]).await;

    let expected_runs = |begun, captures, failed, newest| {
        let mut counts = RunCounts { captures, captured_at: Some(newest), failed, ..RunCounts::default() };
        (0..failed).for_each(|_| {
            counts.failures.count("timeout");
            counts.took_ms.count(700);
        });
        StatsRow { workspace, at: at(begun), counted: Counted::Runs(automation, counts) }
    };
    let expected_calls = |begun, took: &[u64]| {
        let mut counts = CallCounts::default();
        took.iter().for_each(|took_us| counts.call(*took_us, false));
        StatsRow { workspace, at: at(begun), counted: Counted::Calls("score".into(), counts) }
    };
    let minutes = read(store, workspace, StatsSpan::Minute, (0, HOUR_MS)).await;
    let expected = [
        expected_runs(0, 6, 3, at(7)),
        expected_calls(0, &[40]),
        expected_runs(MINUTE_MS, 1, 1, later),
        expected_calls(MINUTE_MS, &[90]),
    ];
    assert_eq!(minutes.len(), expected.len());
    assert!(expected.iter().all(|row| minutes.contains(row)), "{minutes:?}");
    let hours = read(store, workspace, StatsSpan::Hour, (0, HOUR_MS)).await;
    let expected = [expected_runs(0, 7, 4, later), expected_calls(0, &[40, 90])];
    assert_eq!(hours.len(), expected.len());
    assert!(expected.iter().all(|row| hours.contains(row)), "{hours:?}");
}

async fn a_range_has_what_began_in_it_oldest_first(store: &dyn Store) {
    let (workspace, automation): (WorkspaceId, AutomationId) = (samples::id(), samples::id());
    let hours = [3, 0, 2, 1].map(|hour| runs(workspace, automation, at(hour * HOUR_MS + 1), 1));
    add(store, &hours).await;
    let begun = async |span, range| {
        let rows = read(store, workspace, span, range).await;
        rows.into_iter().map(|row| row.at.as_millis() - BEGIN_MS).collect::<Vec<_>>()
    };
    assert_eq!(begun(StatsSpan::Hour, (0, 4 * HOUR_MS)).await, [0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS]);
    assert_eq!(begun(StatsSpan::Minute, (0, 4 * HOUR_MS)).await, [0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS]);
    assert_eq!(begun(StatsSpan::Hour, (HOUR_MS, 3 * HOUR_MS)).await, [HOUR_MS, 2 * HOUR_MS], "the end is not in it");
    assert_eq!(begun(StatsSpan::Hour, (1, HOUR_MS)).await, [0; 0], "what began before is not in it");
    assert_eq!(begun(StatsSpan::Minute, (2 * HOUR_MS, HOUR_MS)).await, [0; 0], "a range that ends before it begins");
}

async fn nobody_sees_what_was_counted_elsewhere(store: &dyn Store) {
    let (one, other): (WorkspaceId, WorkspaceId) = (samples::id(), samples::id());
    let automation = samples::id();
    add(store, &[runs(one, automation, at(0), 1), runs(other, automation, at(0), 5), call(one, "score", at(0), 1)])
        .await;
    for span in [StatsSpan::Minute, StatsSpan::Hour] {
        let seen = read(store, other, span, (0, HOUR_MS)).await;
        assert_eq!(seen, [runs(other, automation, at(0), 5)]);
        assert_eq!(read(store, one, span, (0, HOUR_MS)).await.len(), 2);
        assert_eq!(read(store, samples::id(), span, (0, HOUR_MS)).await, []);
    }
}

async fn what_is_old_is_dropped_a_part_at_a_time(store: &dyn Store) {
    let (one, other): (WorkspaceId, WorkspaceId) = (samples::id(), samples::id());
    for hour in 0..4 {
        let moment = at(hour * HOUR_MS);
        add(store, &[runs(one, samples::id(), moment, 1), call(other, "score", moment, 1)]).await;
    }
    let drop = async |span, before, limit| store.stats().drop_before(span, at(before), limit).await;
    assert_eq!(drop(StatsSpan::Minute, 2 * HOUR_MS, 3).await, Ok(3));
    assert_eq!(drop(StatsSpan::Minute, 2 * HOUR_MS, 3).await, Ok(1), "what began then stays");
    assert_eq!(drop(StatsSpan::Minute, 2 * HOUR_MS, 3).await, Ok(0));
    for workspace in [one, other] {
        let left = read(store, workspace, StatsSpan::Minute, (0, 4 * HOUR_MS)).await;
        assert_eq!(left.iter().map(|row| row.at).collect::<Vec<_>>(), [at(2 * HOUR_MS), at(3 * HOUR_MS)]);
        assert_eq!(read(store, workspace, StatsSpan::Hour, (0, 4 * HOUR_MS)).await.len(), 4, "hours are kept apart");
    }
    assert_eq!(drop(StatsSpan::Hour, 3 * HOUR_MS, 100).await, Ok(6));
    assert_eq!(read(store, one, StatsSpan::Hour, (0, 4 * HOUR_MS)).await.len(), 1);
}

async fn what_waits_is_counted(store: &dyn Store) {
    let workspace: WorkspaceId = samples::id();
    let queue = async || store.stats().queue(workspace, at(0)).await.expect("a count");
    assert_eq!(queue().await, QueueDepths::default());
    let (automation, key) = samples::automation(workspace, "held");
    let automation = Automation { state: AutomationState::Paused, ..automation };
    store.automations().create(&automation, &key, samples::audited("automation.apply")).await.expect("an automation");
    let mut captures = Vec::new();
    for _ in 0..3 {
        captures.push(samples::captured(store, workspace, automation.id).await);
    }
    assert_eq!(queue().await, QueueDepths { captures: 3, ..QueueDepths::default() });

    let mut waiting = samples::first_commit(&captures[0], RunState::Waiting);
    waiting.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    store.runs().commit_run(waiting).await.expect("it waits");
    store.runs().commit_run(samples::first_commit(&captures[1], RunState::Held)).await.expect("it is held");
    let thread = Thread::begun(store, workspace, samples::id()).await;
    thread.posts::<2>(store).await;
    assert_eq!(queue().await, QueueDepths { captures: 1, runs: 1, due: 0, held: 1, outbox: 2 });
    assert_eq!(store.stats().waiting(workspace, at(0)).await, Ok(1), "what is not due and what is held do not");
    let end = Timestamp::from_millis(u64::MAX);
    let then = store.stats().queue(workspace, end).await.map(|queue| (queue.runs, queue.due));
    assert_eq!(then, Ok((1, 1)), "it is due then");
    assert_eq!(store.stats().waiting(workspace, end).await, Ok(2));
    assert_eq!(store.stats().waiting(samples::id(), end).await, Ok(0));
    assert_eq!(
        store.stats().queue(samples::id(), end).await,
        Ok(QueueDepths::default()),
        "others wait for nothing of it"
    );
}

async fn of_what_waited_the_most_is_kept(store: &dyn Store) {
    let workspace: WorkspaceId = samples::id();
    let waited = |at, waiting_max| StatsRow { workspace, at, counted: Counted::Queue(QueueCounts { waiting_max }) };
    add(store, &[waited(at(1), 3), waited(at(MINUTE_MS + 1), 9)]).await;
    add(store, &[waited(at(2), 2), waited(at(MINUTE_MS + 2), 4), waited(at(2 * MINUTE_MS), 0)]).await;
    let minutes = read(store, workspace, StatsSpan::Minute, (0, HOUR_MS)).await;
    assert_eq!(minutes, [waited(at(0), 3), waited(at(MINUTE_MS), 9), waited(at(2 * MINUTE_MS), 0)]);
    assert_eq!(read(store, workspace, StatsSpan::Hour, (0, HOUR_MS)).await, [waited(at(0), 9)]);
}

async fn a_cancelled_run_is_counted_and_its_capture_if_it_had_not_begun(store: &dyn Store) {
    let (workspace, automation): (WorkspaceId, AutomationId) = (samples::id(), samples::id());
    let fresh = samples::captured(store, workspace, automation).await;
    let begun = samples::captured(store, workspace, automation).await;
    let mut waiting = samples::first_commit(&begun, RunState::Waiting);
    waiting.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    store.runs().commit_run(waiting).await.expect("it waits");
    for capture in [&fresh, &begun, &fresh] {
        let (id, audited) = (capture.id.retyped(), samples::audited("run.cancel"));
        store.runs().cancel(workspace, id, at(HOUR_MS), audited).await.expect("it is cancelled");
    }
    let counted = async |begun: Timestamp| {
        let (mut sum, range) = (RunCounts::default(), (begun, begun.plus_millis(1)));
        let mut see = |row: StatsRow| match row.counted {
            Counted::Runs(of, counts) if of == automation => sum.add(&counts),
            Counted::Runs(..) | Counted::Calls(..) | Counted::Queue(_) => {}
        };
        store.stats().read(workspace, StatsSpan::Minute, range, &mut see).await.expect("counts are read");
        sum
    };
    let cancelled = counted(at(HOUR_MS)).await;
    assert_eq!((cancelled.captures, cancelled.cancelled), (0, 2), "once each");
    let captured = counted(StatsSpan::Minute.of(fresh.received_at)).await;
    assert_eq!((captured.captures, captured.captured_at), (1, Some(fresh.received_at)));
}
