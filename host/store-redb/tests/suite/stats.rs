//! Counts and watchers have their limits, and counts outlive a host that dies.

use hookbox_model::{Counted, RunCounts, RunState, StatsRow, StatsSpan, Timestamp};
use hookbox_store::conformance::samples;
use hookbox_store::{QueueDepths, Store};

use crate::place::Place;

#[tokio::test]
async fn counting_what_waits_stops_at_its_limit() {
    let mut place = Place::new();
    place.config.queue_count_rows_max = 2;
    let store = place.open();
    let (workspace, automation) = (samples::id(), samples::id());
    for _ in 0..3 {
        let capture = samples::captured(&*store, workspace, automation).await;
        let mut commit = samples::first_commit(&capture, RunState::Waiting);
        commit.run.due_at = Some(Timestamp::from_millis(u64::MAX));
        store.runs().commit_run(commit).await.expect("it waits");
    }
    let queue = store.stats().queue(workspace, Timestamp::default()).await.expect("a count");
    assert_eq!(queue, QueueDepths { runs: 2, ..QueueDepths::default() });
    let end = Timestamp::from_millis(u64::MAX);
    assert_eq!(store.stats().waiting(workspace, end).await, Ok(2));
}

#[tokio::test]
async fn who_does_not_look_keeps_no_more_than_the_limit() {
    let mut place = Place::new();
    place.config.watch_changes_max = 2;
    let store = place.open();
    let (workspace, automation) = (samples::id(), samples::id());
    let mut watch = store.runs().watch(workspace);
    for _ in 0..5 {
        let capture = samples::captured(&*store, workspace, automation).await;
        store.runs().commit_run(samples::first_commit(&capture, RunState::Succeeded)).await.expect("a commit");
    }
    let news = watch.news().await;
    assert_eq!((news.changes.len(), news.missed), (2, 3));
}

#[tokio::test]
async fn what_was_added_is_there_after_a_crash() {
    let place = Place::new();
    let (workspace, automation) = (samples::id(), samples::id());
    let mut counts = RunCounts::default();
    counts.capture(Timestamp::from_millis(1));
    let row = StatsRow { workspace, at: Timestamp::default(), counted: Counted::Runs(automation, counts) };
    let store = place.open();
    store.stats().add(vec![row.clone()]).await.expect("counts are added");
    let crashed = place.crashed();
    let store = crashed.open();
    for span in [StatsSpan::Minute, StatsSpan::Hour] {
        let (mut rows, ever) = (Vec::new(), (Timestamp::default(), Timestamp::from_millis(u64::MAX)));
        store.stats().read(workspace, span, ever, &mut |row| rows.push(row)).await.expect("counts are read");
        assert_eq!(rows, std::slice::from_ref(&row));
    }
}
