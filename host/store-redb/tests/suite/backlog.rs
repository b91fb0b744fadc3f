//! A backlog larger than memory, and many writers at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use hookbox_model::{CaptureId, RunState, WorkspaceId};
use hookbox_store::Store;
use hookbox_store::conformance::samples;
use tokio::sync::mpsc;

use crate::place::Place;

/// Claims and ends everything; the captures in the order they came.
async fn drain(store: &dyn Store, limit: usize) -> Vec<CaptureId> {
    let mut found = Vec::new();
    while store.queue_depth() > 0 {
        for claim in store.runs().claim(limit).await.expect("a claim") {
            let commit = samples::first_commit(&claim.capture, RunState::Succeeded);
            store.runs().commit_run(commit).await.expect("the run ends");
            found.push(claim.capture.id);
        }
    }
    found
}

#[tokio::test]
async fn a_backlog_larger_than_memory_comes_back_whole_and_in_order() {
    let mut place = Place::new();
    place.config.memory_queue_captures_max = 3;
    place.config.claim_scan_rows_max = 4;
    let store = place.open();
    let (one, other): (WorkspaceId, WorkspaceId) = (samples::id(), samples::id());
    let (mut of_one, mut of_other) = (Vec::new(), Vec::new());
    for number in 0..60 {
        let workspace = if number % 3 == 0 { one } else { other };
        let id = samples::captured(&*store, workspace, samples::id()).await.id;
        if number % 3 == 0 {
            of_one.push(id)
        } else {
            of_other.push(id)
        }
        if number % 10 == 0 {
            // Claims between captures move the window while it fills.
            let claims = store.runs().claim(1).await.expect("a claim");
            let runs: Vec<_> = claims.iter().map(|claim| samples::run_of(&claim.capture)).collect();
            store.runs().release(&runs).await;
        }
    }
    let found = drain(&*store, 7).await;
    let only = |wanted: &[CaptureId]| found.iter().filter(|id| wanted.contains(id)).copied().collect::<Vec<_>>();
    assert_eq!(only(&of_one), of_one);
    assert_eq!(only(&of_other), of_other);
    assert_eq!(found.len(), 60);
    store.close().await;
    let report = place.check();
    assert!(report.is_whole(), "{:?}", report.findings);
    assert_eq!(report.unfinished, 0);
}

#[tokio::test]
async fn bodies_beyond_the_memory_for_them_are_read_back_from_disk() {
    let mut place = Place::new();
    let weight = samples::capture(samples::id(), samples::id()).weight();
    place.config.memory_queue_bytes_max = weight * 2;
    let store = place.open();
    let workspace = samples::id();
    let mut captures = Vec::new();
    for _ in 0..9 {
        captures.push(samples::captured(&*store, workspace, samples::id()).await.id);
    }
    assert_eq!(drain(&*store, 2).await, captures);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captures_and_runs_of_many_at_once_are_each_done_once() {
    let mut place = Place::new();
    place.config.memory_queue_captures_max = 20;
    place.config.claim_scan_rows_max = 16;
    let store = place.open();
    let workspaces: Vec<WorkspaceId> = (0..3).map(|_| samples::id()).collect();
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let (store, workspace) = (Arc::clone(&store), workspaces[number % 3]);
            tokio::spawn(async move {
                for _ in 0..50 {
                    samples::captured(&*store, workspace, samples::id()).await;
                }
            })
        })
        .collect();
    let (report, mut reports) = mpsc::unbounded_channel();
    let runners: Vec<_> = (0..3)
        .map(|_| {
            let (store, report) = (Arc::clone(&store), report.clone());
            tokio::spawn(async move {
                while let Some(claims) = next(&*store).await {
                    for claim in claims {
                        let commit = samples::first_commit(&claim.capture, RunState::Succeeded);
                        assert_eq!(store.runs().commit_run(commit).await, Ok(()));
                        report.send(claim.capture.id).expect("the test listens");
                    }
                }
            })
        })
        .collect();
    let mut done = Vec::new();
    while done.len() < 400 {
        done.push(reports.recv().await.expect("a runner reports"));
    }
    for writer in writers {
        writer.await.expect("a writer ends");
    }
    assert_eq!(store.queue_depth(), 0);
    store.close().await;
    for runner in runners {
        runner.await.expect("a runner ends");
    }
    assert!(reports.try_recv().is_err(), "and no more");
    assert_eq!(done.iter().collect::<BTreeSet<_>>().len(), 400, "each once");
    let report = place.check();
    assert!(report.is_whole(), "{:?}", report.findings);
}

/// What can be claimed next; nothing once the store is closed.
async fn next(store: &dyn Store) -> Option<Vec<hookbox_store::Claim>> {
    store.runs().wait_for_work().await;
    store.runs().claim(5).await.ok()
}
