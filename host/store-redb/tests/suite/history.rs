//! History by the day: dropped whole, and never while something of it is unfinished.

use std::sync::Arc;

use hookbox_model::{Capture, Replay, Run, RunState, Timestamp};
use hookbox_store::conformance::samples;
use hookbox_store::{
    CaptureFilter, Dropped, DroppedUpTo, History, Obstacle, PageRequest, RunFilter, Store, StoreError,
};
use hookbox_store_redb::RedbStore;

use crate::place::{Place, flipped};

const DAY_MS: u64 = 86_400_000;

fn captured_on(day: u32, like: &Capture) -> Capture {
    let received_at = Timestamp::from_millis(u64::from(day) * DAY_MS + 1_000);
    Capture { id: samples::id_at(received_at), received_at, ..like.clone() }
}

#[tokio::test]
async fn finished_days_are_dropped_and_unfinished_ones_are_not() {
    let place = Place::new();
    let store = place.open();
    let like = samples::capture(samples::id(), samples::id());
    let [old, unfinished, new] = [20_000, 20_001, 20_002].map(|day| captured_on(day, &like));
    for capture in [&old, &unfinished, &new] {
        store.captures().capture(capture.clone().into()).await.expect("it is captured");
    }
    for capture in [&old, &new] {
        let commit = samples::first_commit(capture, RunState::Succeeded);
        store.runs().commit_run(commit).await.expect("the run ends");
    }
    let in_the_way = Obstacle { day: 20_001, workspace: unfinished.workspace, run: unfinished.id.retyped() };
    let dropped = |days, needed| Ok(Dropped { days, needed });
    assert_eq!(store.dropped_up_to().await, Ok(DroppedUpTo::default()));
    assert_eq!(store.drop_days_before(20_000).await, dropped(0, None), "nothing is that old");
    assert_eq!(
        store.drop_days_before(20_002).await,
        dropped(1, Some(in_the_way)),
        "a capture of the day before has no run"
    );
    assert_eq!(store.dropped_up_to().await, Ok(DroppedUpTo { day: 20_001, needed: Some(in_the_way) }));
    assert_eq!(store.captures().get(old.workspace, old.id).await, Ok(None));
    assert_eq!(store.runs().get(old.workspace, old.id.retyped()).await, Ok(None));

    let mut commit = samples::first_commit(&unfinished, RunState::Waiting);
    commit.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    store.runs().commit_run(commit.clone()).await.expect("the run waits");
    assert_eq!(store.drop_days_before(20_002).await, dropped(0, Some(in_the_way)), "a run of the day before waits");
    let ended = samples::next_commit(&commit.run, RunState::Succeeded);
    store.runs().commit_run(ended).await.expect("the run ends");
    assert_eq!(store.drop_days_before(20_002).await, dropped(1, None));
    assert_eq!(store.dropped_up_to().await, Ok(DroppedUpTo { day: 20_002, needed: None }));
    let page =
        store.captures().page(like.workspace, CaptureFilter::default(), PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), [new]);
    let page = store.runs().page(like.workspace, RunFilter::default(), PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page).len(), 1);
    store.close().await;
    drop(store);
    let report = place.check();
    assert!(report.is_whole(), "{:?}", report.findings);
}

#[tokio::test]
async fn a_day_whose_capture_is_repeated_stays_until_that_is_over() {
    let place = Place::new();
    let store = place.open();
    let like = samples::capture(samples::id(), samples::id());
    let old = captured_on(20_000, &like);
    store.captures().capture(old.clone().into()).await.expect("it is captured");
    let commit = samples::first_commit(&old, RunState::Failed);
    store.runs().commit_run(commit.clone()).await.expect("the run ends");
    let replay = Some(Replay { of: commit.run.id, steps_kept: 0 });
    let again = Run {
        id: samples::id_at(Timestamp::from_millis(20_010 * DAY_MS)),
        replay,
        state: RunState::Queued,
        revision: 1,
        finished_at: None,
        ..commit.run.clone()
    };
    let audited = || samples::audited("run.replay");
    store.runs().replay(&again, audited()).await.expect("it is repeated");
    let needed = Some(Obstacle { day: 20_000, workspace: again.workspace, run: again.id });
    assert_eq!(store.drop_days_before(20_005).await, Ok(Dropped { days: 0, needed }));
    store.runs().commit_run(samples::next_commit(&again, RunState::Failed)).await.expect("the run ends");
    let third = Run {
        id: samples::id_at(Timestamp::from_millis(20_011 * DAY_MS)),
        replay: Some(Replay { of: again.id, steps_kept: 0 }),
        ..again.clone()
    };
    assert_eq!(store.drop_days_before(20_005).await, Ok(Dropped { days: 1, needed: None }));
    let missing = Err(StoreError::Missing { what: "capture" });
    assert_eq!(store.runs().replay(&third, audited()).await, missing, "what was dropped is not repeated");
    assert!(place_is_whole(store, &place).await);
}

/// A capture of day 20,000 whose failed run was repeated on day 20,010, which failed too; and that last run.
async fn repeated(store: &RedbStore) -> (Capture, Run) {
    let old = captured_on(20_000, &samples::capture(samples::id(), samples::id()));
    store.captures().capture(old.clone().into()).await.expect("it is captured");
    let commit = samples::first_commit(&old, RunState::Failed);
    store.runs().commit_run(commit.clone()).await.expect("the run ends");
    let again = repeating(&commit.run, 20_010);
    store.runs().replay(&again, samples::audited("run.replay")).await.expect("it is repeated");
    let ended = samples::next_commit(&again, RunState::Failed);
    store.runs().commit_run(ended.clone()).await.expect("the run ends");
    (old, ended.run)
}

fn repeating(run: &Run, day: u64) -> Run {
    Run {
        id: samples::id_at(Timestamp::from_millis(day * DAY_MS)),
        replay: Some(Replay { of: run.id, steps_kept: 0 }),
        state: RunState::Queued,
        revision: 1,
        finished_at: None,
        ..run.clone()
    }
}

#[tokio::test]
async fn a_damaged_run_keeps_no_day() {
    let place = Place::new();
    let store = place.open();
    let (old, _) = repeated(&store).await;
    store.close().await;
    drop(store);
    let table = "runs-20241014";
    let (key, value) = flipped(place.rows(table).remove(0));
    place.tamper(table, &[(key, Some(value))]);

    let store = place.open();
    assert!(store.runs().claim(10).await.expect("a claim").is_empty(), "a start looks once what is left");
    assert_eq!(store.drop_days_before(20_005).await, Ok(Dropped { days: 1, needed: None }));
    assert_eq!(store.captures().get(old.workspace, old.id).await, Ok(None));
}

#[tokio::test]
async fn while_nothing_was_dropped_a_capture_can_be_repeated() {
    let place = Place::new();
    let store = place.open();
    let (_, last) = repeated(&store).await;
    // Whoever wants the days dropped goes away before they are.
    tokio::select! {
        biased;
        dropped = store.drop_days_before(20_005) => panic!("{dropped:?} without a look at the disk"),
        () = std::future::ready(()) => {}
    }
    let again = repeating(&last, 20_011);
    store.runs().replay(&again, samples::audited("run.replay")).await.expect("its capture is there");
    assert!(place_is_whole(store, &place).await);
}

#[tokio::test]
async fn the_time_of_retention_is_kept() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(store.retention_time().await, Ok(None));
    let time = Timestamp::from_millis(1_795_478_400_123);
    store.keep_retention_time(time).await.expect("it is kept");
    store.close().await;
    drop(store);
    let store = place.open();
    assert_eq!(store.retention_time().await, Ok(Some(time)));
    assert!(place_is_whole(store, &place).await);
}

async fn place_is_whole(store: Arc<RedbStore>, place: &Place) -> bool {
    store.close().await;
    drop(store);
    place.check().is_whole()
}

#[tokio::test]
async fn pages_go_from_day_to_day() {
    let place = Place::new();
    let store = place.open();
    let like = samples::capture(samples::id(), samples::id());
    let mut made: Vec<Capture> = [20_000, 20_003, 20_001, 20_001].map(|day| captured_on(day, &like)).to_vec();
    for capture in &made {
        store.captures().capture(capture.clone().into()).await.expect("it is captured");
        let commit = samples::first_commit(capture, RunState::Succeeded);
        store.runs().commit_run(commit).await.expect("the run ends");
    }
    made.sort_by_key(|capture| std::cmp::Reverse(capture.id));
    for automation in [None, Some(like.automation)] {
        let (mut captures, mut runs) = ((Vec::new(), None), (Vec::new(), None));
        for _ in 0..4 {
            let request = PageRequest { after: captures.1, limit: 1 };
            let page = store
                .captures()
                .page(like.workspace, CaptureFilter { automation, ..CaptureFilter::default() }, request)
                .await
                .expect("a page");
            captures.0.extend(page.items.iter().map(|capture| capture.id));
            captures.1 = page.next;
            let filter = RunFilter { automation, ..RunFilter::default() };
            let request = PageRequest { after: runs.1, limit: 1 };
            let page = store.runs().page(like.workspace, filter, request).await.expect("a page");
            runs.0.extend(page.items.iter().map(|run| run.capture));
            runs.1 = page.next;
        }
        let wanted: Vec<_> = made.iter().map(|capture| capture.id).collect();
        assert_eq!((captures.0, runs.0), (wanted.clone(), wanted));
        assert_eq!((captures.1, runs.1), (None, None));
    }
}
