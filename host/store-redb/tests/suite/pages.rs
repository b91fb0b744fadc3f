//! Pages and counts end with the bytes they read, and go on from there.

use hookbox_model::{CaptureId, Run, RunState, WorkspaceId};
use hookbox_store::conformance::samples;
use hookbox_store::{CaptureFilter, PageRequest, RunCommit, RunFilter, Store};

use crate::place::Place;

/// Captures of which each was split into three runs, oldest first.
async fn split_captures(store: &dyn Store, workspace: WorkspaceId, count: usize) -> Vec<CaptureId> {
    let mut made = Vec::new();
    for _ in 0..count {
        let capture = samples::captured(store, workspace, samples::id()).await;
        let first = Run::first_of(&capture, samples::now());
        let begins = [1, 2].map(|item| Run {
            id: samples::id(),
            item: Some(item),
            state: RunState::Queued,
            revision: 1,
            ..first.clone()
        });
        let commit = RunCommit { begins: begins.into(), ..samples::first_commit(&capture, RunState::Failed) };
        store.runs().commit_run(commit).await.expect("a commit");
        made.push(capture.id);
    }
    made
}

#[tokio::test]
async fn a_page_of_captures_with_their_runs_ends_with_what_was_read_and_goes_on() {
    let mut place = Place::new();
    // So little that one capture is enough, and its runs.
    place.config.page_bytes_max = 1;
    let store = place.open();
    let workspace = samples::id();
    let mut made = split_captures(&*store, workspace, 3).await;
    made.reverse();
    for state in [None, Some(RunState::Failed)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let filter = CaptureFilter { state, ..CaptureFilter::default() };
            let page = store.captures().page_with_runs(workspace, filter, PageRequest { after, limit: 100 }).await;
            let page = page.expect("a page");
            assert!(page.items.len() <= 1, "{} captures", page.items.len());
            for (capture, runs) in page.items {
                assert_eq!((runs.count, runs.state()), (3, RunState::Failed));
                seen.push(capture.id);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, made, "{state:?}");
    }
}

#[tokio::test]
async fn rows_that_a_count_did_not_look_at_are_not_taken_from_what_it_may() {
    let mut place = Place::new();
    // A page of the count ends after each run.
    (place.config.page_bytes_max, place.config.count_rows_max) = (1, 4);
    let store = place.open();
    let workspace = samples::id();
    split_captures(&*store, workspace, 5).await;
    let filter = RunFilter { state: Some(RunState::Failed), ..RunFilter::default() };
    let counted = store.runs().count(workspace, filter).await.expect("a count");
    assert_eq!((counted.count, counted.more), (4, true));
}
