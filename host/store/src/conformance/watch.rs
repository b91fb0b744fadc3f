//! Watching runs: whoever looks on learns of every commit of its workspace, and of no other.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use hookbox_model::{RunState, Timestamp, WorkspaceId};

use super::samples;
use crate::{RunChange, RunNews, RunWatch, Store};

/// Every promise about watching runs.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    every_commit_is_told_in_order_whoever_makes_it(&*open().await).await;
    nobody_is_told_of_other_workspaces(&*open().await).await;
    what_nobody_looks_at_is_kept_up_to_a_limit(&*open().await).await;
}

/// The next so many changes.
async fn next(watch: &mut dyn RunWatch, count: usize) -> Vec<RunChange> {
    let mut changes = Vec::new();
    while changes.len() < count {
        let news = watch.news().await;
        assert_eq!(news.missed, 0);
        changes.extend(news.changes);
    }
    changes
}

/// Whether there is nothing to tell at present.
async fn is_quiet(watch: &mut dyn RunWatch) -> bool {
    loop {
        // It may resolve without news; asked often enough it waits.
        let news = pin!(watch.news()).poll(&mut Context::from_waker(Waker::noop()));
        match news {
            Poll::Pending => return true,
            Poll::Ready(news) if news == RunNews::default() => {}
            Poll::Ready(_) => return false,
        }
    }
}

async fn every_commit_is_told_in_order_whoever_makes_it(store: &dyn Store) {
    let (workspace, automation): (WorkspaceId, _) = (samples::id(), samples::id());
    let before = samples::captured(store, workspace, automation).await;
    store.runs().commit_run(samples::first_commit(&before, RunState::Succeeded)).await.expect("a commit");
    let mut watch = store.runs().watch(workspace);
    assert!(is_quiet(&mut *watch).await, "what was before is not told");

    let captures =
        [samples::captured(store, workspace, automation).await, samples::captured(store, workspace, automation).await];
    let mut waiting = samples::first_commit(&captures[0], RunState::Waiting);
    waiting.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    let waits = waiting.run.clone();
    store.runs().commit_run(waiting).await.expect("it waits");
    let refused = store.runs().commit_run(samples::first_commit(&captures[0], RunState::Failed)).await;
    assert!(refused.is_err(), "it was committed already");
    store.runs().commit_run(samples::next_commit(&waits, RunState::Failed)).await.expect("it fails");
    store
        .runs()
        .cancel(workspace, captures[1].id.retyped(), samples::now(), samples::audited("run.cancel"))
        .await
        .expect("it is cancelled");
    let change = |capture: usize, state| RunChange { run: captures[capture].id.retyped(), automation, state };
    let expected = [change(0, RunState::Waiting), change(0, RunState::Failed), change(1, RunState::Cancelled)];
    assert_eq!(next(&mut *watch, 3).await, expected);
    assert!(is_quiet(&mut *watch).await, "what was refused is not told, and nothing is told twice");
    let told = store.runs().get(workspace, waits.id).await.expect("a look-up").expect("the run");
    assert_eq!(told.state, RunState::Failed, "everybody sees what was told");
}

async fn nobody_is_told_of_other_workspaces(store: &dyn Store) {
    let (one, other): (WorkspaceId, WorkspaceId) = (samples::id(), samples::id());
    let (mut of_one, mut of_other) = (store.runs().watch(one), store.runs().watch(other));
    let mut again = store.runs().watch(one);
    let capture = samples::captured(store, one, samples::id()).await;
    store.runs().commit_run(samples::first_commit(&capture, RunState::Succeeded)).await.expect("a commit");
    for watch in [&mut of_one, &mut again] {
        assert_eq!(next(&mut **watch, 1).await[0].run, capture.id.retyped(), "everybody who looks on is told");
    }
    assert!(is_quiet(&mut *of_other).await);
}

async fn what_nobody_looks_at_is_kept_up_to_a_limit(store: &dyn Store) {
    let (workspace, automation): (WorkspaceId, _) = (samples::id(), samples::id());
    let mut watch = store.runs().watch(workspace);
    let capture = samples::captured(store, workspace, automation).await;
    let begins = 5_000;
    let mut commit = samples::first_commit(&capture, RunState::Succeeded);
    commit.begins = (0..begins)
        .map(|item| {
            let mut begun = commit.run.clone();
            (begun.id, begun.item, begun.state) = (samples::id(), Some(item), RunState::Queued);
            begun
        })
        .collect();
    store.runs().commit_run(commit).await.expect("they begin");
    let news = watch.news().await;
    assert_eq!(news.changes.len() as u64 + news.missed, u64::from(begins) + 1, "what is not told is counted");
    assert!(!news.changes.is_empty() && news.missed > 0);
    assert!(is_quiet(&mut *watch).await);
}
