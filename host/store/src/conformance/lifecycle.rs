//! The life of runs beyond their steps: begun together, held, cancelled, replayed, awaited.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use hookbox_model::{Automation, AutomationState, Capture, Replay, Run, RunId, RunState, Timestamp};

use super::samples;
use crate::{CommitError, PageRequest, RunCommit, RunFilter, Store, StoreError};

/// Every promise about the life of runs.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    further_runs_begin_with_the_first_commit(&*open().await).await;
    a_run_is_held_only_while_its_automation_is_paused(&*open().await).await;
    held_runs_are_due_before_later_captures_once_their_automation_is_live(&*open().await).await;
    held_runs_stay_held_in_every_state_but_live(&*open().await).await;
    any_run_that_is_not_final_can_be_cancelled(&*open().await).await;
    a_dead_letter_is_replayed_once(&*open().await).await;
    the_end_of_a_run_is_awaited(&*open().await).await;
}

fn another_of(capture: &Capture, item: u32) -> Run {
    let first = Run::first_of(capture, samples::now());
    Run { id: samples::id(), item: Some(item), state: RunState::Queued, revision: 1, ..first }
}

async fn claimed(store: &dyn Store) -> Vec<RunId> {
    store.runs().claim(10).await.expect("a claim").iter().map(crate::Claim::run_id).collect()
}

async fn commit(store: &dyn Store, commit: &RunCommit) {
    store.runs().commit_run(commit.clone()).await.expect("it is committed");
}

async fn further_runs_begin_with_the_first_commit(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    let (workspace, first) = samples::run_of(&capture);
    let others = [another_of(&capture, 1), another_of(&capture, 2)];
    assert_eq!(claimed(store).await, [first]);
    let mut ends = samples::first_commit(&capture, RunState::Failed);
    ends.begins = others.to_vec();
    commit(store, &ends).await;
    assert_eq!(samples::runs_of(store, &capture).await, [first, others[0].id, others[1].id]);
    assert_eq!(store.runs().get(workspace, others[1].id).await, Ok(Some(others[1].clone())));
    assert_eq!(store.queue_depth(), 0, "they wait for no capture");
    let claims = store.runs().claim(10).await.expect("a claim");
    assert_eq!(claims.iter().map(|claim| claim.run.clone()).collect::<Vec<_>>(), others.clone().map(Some));
    assert_eq!(claims[0].capture, capture);
    let mut again = samples::next_commit(&others[0], RunState::Succeeded);
    again.begins = vec![others[1].clone()];
    assert_eq!(store.runs().commit_run(again.clone()).await, Err(CommitError::RunChanged), "none begins twice");
    again.begins.clear();
    commit(store, &again).await;
    assert_eq!(claimed(store).await, [], "the other is still claimed");
}

async fn automation(store: &dyn Store, state: AutomationState) -> Automation {
    let (automation, key) = samples::automation(samples::id(), "order shipped");
    let automation = Automation { state, ..automation };
    store
        .automations()
        .create(&automation, &key, samples::audited("automation.apply"))
        .await
        .expect("an automation is added");
    automation
}

async fn set_state(store: &dyn Store, of: &Automation, state: AutomationState) {
    store
        .automations()
        .set_state(of.workspace, of.id, state, samples::now(), samples::audited("automation.state"))
        .await
        .expect("its state changes");
}

async fn held(store: &dyn Store, of: &Automation) -> Run {
    let capture = samples::captured(store, of.workspace, of.id).await;
    let held = samples::first_commit(&capture, RunState::Held);
    commit(store, &held).await;
    held.run
}

async fn a_run_is_held_only_while_its_automation_is_paused(store: &dyn Store) {
    let of = automation(store, AutomationState::Live).await;
    let capture = samples::captured(store, of.workspace, of.id).await;
    let held = samples::first_commit(&capture, RunState::Held);
    for state in [AutomationState::Live, AutomationState::Draft, AutomationState::Archived] {
        set_state(store, &of, state).await;
        assert_eq!(store.runs().commit_run(held.clone()).await, Err(CommitError::AutomationChanged), "{state:?}");
    }
    set_state(store, &of, AutomationState::Paused).await;
    assert_eq!(claimed(store).await, [held.run.id]);
    commit(store, &held).await;
    assert_eq!(claimed(store).await, [], "it is due no more");
    assert_eq!(store.queue_depth(), 0);
    store.runs().release(&[(of.workspace, held.run.id)]).await;
    assert_eq!(claimed(store).await, [], "nor is it claimed");
}

async fn held_runs_are_due_before_later_captures_once_their_automation_is_live(store: &dyn Store) {
    let of = automation(store, AutomationState::Paused).await;
    let runs = [held(store, &of).await, held(store, &of).await];
    let later = samples::captured(store, of.workspace, of.id).await;
    let revision = store.revision();
    set_state(store, &of, AutomationState::Live).await;
    assert_ne!(store.revision(), revision, "its state may be cached");
    assert_eq!(claimed(store).await, [runs[0].id, runs[1].id, later.id.retyped()]);
    set_state(store, &of, AutomationState::Live).await;
    assert_eq!(claimed(store).await, [], "a second time changes nothing");
    let due = store.runs().get(of.workspace, runs[0].id).await.expect("a look-up").expect("the run");
    assert_eq!(due.state, RunState::Running, "it is claimed");
    commit(store, &samples::next_commit(&due, RunState::Succeeded)).await;
}

async fn held_runs_stay_held_in_every_state_but_live(store: &dyn Store) {
    let of = automation(store, AutomationState::Paused).await;
    let run = held(store, &of).await;
    for state in [AutomationState::Draft, AutomationState::Archived, AutomationState::Paused] {
        set_state(store, &of, state).await;
        assert_eq!(claimed(store).await, [], "{state:?}");
    }
    let live = Automation { version: 2, state: AutomationState::Live, ..of.clone() };
    store.automations().update(&live, samples::audited("automation.apply")).await.expect("it is changed");
    assert_eq!(claimed(store).await, [run.id], "a new version that is live makes them due as well");
    let missing = store
        .automations()
        .set_state(
            of.workspace,
            samples::id(),
            AutomationState::Live,
            samples::now(),
            samples::audited("automation.state"),
        )
        .await;
    assert_eq!(missing, Err(StoreError::Missing { what: "automation" }));
}

async fn any_run_that_is_not_final_can_be_cancelled(store: &dyn Store) {
    let of = automation(store, AutomationState::Paused).await;
    let fresh = samples::captured(store, of.workspace, of.id).await;
    let begun = samples::captured(store, of.workspace, of.id).await;
    let mut waits = samples::first_commit(&*samples::captured(store, of.workspace, of.id).await, RunState::Waiting);
    waits.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    commit(store, &waits).await;
    let is_held = held(store, &of).await;
    let claims = store.runs().claim(10).await.expect("a claim");
    assert_eq!(samples::captures_of(&claims), [fresh.id, begun.id]);
    store.runs().release(&[samples::run_of(&fresh)]).await;
    for id in [fresh.id.retyped(), begun.id.retyped(), waits.run.id, is_held.id] {
        let at = samples::now();
        let run = store
            .runs()
            .cancel(of.workspace, id, at, samples::audited("run.cancel"))
            .await
            .expect("it is cancelled")
            .expect("it is there");
        assert_eq!((run.state, run.finished_at, run.due_at), (RunState::Cancelled, Some(at), None));
        assert_eq!(
            store.runs().cancel(of.workspace, id, samples::now(), samples::audited("run.cancel")).await,
            Ok(Some(run)),
            "the end is the end"
        );
    }
    let late = samples::first_commit(&begun, RunState::Succeeded);
    assert_eq!(store.runs().commit_run(late).await, Err(CommitError::RunChanged), "whoever is at it is refused");
    store.runs().release(&[samples::run_of(&begun)]).await;
    set_state(store, &of, AutomationState::Live).await;
    assert_eq!(claimed(store).await, [], "nothing of it is handed out again");
    assert_eq!(store.queue_depth(), 0);
    assert_eq!(
        store.runs().cancel(of.workspace, samples::id(), samples::now(), samples::audited("run.cancel")).await,
        Ok(None)
    );
}

async fn a_dead_letter_is_replayed_once(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    let (workspace, id) = samples::run_of(&capture);
    let again = Run { replay: Some(Replay { of: id, steps_kept: 0 }), item: None, ..another_of(&capture, 0) };
    assert_eq!(
        store.runs().replay(&again, samples::audited("run.replay")).await,
        Err(StoreError::Missing { what: "run" }),
        "it never began"
    );
    let waits = samples::first_commit(&capture, RunState::Running);
    commit(store, &waits).await;
    assert_eq!(
        store.runs().replay(&again, samples::audited("run.replay")).await,
        Err(StoreError::Stale { what: "run" }),
        "it is not final"
    );
    let failed = samples::next_commit(&waits.run, RunState::Failed);
    commit(store, &failed).await;
    let dead = async |replayed: bool| {
        let filter = RunFilter { state: Some(RunState::Failed), replayed: Some(replayed), ..RunFilter::default() };
        let page = store.runs().page(workspace, filter, PageRequest::first()).await.expect("a page");
        samples::only(page).iter().map(|run| run.id).collect::<Vec<_>>()
    };
    assert_eq!((dead(false).await, dead(true).await), (vec![id], vec![]));
    store.runs().replay(&again, samples::audited("run.replay")).await.expect("it is replayed");
    assert_eq!((dead(false).await, dead(true).await), (vec![], vec![id]));
    let original = store.runs().get(workspace, id).await.expect("a look-up").expect("the run");
    let noted = Run { replayed_by: Some(again.id), revision: failed.run.revision + 1, ..failed.run };
    assert_eq!(original, noted, "nothing else of it changes");
    let second = Run { id: samples::id(), ..again.clone() };
    assert_eq!(
        store.runs().replay(&second, samples::audited("run.replay")).await,
        Err(StoreError::Stale { what: "run" }),
        "it was replayed already"
    );
    assert_eq!(claimed(store).await, [again.id]);
    assert_eq!(samples::runs_of(store, &capture).await, [id, again.id]);
    commit(store, &samples::next_commit(&again, RunState::Succeeded)).await;
}

async fn the_end_of_a_run_is_awaited(store: &dyn Store) {
    let capture = samples::captured(store, samples::id(), samples::id()).await;
    let (workspace, id) = samples::run_of(&capture);
    let mut waiting = [(); 3].map(|()| store.runs().finished(workspace, id));
    for waits in &mut waiting {
        assert!(poll_fn(|context| Poll::Ready(waits.as_mut().poll(context).is_pending())).await, "it is not final");
    }
    let [first, second, gives_up] = waiting;
    drop(gives_up);
    let began = samples::first_commit(&capture, RunState::Running);
    commit(store, &began).await;
    let ends = samples::next_commit(&began.run, RunState::Succeeded);
    commit(store, &ends).await;
    assert_eq!(first.await, Ok(ends.run.clone()));
    assert_eq!(second.await, Ok(ends.run.clone()));
    assert_eq!(store.runs().finished(workspace, id).await, Ok(ends.run), "at once when it is final");
    assert_eq!(store.runs().finished(workspace, samples::id()).await, Err(StoreError::Missing { what: "run" }));
}
