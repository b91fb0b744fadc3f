//! What retention drops and what it leaves, by clocks that are right and clocks that are not.

use std::sync::Arc;
use std::time::Duration;

use hookbox_model::{Capture, RunState, Timestamp};
use hookbox_store::conformance::samples;
use hookbox_store::{CaptureFilter, History, Obstacle, PageRequest, Store};
use hookbox_store_redb::{Config, Metrics, RedbStore};

use super::{FIRST, Retention, followed};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A store with finished history of each of these days.
async fn with_days(days: impl Iterator<Item = u64>) -> (tempfile::TempDir, Arc<RedbStore>, Capture) {
    let dir = tempfile::tempdir().expect("a directory");
    let config = Config { ballast_bytes: 0, free_bytes_min: 0, ..Config::default() };
    let store = RedbStore::open(dir.path(), config, Metrics::unregistered(), false).expect("a store");
    let like = samples::capture(samples::id(), samples::id());
    for day in days {
        let capture = of_day(day, &like);
        store.captures().capture(Arc::new(capture.clone())).await.expect("it is captured");
        store.runs().commit_run(samples::first_commit(&capture, RunState::Succeeded)).await.expect("it ends");
    }
    (dir, store, like)
}

fn of_day(day: u64, like: &Capture) -> Capture {
    let received_at = at(day);
    Capture { id: samples::id_at(received_at), received_at, ..like.clone() }
}

/// Noon of a day, counted from that before which no clock is believed.
fn at(day: u64) -> Timestamp {
    FIRST.plus_millis(day * DAY_MS + DAY_MS / 2)
}

/// Which days there is history of.
async fn days_left(store: &RedbStore, like: &Capture) -> Vec<u64> {
    let page = store
        .captures()
        .page(like.workspace, CaptureFilter::default(), PageRequest { after: None, limit: 1_000 })
        .await;
    let mut days: Vec<u64> =
        page.expect("a page").items.iter().map(|capture| capture.received_at.millis_since(FIRST) / DAY_MS).collect();
    days.sort_unstable();
    days
}

#[tokio::test]
async fn history_is_kept_for_so_many_days_and_for_ever_when_that_is_none() {
    let (_dir, store, like) = with_days(1..=10).await;
    let mut for_ever = Retention::new(Arc::clone(&store) as Arc<dyn Store>, 0);
    for_ever.look(at(10), Duration::ZERO).await.expect("a look");
    assert_eq!(days_left(&store, &like).await.len(), 10);
    let mut retention = Retention::new(Arc::clone(&store) as Arc<dyn Store>, 3);
    retention.look(at(10), Duration::ZERO).await.expect("a look");
    assert_eq!(days_left(&store, &like).await, [7, 8, 9, 10], "today and the three days before");
    retention.look(at(11), 24 * HOUR).await.expect("a look");
    assert_eq!(days_left(&store, &like).await, [8, 9, 10]);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_costs_four_days_a_day_at_most_and_nothing_by_starts_alone() {
    let (_dir, store, like) = with_days(1..=40).await;
    let mut retention = Retention::new(Arc::clone(&store) as Arc<dyn Store>, 30);
    retention.look(at(40), Duration::ZERO).await.expect("a look");
    let before: Vec<u64> = (10..=40).collect();
    assert_eq!(days_left(&store, &like).await, before);
    let years_ahead = at(2_000);
    for _ in 0..50 {
        let mut started_again = Retention::new(Arc::clone(&store) as Arc<dyn Store>, 30);
        started_again.look(years_ahead, Duration::ZERO).await.expect("a look");
    }
    assert_eq!(days_left(&store, &like).await, before, "no start brings the time on");
    for _ in 0..24 {
        retention.look(years_ahead, HOUR).await.expect("a look");
    }
    assert_eq!(days_left(&store, &like).await, (14..=40).collect::<Vec<u64>>(), "a day costs the oldest four");
    retention.look(at(41), HOUR).await.expect("a look");
    assert_eq!(store.retention_time().await, Ok(Some(at(41))), "a clock that is right again is followed at once");
    for hour in 1..=24 {
        retention.look(at(41).plus_millis(hour * DAY_MS / 24), HOUR).await.expect("a look");
    }
    assert_eq!(days_left(&store, &like).await, (14..=40).collect::<Vec<u64>>(), "what is left stays until it is due");
}

#[tokio::test]
async fn what_is_unfinished_is_never_dropped_and_holds_up_only_what_is_younger() {
    let (_dir, store, like) = with_days([1, 2, 4, 5].into_iter()).await;
    let waiting = of_day(3, &like);
    store.captures().capture(Arc::new(waiting.clone())).await.expect("it is captured");
    let mut commit = samples::first_commit(&waiting, RunState::Waiting);
    commit.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    store.runs().commit_run(commit.clone()).await.expect("it waits");
    let mut retention = Retention::new(Arc::clone(&store) as Arc<dyn Store>, 1);
    retention.look(at(100), Duration::ZERO).await.expect("a look");
    assert_eq!(days_left(&store, &like).await, [3, 4, 5]);
    let Obstacle { day, workspace, run } = retention.held_up.expect("it is held up");
    assert_eq!((day, workspace, run), (at(3).day(), waiting.workspace, waiting.id.retyped()));
    let ended = samples::next_commit(&commit.run, RunState::Succeeded);
    store.runs().commit_run(ended).await.expect("it ends");
    retention.look(at(100), Duration::ZERO).await.expect("a look");
    assert_eq!(days_left(&store, &like).await, [] as [u64; 0]);
    assert_eq!(retention.held_up, None);
}

#[test]
fn the_time_of_retention_follows_the_clock_as_far_as_the_host_was_up() {
    let hours = |hours: u64| at(0).plus_millis(hours * DAY_MS / 24);
    for (kept, clock, up, wanted) in [
        (None, hours(5), Duration::ZERO, Some(hours(5))),
        (None, Timestamp::from_millis(1), HOUR, None),
        (Some(hours(5)), Timestamp::from_millis(1), HOUR, Some(hours(5))),
        (Some(hours(5)), hours(6), HOUR, Some(hours(6))),
        (Some(hours(5)), hours(9), HOUR, Some(hours(9))),
        (Some(hours(5)), hours(10), HOUR, Some(hours(9))),
        (Some(hours(5)), hours(10), Duration::ZERO, Some(hours(5))),
        (Some(hours(5)), hours(2), HOUR, Some(hours(2))),
        (Some(hours(5)), hours(8), Duration::MAX, Some(hours(8))),
    ] {
        assert_eq!(followed(kept, clock, up), wanted, "{kept:?} {clock} {up:?}");
    }
}
