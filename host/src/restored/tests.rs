//! What is set aside of a store that was restored, and what goes on.

use std::sync::Arc;

use hookbox_model::{Automation, AutomationState, MessageState, Run, RunState, StepRecord, StepState, WorkspaceId};
use hookbox_store::conformance::samples;
use hookbox_store::conformance::thread::{Thread, bring, stepped};
use hookbox_store::{AuditFilter, PageRequest, Store};
use hookbox_store_redb::{Config, Metrics, RedbStore};
use serde_json::{Value, json};

use super::{CODE, SetAside, set_aside};

const HOUR_MS: u64 = 60 * 60 * 1_000;

fn store() -> (tempfile::TempDir, Arc<RedbStore>) {
    let dir = tempfile::tempdir().expect("a directory");
    let config = Config { ballast_bytes: 0, free_bytes_min: 0, ..Config::default() };
    let store = RedbStore::open(dir.path(), config, Metrics::unregistered(), false).expect("a store");
    (dir, store)
}

/// A workspace that is in the store.
async fn workspace(store: &RedbStore) -> WorkspaceId {
    let workspace = samples::workspace();
    store.workspaces().create(&workspace, samples::audited("workspace.create")).await.expect("a workspace");
    workspace.id
}

/// The record of a step that is not over.
fn unfinished_step(action: &str) -> StepRecord {
    StepRecord {
        name: action.into(),
        action: action.into(),
        plugin: String::new(),
        digest: None,
        state: StepState::Waiting,
        attempts: 0,
        input: "{}".into(),
        output: "null".into(),
        effects: Vec::new(),
        log: Vec::new(),
        duration_us: 0,
        memory_bytes: 0,
        failure: None,
    }
}

/// A run that waits in this step until then.
async fn waiting(store: &RedbStore, workspace: WorkspaceId, action: &str, due_in_ms: u64) -> Run {
    let capture = samples::captured(store, workspace, samples::id()).await;
    let mut commit = samples::first_commit(&capture, RunState::Waiting);
    commit.run.due_at = Some(crate::fresh::now().plus_millis(due_in_ms));
    commit.run.steps.push(unfinished_step(action));
    store.runs().commit_run(commit.clone()).await.expect("it waits");
    commit.run
}

#[tokio::test]
async fn what_is_unfinished_is_set_aside_and_what_waits_for_its_time_or_is_over_stays() {
    let (_dir, store) = store();
    let (workspace, now) = (workspace(&store).await, crate::fresh::now());
    let capture = samples::captured(&*store, workspace, samples::id()).await;
    let fresh = Run::first_of(&capture, now);
    let capture = samples::captured(&*store, workspace, samples::id()).await;
    let over = samples::first_commit(&capture, RunState::Succeeded);
    store.runs().commit_run(over.clone()).await.expect("it ends");
    let due = waiting(&store, workspace, "wait", 0).await;
    let later = waiting(&store, workspace, "wait", HOUR_MS).await;
    let retried = waiting(&store, workspace, "send-message", HOUR_MS).await;
    let thread = Thread::begun(&*store, workspace, samples::id()).await;
    let [first, second] = thread.posts(&*store).await;
    let send_at = Some(now.plus_millis(HOUR_MS));
    let scheduled = thread.post(&*store, |message| (message.send_at, message.due_at) = (send_at, send_at)).await;

    let done = set_aside(&*store, now, 12).await.expect("it is set aside");
    assert_eq!(done, SetAside { runs: 3, messages: 2 });
    for (run, expected) in [
        (&fresh, RunState::Failed),
        (&over.run, RunState::Succeeded),
        (&due, RunState::Failed),
        (&later, RunState::Waiting),
        (&retried, RunState::Failed),
    ] {
        let run = store.runs().get(workspace, run.id).await.expect("it is read").expect("it is there");
        let code = run.failure.map(|failure| failure.code);
        let dead = (expected == RunState::Failed).then(|| CODE.to_owned());
        assert_eq!((run.state, code), (expected, dead));
    }
    for (message, expected) in
        [(first, MessageState::Unknown), (second, MessageState::Unknown), (scheduled, MessageState::Queued)]
    {
        let found = store.messages().get(workspace, message.id).await.expect("it is read").expect("it is there");
        assert_eq!(found.state, expected);
    }
    let filter = AuditFilter { act: Some("host.restore".into()), ..AuditFilter::default() };
    let noted = store.audit().page(WorkspaceId::HOST, &filter, PageRequest::first()).await.expect("a page");
    let after: Value = serde_json::from_str(&noted.items[0].after).expect("JSON");
    assert_eq!(after["set_aside"], json!({"runs": 3, "messages": 2}));
    store.close().await;
}

#[tokio::test]
async fn more_than_is_handed_out_at_once_is_set_aside_too() {
    let (_dir, store) = store();
    let workspace = workspace(&store).await;
    for _ in 0..600 {
        samples::captured(&*store, workspace, samples::id()).await;
    }
    let done = set_aside(&*store, samples::now(), 1).await.expect("it is set aside");
    assert_eq!((done, store.queue_depth()), (SetAside { runs: 600, messages: 0 }, 0));
}

#[tokio::test]
async fn what_was_held_does_not_go_off_after_a_resume_or_a_decision() {
    let (_dir, store) = store();
    let workspace = workspace(&store).await;
    let (paused, trigger_key) = samples::automation(workspace, "order shipped");
    let paused = Automation { state: AutomationState::Paused, ..paused };
    let audited = samples::audited("automation.apply");
    store.automations().create(&paused, &trigger_key, audited).await.expect("an automation");
    let capture = samples::captured(&*store, workspace, paused.id).await;
    let held = samples::first_commit(&capture, RunState::Held);
    store.runs().commit_run(held.clone()).await.expect("it is held");
    let thread = Thread::begun(&*store, workspace, samples::id()).await;
    let [holder, behind] = thread.posts(&*store).await;
    let sending = bring(&*store, &holder, [MessageState::Sending]).await;
    let unknown = stepped(&sending, MessageState::Unknown);
    store.outbox().commit_message(&unknown, true, samples::now()).await.expect("it holds its line");
    let quiet = Thread::begun(&*store, workspace, samples::id()).await;
    let at = Some(crate::fresh::now().plus_millis(HOUR_MS));
    let kept_back = quiet.post(&*store, |message| (message.state, message.due_at) = (MessageState::Held, at)).await;

    let done = set_aside(&*store, samples::now(), 1).await.expect("it is set aside");
    assert_eq!(done, SetAside { runs: 1, messages: 2 });
    let run = store.runs().get(workspace, held.run.id).await.expect("it is read").expect("it is there");
    assert_eq!((run.state, run.failure.map(|failure| failure.code)), (RunState::Failed, Some(CODE.to_owned())));
    for message in [holder, behind, kept_back] {
        let found = store.messages().get(workspace, message.id).await.expect("it is read").expect("it is there");
        assert_eq!(found.state, MessageState::Unknown);
    }
    store.close().await;
}
