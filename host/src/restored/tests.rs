//! What is set aside of a store that was restored, and what goes on.

use std::sync::Arc;

use hookbox_model::{MessageState, RunState, WorkspaceId};
use hookbox_store::conformance::samples;
use hookbox_store::conformance::thread::Thread;
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

#[tokio::test]
async fn what_is_due_is_set_aside_and_what_is_due_later_or_over_stays() {
    let (_dir, store) = store();
    let (workspace, now) = (samples::id(), crate::fresh::now());
    let fresh = samples::captured(&*store, workspace, samples::id()).await;
    let over = samples::captured(&*store, workspace, samples::id()).await;
    store.runs().commit_run(samples::first_commit(&over, RunState::Succeeded)).await.expect("it ends");
    let mut waiting = Vec::new();
    for due_at in [now, now.plus_millis(HOUR_MS)] {
        let capture = samples::captured(&*store, workspace, samples::id()).await;
        let mut commit = samples::first_commit(&capture, RunState::Waiting);
        commit.run.due_at = Some(due_at);
        store.runs().commit_run(commit).await.expect("it waits");
        waiting.push(capture);
    }
    let thread = Thread::begun(&*store, workspace, samples::id()).await;
    let [first, second] = thread.posts(&*store).await;
    let scheduled = thread.post(&*store, |message| message.send_at = Some(now.plus_millis(HOUR_MS))).await;

    let done = set_aside(&*store, now, 12).await.expect("it is set aside");
    assert_eq!(done, SetAside { runs: 2, messages: 2 });
    for (capture, expected) in [
        (&fresh, RunState::Failed),
        (&over, RunState::Succeeded),
        (&waiting[0], RunState::Failed),
        (&waiting[1], RunState::Waiting),
    ] {
        let run = store.runs().get(workspace, capture.id.retyped()).await.expect("it is read").expect("it is there");
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
    assert_eq!(after["set_aside"], json!({"runs": 2, "messages": 2}));
    store.close().await;
}

#[tokio::test]
async fn more_than_is_handed_out_at_once_is_set_aside_too() {
    let (_dir, store) = store();
    let workspace = samples::id();
    for _ in 0..600 {
        samples::captured(&*store, workspace, samples::id()).await;
    }
    let done = set_aside(&*store, samples::now(), 1).await.expect("it is set aside");
    assert_eq!((done, store.queue_depth()), (SetAside { runs: 600, messages: 0 }, 0));
}
