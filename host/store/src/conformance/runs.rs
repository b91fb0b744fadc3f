//! Runs: committed step by step, final once, found by automation, state and contact.

use std::sync::Arc;

use hookbox_model::{AutomationId, Contact, Run, RunState, WorkspaceId};

use super::samples;
use crate::{CommitError, PageRequest, RunFilter, RunOrder, Store, StoreError};

/// Every promise about committing and reading runs.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_run_is_seen_from_capture_to_end(&*open().await).await;
    a_commit_at_another_revision_or_after_the_end_is_refused(&*open().await).await;
    commits_apply_in_the_order_of_their_calls(&*open().await).await;
    a_run_without_a_capture_is_refused(&*open().await).await;
    pages_give_the_runs_that_are_asked_for(&*open().await).await;
}

async fn a_run_is_seen_from_capture_to_end(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    let (workspace, id) = samples::run_of(&capture);
    assert_eq!(store.runs().of_capture(workspace, capture.id).await, Ok(vec![id]));
    let state = || async { store.runs().get(workspace, id).await.expect("a look-up").expect("the run").state };
    assert_eq!(state().await, RunState::Queued);
    assert_eq!(store.runs().claim(10).await.expect("a claim").len(), 1);
    assert_eq!(state().await, RunState::Running);
    let first = samples::first_commit(&capture, RunState::Running);
    store.runs().commit_run(first.clone()).await.expect("steps are committed");
    let last = samples::next_commit(&first.run, RunState::Succeeded);
    store.runs().commit_run(last.clone()).await.expect("the run ends");
    assert_eq!(store.runs().get(workspace, id).await, Ok(Some(last.run)));
    assert_eq!(store.queue_depth(), 0);
    assert_eq!(store.runs().claim(10).await.expect("a claim").len(), 0, "what ended is not handed out");
}

async fn a_commit_at_another_revision_or_after_the_end_is_refused(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    let first = samples::first_commit(&capture, RunState::Running);
    let early = samples::next_commit(&first.run, RunState::Succeeded);
    assert_eq!(store.runs().commit_run(early.clone()).await, Err(CommitError::RunChanged));
    store.runs().commit_run(first.clone()).await.expect("steps are committed");
    assert_eq!(store.runs().commit_run(first).await, Err(CommitError::RunChanged), "a commit is applied once");
    store.runs().commit_run(early.clone()).await.expect("the run ends");
    let after_end = samples::next_commit(&early.run, RunState::Failed);
    assert_eq!(store.runs().commit_run(after_end).await, Err(CommitError::RunChanged), "the end is the end");
    assert_eq!(store.runs().get(capture.workspace, early.run.id).await, Ok(Some(early.run)));
}

async fn commits_apply_in_the_order_of_their_calls(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let captures =
        [samples::captured(store, workspace, automation).await, samples::captured(store, workspace, automation).await];
    let contact = samples::contact(workspace, "+12155556677");
    let mut receipts = Vec::new();
    let mut before: Option<Contact> = None;
    for (version, capture) in (1..).zip(&captures) {
        let after = Contact { version, ..contact.clone() };
        let change = samples::contact_commit(before.as_ref(), after.clone());
        receipts.push(store.runs().commit_run(samples::commit_of(capture, change)));
        before = Some(after);
    }
    // The last is waited for first: its place in line was taken when it was called.
    for receipt in receipts.into_iter().rev() {
        assert_eq!(receipt.await, Ok(()));
    }
    let stored = store.contacts().get(workspace, contact.id).await.expect("a look-up").expect("the contact");
    assert_eq!(stored.version, 2);
}

async fn a_run_without_a_capture_is_refused(store: &dyn Store) {
    let capture = samples::capture(samples::id(), samples::id());
    let refused = store.runs().commit_run(samples::first_commit(&capture, RunState::Succeeded)).await;
    assert_eq!(refused, Err(CommitError::Store(StoreError::Missing { what: "capture" })));
}

async fn committed(store: &dyn Store, workspace: WorkspaceId, automation: AutomationId, state: RunState) -> Run {
    let capture = samples::captured(store, workspace, automation).await;
    let mut commit = samples::first_commit(&capture, state);
    commit.run.contact = Some(samples::id());
    store.runs().commit_run(commit.clone()).await.expect("the run is committed");
    commit.run
}

async fn pages_give_the_runs_that_are_asked_for(store: &dyn Store) {
    let (workspace, one, other) = (samples::id(), samples::id(), samples::id());
    let mut runs = Vec::new();
    for (automation, state) in [
        (one, RunState::Succeeded),
        (other, RunState::Failed),
        (one, RunState::Failed),
        (one, RunState::Succeeded),
        (other, RunState::Succeeded),
    ] {
        runs.push(committed(store, workspace, automation, state).await);
    }
    runs.reverse();
    let page = async |filter: RunFilter| {
        // Pages of two, so that going on is tested as well.
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.runs().page(workspace, filter, PageRequest { after, limit: 2 }).await.expect("a page");
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let wanted = |keep: &dyn Fn(&Run) -> bool| runs.iter().filter(|run| keep(run)).cloned().collect::<Vec<Run>>();
    let all = RunFilter::default();
    assert_eq!(page(all).await, runs);
    let filter = RunFilter { automation: Some(one), ..all };
    assert_eq!(page(filter).await, wanted(&|run| run.automation == one));
    let filter = RunFilter { state: Some(RunState::Failed), ..all };
    assert_eq!(page(filter).await, wanted(&|run| run.state == RunState::Failed));
    let filter = RunFilter { automation: Some(one), state: Some(RunState::Failed), ..all };
    assert_eq!(page(filter).await, wanted(&|run| run.automation == one && run.state == RunState::Failed));
    let filter = RunFilter { automation: Some(one), state: Some(RunState::Succeeded), ..all };
    assert_eq!(page(filter).await, wanted(&|run| run.automation == one && run.state == RunState::Succeeded));
    let filter = RunFilter { contact: runs[1].contact, ..all };
    assert_eq!(page(filter).await, runs[1..2]);
    let filter = RunFilter { state: Some(RunState::Queued), ..all };
    assert_eq!(page(filter).await, []);
    for filter in [
        all,
        RunFilter { state: Some(RunState::Failed), ..all },
        RunFilter { automation: Some(one), ..all },
        RunFilter { automation: Some(one), state: Some(RunState::Failed), ..all },
        RunFilter { contact: runs[1].contact, ..all },
    ] {
        let mut oldest_first = page(RunFilter { order: RunOrder::OldestFirst, ..filter }).await;
        oldest_first.reverse();
        assert_eq!(oldest_first, page(filter).await, "{filter:?}");
    }
}
