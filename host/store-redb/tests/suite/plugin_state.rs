//! Plugin state in the file: counted from many threads, swept when it has expired, mended when it is damaged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{Left, RunState, Seen, StateEntry, StateUsage, Timestamp, WorkspaceId};
use hookbox_store::conformance::samples::{self, audited, entry, state};
use hookbox_store::{CommitError, PageRequest, RunCommit, StateCommit, Store, StoreError};

use crate::place::{Place, flipped};

async fn commit(store: &dyn Store, workspace: WorkspaceId, state: Vec<StateCommit>) -> Result<(), CommitError> {
    let capture = samples::captured(store, workspace, samples::id()).await;
    store.runs().commit_run(RunCommit { state, ..samples::first_commit(&capture, RunState::Succeeded) }).await
}

fn put(key: &str, entry: StateEntry) -> StateCommit {
    state("score", key, Seen::Unread, Left::Entry(entry))
}

fn until(millis: u64) -> StateEntry {
    StateEntry { expires_at: Some(Timestamp::from_millis(millis)), ..entry("x") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_that_count_at_once_count_sixty_four() {
    let (place, workspace) = (Place::new(), samples::id());
    let store = place.open();
    let counts: Vec<_> = (0..64)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                loop {
                    let read = store.plugin_state().get(workspace, "score", "count", samples::now()).await;
                    let seen = read.expect("a look-up");
                    let count: u32 = seen.as_ref().map_or(0, |entry| entry.value.parse().expect("a number"));
                    let left = Left::Entry(entry(&(count + 1).to_string()));
                    let step = state("score", "count", seen.map_or(Seen::Absent, Seen::Entry), left);
                    match commit(&*store, workspace, vec![step]).await {
                        Ok(()) => break,
                        Err(CommitError::StateChanged { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for count in counts {
        count.await.expect("no panic");
    }
    let counted = store.plugin_state().get(workspace, "score", "count", samples::now()).await;
    assert_eq!(counted, Ok(Some(entry("64"))));
}

#[tokio::test]
async fn what_has_expired_is_swept_and_nothing_else() {
    let mut place = Place::new();
    place.config.keep_interval_ms = u64::MAX;
    let (store, workspace) = (place.open(), samples::id());
    let ended = ["a", "b", "c", "d"].map(|key| put(key, until(1)));
    let lasting = [put("e", until(u64::MAX)), put("f", entry("x"))];
    // An end that was taken back, and one that was put off.
    let renewed = [put("c", entry("y")), put("d", until(u64::MAX))];
    commit(&*store, workspace, ended.into_iter().chain(lasting).collect()).await.expect("it is written");
    commit(&*store, workspace, renewed.to_vec()).await.expect("it is written");
    assert_eq!(store.plugin_state().usage(workspace, "score").await, Ok(StateUsage { keys: 6, bytes: 12 }));
    store.close().await;
    drop(store);
    assert!(place.check().is_whole());

    // One in each round, so that it takes several.
    (place.config.keep_interval_ms, place.config.state_sweep_rows_max) = (1, 1);
    let store = place.open();
    let deadline = Instant::now() + Duration::from_secs(30);
    while store.plugin_state().usage(workspace, "score").await.expect("a usage").keys > 4 {
        assert!(Instant::now() < deadline, "what has expired is never swept");
        tokio::task::yield_now().await;
    }
    let page = store.plugin_state().page(workspace, "score", PageRequest::first()).await;
    let keys: Vec<_> = samples::only(page.expect("a page")).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["c", "d", "e", "f"]);
    assert_eq!(store.plugin_state().usage(workspace, "score").await, Ok(StateUsage { keys: 4, bytes: 8 }));
    store.close().await;
    drop(store);
    assert!(place.check().is_whole());
    assert_eq!(place.rows("state-ends").len(), 2);
}

#[tokio::test]
async fn damaged_state_is_an_error_until_it_is_forgotten() {
    for table in ["plugin-state", "state-usage"] {
        let (place, workspace) = (Place::new(), samples::id());
        let store = place.open();
        let writes = vec![put("a", entry("1")), put("b", until(u64::MAX))];
        commit(&*store, workspace, writes).await.expect("it is written");
        store.close().await;
        drop(store);
        let (key, value) = flipped(place.rows(table).remove(0));
        place.tamper(table, &[(key, Some(value))]);

        let store = place.open();
        let damaged = commit(&*store, workspace, vec![put("a", entry("3"))]).await;
        assert!(matches!(damaged, Err(CommitError::Store(StoreError::Damaged { .. }))), "{table}: {damaged:?}");
        let other = state("other", "a", Seen::Absent, Left::Entry(entry("1")));
        commit(&*store, workspace, vec![other]).await.expect("no other plugin is held up");
        let forget = store.plugin_state().forget(workspace, "score", "a", audited("plugin-state.forget"));
        forget.await.expect("whatever is under it");
        assert_eq!(store.plugin_state().usage(workspace, "score").await, Ok(StateUsage { keys: 1, bytes: 2 }));
        commit(&*store, workspace, vec![put("a", entry("3"))]).await.expect("it is mended");
        // The count is whole again, so what is forgotten now is taken from it.
        for (key, keys) in [("b", 1), ("a", 0)] {
            let forget = store.plugin_state().forget(workspace, "score", key, audited("plugin-state.forget"));
            forget.await.expect("it is there");
            let usage = store.plugin_state().usage(workspace, "score").await;
            assert_eq!(usage, Ok(StateUsage { keys, bytes: 2 * keys }));
        }
        store.close().await;
        drop(store);
        let mended = place.check().findings.into_iter().filter(|finding| finding.table != "quarantine");
        assert_eq!(mended.count(), 0, "{table}");
    }
}

#[tokio::test]
async fn a_plugin_keeps_no_more_than_it_may_and_a_write_that_replaces_counts_by_what_it_adds() {
    let mut place = Place::new();
    (place.config.state_keys_max, place.config.state_bytes_max) = (2, 20);
    let (mut store, workspace) = (place.open(), samples::id());
    let full = |keys, bytes| {
        let (would, max) = (StateUsage { keys, bytes }, StateUsage { keys: 2, bytes: 20 });
        Err(CommitError::StateFull { plugin: "score".into(), would, max })
    };
    assert_eq!(commit(&*store, workspace, ["a", "b", "c"].map(|key| put(key, entry("x"))).to_vec()).await, full(3, 6));
    // Many that are in line at once are counted together, though none of them saw the others.
    let mut receipts = Vec::new();
    for key in ["a", "b", "c", "d", "a", "b", "c", "d"] {
        let capture = samples::captured(&*store, workspace, samples::id()).await;
        let run = samples::first_commit(&capture, RunState::Succeeded);
        receipts.push(store.runs().commit_run(RunCommit { state: vec![put(key, entry("123456789"))], ..run }));
    }
    for (place, receipt) in receipts.into_iter().enumerate() {
        assert_eq!(receipt.await, if place % 4 < 2 { Ok(()) } else { full(3, 30) }, "{place}");
    }
    assert_eq!(store.plugin_state().usage(workspace, "score").await, Ok(StateUsage { keys: 2, bytes: 20 }));

    assert_eq!(commit(&*store, workspace, vec![put("c", entry(""))]).await, full(3, 21));
    assert_eq!(commit(&*store, workspace, vec![put("a", entry("1234567890"))]).await, full(2, 21));
    commit(&*store, workspace, vec![put("a", entry("987654321"))]).await.expect("it adds nothing");
    commit(&*store, workspace, vec![put("a", entry("")), put("b", entry("longer by some"))])
        .await
        .expect("less in all");
    let other = state("other", "a", Seen::Unread, Left::Entry(entry("1")));
    commit(&*store, workspace, vec![other]).await.expect("others keep their own");
    store.close().await;
    drop(store);

    // The limit was lowered since: what is kept may become less, not more.
    (place.config.state_keys_max, place.config.state_bytes_max) = (1, 5);
    store = place.open();
    commit(&*store, workspace, vec![put("b", entry("longer"))]).await.expect("less than before");
    assert!(matches!(commit(&*store, workspace, vec![put("a", entry("1"))]).await, Err(CommitError::StateFull { .. })));
    store.close().await;
    drop(store);
    assert!(place.check().is_whole());
}
