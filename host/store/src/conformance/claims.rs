//! Claims: in order, in turn, once, and again when a run is due or given back.

use std::sync::Arc;

use hookbox_model::{CaptureId, Run, RunState, Timestamp, WorkspaceId};

use super::samples::{self, captures_of};
use crate::{CommitError, Store};

/// Every promise about claiming runs.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    captures_are_claimed_once_in_order(&*open().await).await;
    a_backlog_delays_no_other_workspace(&*open().await).await;
    a_released_run_is_handed_out_again(&*open().await).await;
    a_waiting_run_is_handed_out_when_it_is_due(&*open().await).await;
    a_run_released_between_its_steps_goes_on_where_it_was(&*open().await).await;
    many_runs_that_are_due_at_once_delay_no_timer(&*open().await).await;
    waiting_for_work_misses_none(open().await).await;
}

async fn claim(store: &dyn Store, limit: usize) -> Vec<CaptureId> {
    captures_of(&store.runs().claim(limit).await.expect("a claim"))
}

async fn captures_are_claimed_once_in_order(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(samples::captured(store, workspace, automation).await.id);
    }
    assert_eq!(store.queue_depth(), 5);
    assert_eq!(claim(store, 3).await, made[..3]);
    assert_eq!(store.queue_depth(), 2);
    assert_eq!(claim(store, 3).await, made[3..]);
    assert_eq!(claim(store, 3).await, [], "what is claimed is not handed out again");
}

async fn a_backlog_delays_no_other_workspace(store: &dyn Store) {
    let busy: WorkspaceId = samples::id();
    for _ in 0..20 {
        samples::captured(store, busy, samples::id()).await;
    }
    let quiet = samples::captured(store, samples::id(), samples::id()).await;
    assert!(claim(store, 2).await.contains(&quiet.id), "the second turn is another workspace's");
}

async fn a_released_run_is_handed_out_again(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    assert_eq!(claim(store, 1).await, [capture.id]);
    store.runs().release(&[samples::run_of(&capture)]).await;
    assert_eq!(store.queue_depth(), 1);
    let again = store.runs().claim(1).await.expect("a claim");
    assert_eq!(captures_of(&again), [capture.id]);
    assert_eq!(again[0].interruptions, 0, "a released run was not interrupted");
    assert_eq!(again[0].capture, capture);
}

async fn wait_until(store: &dyn Store, run: &Run, due_at: Timestamp) -> Run {
    let mut commit = samples::next_commit(run, RunState::Waiting);
    commit.run.due_at = Some(due_at);
    store.runs().commit_run(commit.clone()).await.expect("the run waits");
    commit.run
}

async fn a_waiting_run_is_handed_out_when_it_is_due(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    assert_eq!(claim(store, 1).await, [capture.id]);
    let fresh = Run::first_of(&capture, samples::now());
    let waits = wait_until(store, &fresh, Timestamp::from_millis(u64::MAX)).await;
    assert_eq!(claim(store, 1).await, [], "it is not due yet");
    let waits = wait_until(store, &waits, Timestamp::from_millis(1)).await;
    let claims = store.runs().claim(5).await.expect("a claim");
    assert_eq!(captures_of(&claims), [capture.id], "it is due once");
    assert_eq!(claims[0].run.as_ref(), Some(&waits));
    assert_eq!(claim(store, 1).await, []);
    let ended = samples::next_commit(&waits, RunState::Succeeded);
    store.runs().commit_run(ended).await.expect("the run ends");
    assert_eq!(claim(store, 1).await, []);
}

async fn a_run_released_between_its_steps_goes_on_where_it_was(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    assert_eq!(claim(store, 1).await, [capture.id]);
    let first = samples::first_commit(&capture, RunState::Running);
    store.runs().commit_run(first.clone()).await.expect("steps are committed");
    assert_eq!(claim(store, 1).await, [], "it is still claimed");
    store.runs().release(&[samples::run_of(&capture)]).await;
    let claims = store.runs().claim(1).await.expect("a claim");
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].run, Some(first.run.clone()));
    let again = samples::first_commit(&capture, RunState::Succeeded);
    assert_eq!(store.runs().commit_run(again).await, Err(CommitError::RunChanged), "nobody begins it anew");
}

async fn many_runs_that_are_due_at_once_delay_no_timer(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let many = samples::captured(store, workspace, automation).await;
    let timed = samples::captured(store, workspace, automation).await;
    assert_eq!(claim(store, 2).await, [many.id, timed.id]);
    let mut commit = samples::first_commit(&many, RunState::Succeeded);
    commit.begins = (1..=40)
        .map(|item| Run {
            id: samples::id(),
            item: Some(item),
            state: RunState::Queued,
            ..Run::first_of(&many, samples::now())
        })
        .collect();
    store.runs().commit_run(commit).await.expect("further runs begin");
    wait_until(store, &Run::first_of(&timed, samples::now()), Timestamp::from_millis(1)).await;
    assert!(claim(store, 4).await.contains(&timed.id), "it waits for few of them");
    let mut rest = 0;
    while let [_, ..] = claim(store, 10).await[..] {
        rest += 1;
    }
    assert_eq!(rest, 4, "none of the many is forgotten");
}

async fn waiting_for_work_misses_none(store: Arc<dyn Store>) {
    let capture = samples::captured(&*store, samples::id(), samples::id()).await;
    store.runs().wait_for_work().await;
    assert_eq!(claim(&*store, 1).await, [capture.id]);
    store.runs().release(&[samples::run_of(&capture)]).await;
    store.runs().wait_for_work().await;
    assert_eq!(claim(&*store, 1).await, [capture.id]);
    let fresh = Run::first_of(&capture, samples::now());
    wait_until(&*store, &fresh, Timestamp::from_millis(1)).await;
    store.runs().wait_for_work().await;
    assert_eq!(claim(&*store, 1).await, [capture.id]);
}
