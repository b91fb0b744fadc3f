//! Runs: committed step by step, final once, found by automation, state and contact.

use std::sync::Arc;

use hookbox_model::{
    AutomationId, Capture, Contact, FieldValue, Run, RunFailure, RunId, RunState, Timestamp, WorkspaceId,
};

use super::samples;
use crate::{CommitError, PageRequest, RunFilter, RunOrder, Store, StoreError};

/// Every promise about committing and reading runs.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_run_is_seen_from_capture_to_end(&*open().await).await;
    a_commit_at_another_revision_or_after_the_end_is_refused(&*open().await).await;
    commits_apply_in_the_order_of_their_calls(&*open().await).await;
    a_run_without_a_capture_is_refused(&*open().await).await;
    pages_give_the_runs_that_are_asked_for(&*open().await).await;
    runs_are_found_by_when_they_were_made(&*open().await).await;
    runs_are_found_by_any_text_that_is_about_them(&*open().await).await;
}

async fn a_run_is_seen_from_capture_to_end(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    let (workspace, id) = samples::run_of(&capture);
    assert_eq!(samples::runs_of(store, &capture).await, [id]);
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
            let wanted = PageRequest { after, limit: 2 };
            let page = store.runs().page(workspace, filter.clone(), wanted).await.expect("a page");
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let wanted = |keep: &dyn Fn(&Run) -> bool| runs.iter().filter(|run| keep(run)).cloned().collect::<Vec<Run>>();
    let all = RunFilter::default();
    assert_eq!(page(all.clone()).await, runs);
    let filter = RunFilter { automation: Some(one), ..all.clone() };
    assert_eq!(page(filter).await, wanted(&|run| run.automation == one));
    let filter = RunFilter { state: Some(RunState::Failed), ..all.clone() };
    assert_eq!(page(filter).await, wanted(&|run| run.state == RunState::Failed));
    let filter = RunFilter { automation: Some(one), state: Some(RunState::Failed), ..all.clone() };
    assert_eq!(page(filter).await, wanted(&|run| run.automation == one && run.state == RunState::Failed));
    let filter = RunFilter { automation: Some(one), state: Some(RunState::Succeeded), ..all.clone() };
    assert_eq!(page(filter).await, wanted(&|run| run.automation == one && run.state == RunState::Succeeded));
    let filter = RunFilter { contact: runs[1].contact, ..all.clone() };
    assert_eq!(page(filter).await, runs[1..2]);
    let filter = RunFilter { state: Some(RunState::Queued), ..all.clone() };
    assert_eq!(page(filter).await, []);
    for filter in [
        all.clone(),
        RunFilter { state: Some(RunState::Failed), ..all.clone() },
        RunFilter { automation: Some(one), ..all.clone() },
        RunFilter { automation: Some(one), state: Some(RunState::Failed), ..all.clone() },
        RunFilter { contact: runs[1].contact, ..all.clone() },
    ] {
        let mut oldest_first = page(RunFilter { order: RunOrder::OldestFirst, ..filter.clone() }).await;
        oldest_first.reverse();
        assert_eq!(oldest_first, page(filter.clone()).await, "{filter:?}");
    }
}

/// Every page of a filter, two runs at a time, so that going on is tested as well.
async fn every(store: &dyn Store, workspace: WorkspaceId, filter: &RunFilter) -> Vec<RunId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let wanted = PageRequest { after, limit: 2 };
        let page = store.runs().page(workspace, filter.clone(), wanted).await.expect("a page");
        found.extend(page.items.iter().map(|run| run.id));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

async fn runs_are_found_by_when_they_were_made(store: &dyn Store) {
    let (workspace, automation, contact) = (samples::id(), samples::id(), samples::id());
    let mut made = Vec::new();
    // Midnight is between them, and no two are made within a second.
    for number in 0..6 {
        let at = Timestamp::from_millis(1_795_478_400_000 + 86_400_000 - 3_500 + number * 1_000);
        let capture = Capture { id: samples::id_at(at), received_at: at, ..samples::capture(workspace, automation) };
        store.captures().capture(Arc::new(capture.clone())).await.expect("it is captured");
        let mut commit = samples::first_commit(&capture, RunState::Failed);
        commit.run.contact = Some(contact);
        store.runs().commit_run(commit.clone()).await.expect("the run is committed");
        made.push(commit.run.id);
    }
    made.reverse();
    let moments: Vec<Timestamp> = made.iter().map(|id| id.made_at()).collect();
    let all = RunFilter::default();
    for filter in [
        all.clone(),
        RunFilter { automation: Some(automation), ..all.clone() },
        RunFilter { state: Some(RunState::Failed), ..all.clone() },
        RunFilter { contact: Some(contact), ..all.clone() },
    ] {
        for order in [RunOrder::NewestFirst, RunOrder::OldestFirst] {
            for (newest, end) in [(0_usize, 6), (1, 5), (2, 3), (3, 3), (4, 2), (0, 3), (3, 6)] {
                // Those from place `newest` to before place `end`: made before the one ahead of them, and not before their last.
                let to = newest.checked_sub(1).map(|place| moments[place]);
                let from = (end < 6).then(|| moments[end - 1]);
                let mut wanted = made.get(newest..end).map(<[RunId]>::to_vec).unwrap_or_default();
                if order == RunOrder::OldestFirst {
                    wanted.reverse();
                }
                let filter = RunFilter { from, to, order, ..filter.clone() };
                assert_eq!(every(store, workspace, &filter).await, wanted, "{filter:?}");
            }
        }
    }
}

async fn runs_are_found_by_any_text_that_is_about_them(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let mut runs = Vec::new();
    for (number, name) in ["Ann", "Bob"].into_iter().enumerate() {
        let body = samples::body(&format!(r#"{{"order": "N-{number}", "city": "KÖLN"}}"#));
        let capture = Capture { body, ..samples::capture(workspace, automation) };
        store.captures().capture(Arc::new(capture.clone())).await.expect("it is captured");
        let mut contact = samples::contact(workspace, &format!("+1215555667{number}"));
        contact.fields.insert("first_name".into(), FieldValue::Text(name.into()));
        let mut commit = samples::commit_of(&capture, samples::contact_commit(None, contact));
        commit.run.state = RunState::Failed;
        commit.run.failure = Some(RunFailure::new("mapping", &format!("code-{number}"), format!("because {name}ette")));
        store.runs().commit_run(commit.clone()).await.expect("the run is committed");
        runs.push(commit.run);
    }
    let [first, second] = [runs[0].id, runs[1].id];
    for (text, wanted) in [
        ("n-0", vec![first]),
        ("\"order\": \"N-1\"", vec![second]),
        ("köln", vec![second, first]),
        ("code-1", vec![second]),
        ("because annE", vec![first]),
        ("bob", vec![second]),
        ("215 555-6670", vec![first]),
        ("+12155556671", vec![second]),
        (&first.to_string(), vec![first]),
        (&runs[1].capture.to_string(), vec![second]),
        (&second.to_string()[4..], vec![second]),
        (&RunId::from_bytes([9; 16]).to_string(), vec![]),
        ("nowhere", vec![]),
    ] {
        let filter = RunFilter { text: Some(text.to_owned()), ..RunFilter::default() };
        assert_eq!(every(store, workspace, &filter).await, wanted, "{text:?}");
        let failed = RunFilter { state: Some(RunState::Failed), automation: Some(automation), ..filter.clone() };
        assert_eq!(every(store, workspace, &failed).await, wanted, "{text:?} of those that failed");
        let of_second = wanted.iter().filter(|id| **id == second).copied().collect::<Vec<_>>();
        for (code, wanted) in [("code-1", of_second), ("code-", vec![])] {
            let filter = RunFilter { code: Some(code.to_owned()), ..filter.clone() };
            assert_eq!(every(store, workspace, &filter).await, wanted, "{text:?} of those that failed with {code}");
        }
        let others = RunFilter { automation: Some(samples::id()), ..filter.clone() };
        assert_eq!(every(store, workspace, &others).await, [], "{text:?} of another automation");
        assert_eq!(every(store, samples::id(), &filter).await, [], "{text:?} in another workspace");
    }
}
