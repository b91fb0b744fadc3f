//! What a crash leaves: everything acknowledged, each run once, and the one that kills its host found.

use std::sync::Arc;

use hookbox_model::{Capture, RunState, Timestamp};
use hookbox_store::conformance::samples::{self, captures_of};
use hookbox_store::{Claim, Store};

use crate::place::Place;

async fn several(store: &dyn Store, count: usize) -> Vec<Arc<Capture>> {
    let (workspace, automation) = (samples::id(), samples::id());
    let mut captures = Vec::new();
    for _ in 0..count {
        captures.push(samples::captured(store, workspace, automation).await);
    }
    captures
}

async fn claim(store: &dyn Store, limit: usize) -> Vec<Claim> {
    store.runs().claim(limit).await.expect("a claim")
}

async fn succeed(store: &dyn Store, claim: &Claim) {
    let commit = match &claim.run {
        None => samples::first_commit(&claim.capture, RunState::Succeeded),
        Some(run) => samples::next_commit(run, RunState::Succeeded),
    };
    store.runs().commit_run(commit).await.expect("the run ends");
}

fn interruptions(claims: &[Claim]) -> Vec<u32> {
    claims.iter().map(|claim| claim.interruptions).collect()
}

#[tokio::test]
async fn a_capture_survives_a_crash_before_its_run() {
    let place = Place::new();
    let store = place.open();
    let captures = several(&*store, 3).await;
    let crashed = place.crashed();
    let store = crashed.open();
    assert_eq!(store.queue_depth(), 3);
    for capture in &captures {
        assert_eq!(store.captures().get(capture.workspace, capture.id).await, Ok(Some((**capture).clone())));
    }
    let mut found = Vec::new();
    loop {
        let claims = claim(&*store, 10).await;
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            succeed(&*store, &claim).await;
            found.push(claim.capture.id);
        }
    }
    assert_eq!(found, captures.iter().map(|capture| capture.id).collect::<Vec<_>>());
    store.close().await;
    assert!(crashed.check().is_whole());
}

#[tokio::test]
async fn runs_of_a_clean_stop_count_as_never_interrupted() {
    let place = Place::new();
    let store = place.open();
    several(&*store, 3).await;
    assert_eq!(claim(&*store, 2).await.len(), 2);
    store.close().await;
    drop(store);
    let store = place.open();
    assert_eq!(interruptions(&claim(&*store, 5).await), [0, 0, 0]);
}

#[tokio::test]
async fn the_run_that_kills_its_host_is_found_and_its_neighbours_are_not_blamed() {
    let place = Place::new();
    let store = place.open();
    let captures = several(&*store, 6).await;
    let ids: Vec<_> = captures.iter().map(|capture| capture.id).collect();
    assert_eq!(claim(&*store, 6).await.len(), 6);

    let second = place.crashed();
    let store = second.open();
    let claims = claim(&*store, 10).await;
    assert_eq!((captures_of(&claims), interruptions(&claims)), (ids[..4].to_vec(), vec![1; 4]), "a few at a time");
    assert!(claim(&*store, 10).await.is_empty(), "the others wait until these are done");
    succeed(&*store, &claims[0]).await;
    assert_eq!(captures_of(&claim(&*store, 10).await), ids[4..5]);

    // The second capture kills its host again. Now the one that never began goes first, and the others one by one.
    let third = second.crashed();
    let store = third.open();
    let innocent = claim(&*store, 10).await;
    assert_eq!((captures_of(&innocent), interruptions(&innocent)), (ids[5..].to_vec(), vec![1]));
    succeed(&*store, &innocent[0]).await;
    let alone = claim(&*store, 10).await;
    assert_eq!((captures_of(&alone), interruptions(&alone)), (ids[1..2].to_vec(), vec![2]), "now it goes alone");
    assert!(claim(&*store, 10).await.is_empty());
    let fresh = samples::captured(&*store, samples::id(), samples::id()).await;
    assert_eq!(captures_of(&claim(&*store, 10).await), [fresh.id], "fresh captures do not wait for it");

    let fourth = third.crashed();
    let store = fourth.open();
    for (id, count) in [(fresh.id, 1), (ids[2], 2), (ids[3], 2), (ids[4], 2), (ids[1], 3)] {
        let found = claim(&*store, 10).await;
        assert_eq!((captures_of(&found), interruptions(&found)), (vec![id], vec![count]));
        succeed(&*store, &found[0]).await;
    }
    store.close().await;
    assert!(fourth.check().is_whole());
}

#[tokio::test]
async fn what_is_captured_after_a_crash_does_not_overtake_what_was_captured_before_it() {
    let place = Place::new();
    let store = place.open();
    let captures = several(&*store, 6).await;
    assert_eq!(claim(&*store, 6).await.len(), 6);
    let crashed = place.crashed();
    let store = crashed.open();
    let (workspace, automation) = (captures[0].workspace, captures[0].automation);
    let later = samples::captured(&*store, workspace, automation).await;
    let elsewhere = samples::captured(&*store, samples::id(), samples::id()).await;
    let mut order = Vec::new();
    loop {
        let claims = claim(&*store, 10).await;
        if claims.is_empty() {
            break;
        }
        order.extend(captures_of(&claims));
        for claim in &claims {
            succeed(&*store, claim).await;
        }
    }
    let mut expected: Vec<_> = captures[..4].iter().map(|capture| capture.id).collect();
    expected.push(elsewhere.id);
    expected.extend(captures[4..].iter().map(|capture| capture.id));
    expected.push(later.id);
    assert_eq!(order, expected, "a few at a time, before what is later, and another workspace waits for none of them");
}

#[tokio::test]
async fn a_host_that_is_killed_again_and_again_at_its_start_blames_no_run_twice() {
    let mut place = Place::new();
    place.config.alone_delay_ms = 3_600_000;
    let store = place.open();
    several(&*store, 1).await;
    assert_eq!(claim(&*store, 1).await.len(), 1);
    let mut crashed = place.crashed();
    let second = crashed.open();
    assert_eq!(interruptions(&claim(&*second, 1).await), [1]);
    let mut killed = vec![second];
    for _ in 0..3 {
        crashed = crashed.crashed();
        let store = crashed.open();
        assert!(claim(&*store, 1).await.is_empty(), "not before the host has lived for a while");
        several(&*store, 1).await;
        let neighbour = claim(&*store, 1).await.remove(0);
        assert_eq!(neighbour.interruptions, 0, "nobody waits for it");
        succeed(&*store, &neighbour).await;
        killed.push(store);
    }
    crashed = crashed.crashed();
    crashed.config.alone_delay_ms = 0;
    assert_eq!(interruptions(&claim(&*crashed.open(), 1).await), [2]);
}

#[tokio::test]
async fn a_recovered_run_that_is_released_is_not_counted_again() {
    let place = Place::new();
    let store = place.open();
    let capture = several(&*store, 1).await.remove(0);
    assert_eq!(claim(&*store, 1).await.len(), 1);
    let crashed = place.crashed();
    let store = crashed.open();
    assert_eq!(interruptions(&claim(&*store, 1).await), [1]);
    store.runs().release(&[samples::run_of(&capture)]).await;
    assert_eq!(interruptions(&claim(&*store, 1).await), [1]);
    store.runs().release(&[samples::run_of(&capture)]).await;
    store.close().await;
    drop(store);
    assert_eq!(interruptions(&claim(&*crashed.open(), 1).await), [1], "the count is kept until the run is final");
}

#[tokio::test]
async fn a_run_between_its_steps_goes_on_from_the_last_committed_one() {
    let place = Place::new();
    let store = place.open();
    let capture = several(&*store, 1).await.remove(0);
    assert_eq!(claim(&*store, 1).await.len(), 1);
    let first = samples::first_commit(&capture, RunState::Running);
    store.runs().commit_run(first.clone()).await.expect("steps are committed");
    let crashed = place.crashed();
    let store = crashed.open();
    let claims = claim(&*store, 10).await;
    assert_eq!(interruptions(&claims), [1]);
    assert_eq!(claims[0].run, Some(first.run));
    assert_eq!(claims[0].capture, capture);
    succeed(&*store, &claims[0]).await;
    assert!(claim(&*store, 10).await.is_empty());
    store.close().await;
    assert!(crashed.check().is_whole());
}

#[tokio::test]
async fn a_large_backlog_is_not_taken_for_interrupted() {
    let mut place = Place::new();
    place.config.claimed_max = 2;
    let store = place.open();
    several(&*store, 40).await;
    let crashed = place.crashed();
    let store = crashed.open();
    let mut counted = 0;
    let mut found = 0;
    loop {
        let claims = claim(&*store, 10).await;
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            counted += usize::from(claim.interruptions > 0);
            found += 1;
            succeed(&*store, &claim).await;
        }
    }
    assert_eq!((found, counted), (40, 2), "only so many as may have been claimed can have begun");
}

#[tokio::test]
async fn a_capture_with_an_older_id_than_all_finished_ones_is_not_skipped() {
    let place = Place::new();
    let store = place.open();
    let late = samples::capture(samples::id(), samples::id());
    for _ in 0..3 {
        let capture = samples::captured(&*store, late.workspace, late.automation).await;
        let commit = samples::first_commit(&capture, RunState::Succeeded);
        store.runs().commit_run(commit).await.expect("the run ends");
    }
    // Its id was made first, and its commit comes last.
    store.captures().capture(Arc::new(late.clone())).await.expect("it is captured");
    let crashed = place.crashed();
    assert_eq!(captures_of(&claim(&*store, 10).await), [late.id], "nor in memory");
    let store = crashed.open();
    assert_eq!(captures_of(&claim(&*store, 10).await), [late.id]);
    store.close().await;
    assert!(crashed.check().is_whole());
}

#[tokio::test]
async fn a_capture_that_was_under_way_is_counted_also_behind_many_due_runs() {
    let mut place = Place::new();
    place.config.claimed_max = 2;
    let store = place.open();
    let workspace = samples::id();
    for _ in 0..5 {
        let capture = samples::captured(&*store, workspace, samples::id()).await;
        let mut waits = samples::first_commit(&capture, RunState::Waiting);
        waits.run.due_at = Some(Timestamp::from_millis(1));
        store.runs().commit_run(waits).await.expect("the run waits");
    }
    let fresh = samples::captured(&*store, workspace, samples::id()).await;
    let crashed = place.crashed();
    let store = crashed.open();
    let mut counts = Vec::new();
    for _ in 0..6 {
        let claim = claim(&*store, 1).await.remove(0);
        counts.push((claim.capture.id == fresh.id, claim.interruptions));
        succeed(&*store, &claim).await;
    }
    counts.sort_unstable();
    assert_eq!(counts, [(false, 0), (false, 0), (false, 0), (false, 1), (false, 1), (true, 1)]);
}

#[tokio::test]
async fn a_recovered_run_that_is_given_back_holds_up_no_other() {
    let mut place = Place::new();
    place.config.recovered_in_flight_max = 1;
    let store = place.open();
    let captures = several(&*store, 3).await;
    let crashed = place.crashed();
    let store = crashed.open();
    let mut order = Vec::new();
    for _ in 0..4 {
        let claim = claim(&*store, 1).await.remove(0);
        order.push(claim.capture.id);
        store.runs().release(&[samples::run_of(&claim.capture)]).await;
    }
    assert_eq!(order, [0, 1, 2, 0].map(|number| captures[number].id));
}
