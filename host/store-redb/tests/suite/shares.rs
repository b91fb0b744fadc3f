//! Shares: a workspace whose runs do not end leaves room for the others.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use hookbox_model::{Run, RunState, Timestamp, WorkspaceId};
use hookbox_store::conformance::samples::{self, captures_of};
use hookbox_store::{Claim, Store};

use crate::place::Place;

async fn claim(store: &dyn Store, limit: usize) -> Vec<Claim> {
    store.runs().claim(limit).await.expect("a claim")
}

/// Whether a runner that waits would be told at once that there is work.
fn has_work(store: &dyn Store) -> bool {
    let waiting = pin!(async { store.runs().wait_for_work().await });
    waiting.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Claims all that there is, a few at a time.
async fn claim_all(store: &dyn Store) -> Vec<Claim> {
    let mut all = Vec::new();
    loop {
        let claims = claim(store, 100).await;
        if claims.is_empty() {
            return all;
        }
        all.extend(claims);
    }
}

#[tokio::test]
async fn a_workspace_whose_runs_do_not_end_leaves_room_for_another() {
    let store = Place::new().open();
    let (busy, quiet): (WorkspaceId, WorkspaceId) = (samples::id(), samples::id());
    for _ in 0..1_000 {
        samples::captured(&*store, busy, samples::id()).await;
    }
    let claims = claim_all(&*store).await;
    assert_eq!(claims.len(), 256, "its share");
    assert!(!has_work(&*store), "nobody is woken for what has to wait");
    samples::captured(&*store, busy, samples::id()).await;
    assert!(!has_work(&*store), "nor for more of it");

    let other = samples::captured(&*store, quiet, samples::id()).await;
    assert!(has_work(&*store));
    assert_eq!(captures_of(&claim(&*store, 10).await), [other.id]);

    let ended = samples::first_commit(&claims[0].capture, RunState::Succeeded);
    store.runs().commit_run(ended).await.expect("the run ends");
    assert!(has_work(&*store), "one that ended makes room for one");
    assert_eq!(claim(&*store, 10).await.len(), 1);
    assert!(!has_work(&*store));
    store.runs().release(&[samples::run_of(&claims[1].capture)]).await;
    assert!(has_work(&*store), "and so does one that was given back");
    assert_eq!(captures_of(&claim(&*store, 10).await), [claims[1].capture.id]);
}

#[tokio::test]
async fn due_runs_beyond_a_share_wait_without_waking_anyone() {
    let mut place = Place::new();
    place.config.claimed_workspace_max = 1;
    let store = place.open();
    let workspace = samples::id();
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let capture = samples::captured(&*store, workspace, samples::id()).await;
        let mut commit = samples::next_commit(&Run::first_of(&capture, samples::now()), RunState::Waiting);
        commit.run.due_at = Some(Timestamp::from_millis(1));
        store.runs().commit_run(commit.clone()).await.expect("the run waits");
        waiting.push(commit.run);
    }
    for run in &waiting {
        assert!(has_work(&*store));
        let claims = claim(&*store, 10).await;
        assert_eq!(claims.iter().map(Claim::run_id).collect::<Vec<_>>(), [run.id]);
        assert!(!has_work(&*store), "the others are due and have to wait");
        assert!(claim(&*store, 10).await.is_empty());
        let ended = samples::next_commit(run, RunState::Succeeded);
        store.runs().commit_run(ended).await.expect("the run ends");
    }
    assert!(claim(&*store, 10).await.is_empty());
}

#[tokio::test]
async fn runs_that_were_interrupted_are_handed_out_beyond_a_share() {
    let mut place = Place::new();
    place.config.claimed_workspace_max = 2;
    let store = place.open();
    let workspace = samples::id();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(samples::captured(&*store, workspace, samples::id()).await.id);
    }
    assert_eq!(claim(&*store, 10).await.len(), 2);
    let crashed = place.crashed();
    let store = crashed.open();
    let fresh = samples::captured(&*store, workspace, samples::id()).await;
    let recovered = claim(&*store, 10).await;
    assert_eq!(captures_of(&recovered), ids, "three at once, and nothing fresh beside them");
    for (left, claim_of) in recovered.iter().enumerate() {
        assert_eq!(claim(&*store, 10).await.len(), usize::from(left == 2), "below its share it goes on");
        let ended = samples::first_commit(&claim_of.capture, RunState::Succeeded);
        store.runs().commit_run(ended).await.expect("the run ends");
    }
    assert_eq!(store.queue_depth(), 0);
    assert_eq!(store.captures().get(workspace, fresh.id).await, Ok(Some(Arc::unwrap_or_clone(fresh))));
}
