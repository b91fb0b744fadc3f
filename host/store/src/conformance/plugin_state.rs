//! Plugin state: written with the run that left it or not at all, and only while nothing that the run saw has changed.

use std::sync::Arc;

use hookbox_model::{Left, RunState, Seen, StateEntry, StateUsage, Timestamp, WorkspaceId};

use super::samples::{self, entry, state};
use crate::{AuditFilter, CommitError, PageRequest, RunCommit, StateCommit, Store, StoreError};

/// Every promise about plugin state.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    what_a_run_leaves_is_there_with_its_record(&*open().await).await;
    a_run_that_saw_something_else_writes_nothing(&*open().await).await;
    counting_at_the_same_moment_loses_no_count(&*open().await).await;
    a_commit_may_build_on_one_that_is_not_on_disk_yet(&*open().await).await;
    nobody_sees_what_others_remember(&*open().await).await;
    what_has_expired_is_not_there(&*open().await).await;
    a_key_is_forgotten_by_hand(&*open().await).await;
}

/// A commit of a new run that looked at and left this.
async fn commit_of(store: &dyn Store, workspace: WorkspaceId, state: Vec<StateCommit>) -> RunCommit {
    let capture = samples::captured(store, workspace, samples::id()).await;
    RunCommit { state, ..samples::first_commit(&capture, RunState::Succeeded) }
}

async fn commit(store: &dyn Store, workspace: WorkspaceId, state: Vec<StateCommit>) -> Result<(), CommitError> {
    let commit = commit_of(store, workspace, state).await;
    store.runs().commit_run(commit).await
}

async fn get(store: &dyn Store, workspace: WorkspaceId, plugin: &str, key: &str) -> Option<StateEntry> {
    store.plugin_state().get(workspace, plugin, key, samples::now()).await.expect("a look-up")
}

async fn usage(store: &dyn Store, workspace: WorkspaceId, plugin: &str) -> (u64, u64) {
    let StateUsage { keys, bytes } = store.plugin_state().usage(workspace, plugin).await.expect("a usage");
    (keys, bytes)
}

/// A write that did not look.
fn put(plugin: &str, key: &str, value: &str) -> StateCommit {
    state(plugin, key, Seen::Unread, Left::Entry(entry(value)))
}

async fn what_a_run_leaves_is_there_with_its_record(store: &dyn Store) {
    let workspace = samples::id();
    assert_eq!(get(store, workspace, "score", "total").await, None);
    assert_eq!(usage(store, workspace, "score").await, (0, 0));
    let writes = ["c", "a", "b"].map(|key| state("score", key, Seen::Absent, Left::Entry(entry("12345")))).to_vec();
    let first = commit_of(store, workspace, writes).await;
    store.runs().commit_run(first.clone()).await.expect("nothing was there");
    assert_eq!(store.runs().get(workspace, first.run.id).await, Ok(Some(first.run)));
    assert_eq!(get(store, workspace, "score", "a").await, Some(entry("12345")));
    assert_eq!(usage(store, workspace, "score").await, (3, 3 * (1 + 5)));

    let page = |after| store.plugin_state().page(workspace, "score", PageRequest { after, limit: 2 });
    let first = page(None).await.expect("a page");
    let second = samples::only(page(first.next).await.expect("a page"));
    let keys: Vec<_> = first.items.iter().chain(&second).map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "c"]);

    let longer = state("score", "a", Seen::Entry(entry("12345")), Left::Entry(entry("1234567")));
    let gone = state("score", "b", Seen::Unread, Left::Removed);
    let never = state("score", "d", Seen::Absent, Left::Removed);
    let read = state("score", "c", Seen::Entry(entry("12345")), Left::Unchanged);
    commit(store, workspace, vec![longer, gone, never, read]).await.expect("everything is as it was seen");
    assert_eq!(get(store, workspace, "score", "a").await, Some(entry("1234567")));
    assert_eq!(get(store, workspace, "score", "b").await, None);
    assert_eq!(usage(store, workspace, "score").await, (2, (1 + 7) + (1 + 5)));
}

async fn a_run_that_saw_something_else_writes_nothing(store: &dyn Store) {
    let workspace = samples::id();
    commit(store, workspace, vec![put("score", "total", "5")]).await.expect("it is written");
    let other_end = StateEntry { expires_at: Some(Timestamp::from_millis(u64::MAX)), ..entry("5") };
    for (key, seen) in [
        ("total", Seen::Absent),
        ("total", Seen::Entry(entry("6"))),
        ("total", Seen::Entry(other_end)),
        ("other", Seen::Entry(entry("5"))),
    ] {
        let looked = state("score", key, seen, Left::Unchanged);
        let contact = samples::contact(workspace, &samples::phone());
        let capture = samples::captured(store, workspace, samples::id()).await;
        let of_contact = samples::commit_of(&capture, samples::contact_commit(None, contact.clone()));
        let refused = RunCommit { state: vec![put("score", "new", "x"), looked], ..of_contact };
        let answer = store.runs().commit_run(refused).await;
        assert_eq!(answer, Err(CommitError::StateChanged { plugin: "score".into() }));
        let run = store.runs().get(workspace, capture.id.retyped()).await.expect("a look-up").expect("it waits");
        assert_eq!(run.revision, 0, "nothing of it is written: not the run,");
        assert_eq!(store.contacts().get(workspace, contact.id).await, Ok(None), "not its contact");
        assert_eq!(get(store, workspace, "score", "new").await, None, "and no state");
    }
    assert_eq!(usage(store, workspace, "score").await, (1, 6));
}

/// The increment of a counter, as a step does it.
async fn incremented(store: &dyn Store, workspace: WorkspaceId) -> StateCommit {
    let seen = get(store, workspace, "score", "count").await;
    let count: u32 = seen.as_ref().map_or(0, |entry| entry.value.parse().expect("a number"));
    let left = Left::Entry(entry(&(count + 1).to_string()));
    state("score", "count", seen.map_or(Seen::Absent, Seen::Entry), left)
}

async fn counting_at_the_same_moment_loses_no_count(store: &dyn Store) {
    let workspace = samples::id();
    let mut commits = Vec::new();
    for _ in 0..64 {
        let read = incremented(store, workspace).await;
        commits.push(commit_of(store, workspace, vec![read]).await);
    }
    let mut rounds = 0;
    while !commits.is_empty() {
        rounds += 1;
        let receipts: Vec<_> = commits.iter().map(|commit| store.runs().commit_run(commit.clone())).collect();
        let mut refused = Vec::new();
        for (commit, receipt) in commits.into_iter().zip(receipts) {
            match receipt.await {
                Ok(()) => {}
                Err(CommitError::StateChanged { .. }) => refused.push(commit),
                Err(error) => panic!("{error}"),
            }
        }
        for commit in &mut refused {
            commit.state = vec![incremented(store, workspace).await];
        }
        commits = refused;
    }
    assert_eq!(rounds, 64, "of those that saw the same count one is right");
    assert_eq!(get(store, workspace, "score", "count").await, Some(entry("64")));
    assert_eq!(usage(store, workspace, "score").await, (1, 5 + 2));
}

async fn a_commit_may_build_on_one_that_is_not_on_disk_yet(store: &dyn Store) {
    let workspace = samples::id();
    let (mut seen, mut receipts) = (Seen::Absent, Vec::new());
    for count in 1..=64 {
        let next = entry(&count.to_string());
        let step = state("score", "count", seen, Left::Entry(next.clone()));
        let commit = commit_of(store, workspace, vec![step]).await;
        receipts.push(store.runs().commit_run(commit));
        seen = Seen::Entry(next);
    }
    for receipt in receipts {
        assert_eq!(receipt.await, Ok(()));
    }
    assert_eq!(get(store, workspace, "score", "count").await, Some(entry("64")));
}

async fn nobody_sees_what_others_remember(store: &dyn Store) {
    let (one, other) = (samples::id(), samples::id());
    // Names and keys that would run into each other if they were only put side by side.
    let places = [(one, "a", "bc"), (one, "ab", "c"), (one, "abc", ""), (other, "a", "bc"), (one, "a", "b")];
    for (at, (workspace, plugin, key)) in places.iter().enumerate() {
        let value = entry(&at.to_string());
        let write = state(plugin, key, Seen::Absent, Left::Entry(value));
        commit(store, *workspace, vec![write]).await.expect("nobody else wrote it");
    }
    for (at, (workspace, plugin, key)) in places.iter().enumerate() {
        assert_eq!(get(store, *workspace, plugin, key).await, Some(entry(&at.to_string())));
    }
    let page = store.plugin_state().page(one, "a", PageRequest::first()).await.expect("a page");
    let keys: Vec<_> = samples::only(page).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["b", "bc"]);
    assert_eq!(usage(store, one, "a").await, (2, (1 + 1) + (2 + 1)));
    assert_eq!(usage(store, other, "a").await, (1, 2 + 1));
    assert_eq!(usage(store, other, "ab").await, (0, 0));
}

async fn what_has_expired_is_not_there(store: &dyn Store) {
    let workspace = samples::id();
    let ended = StateEntry { value: "old".into(), expires_at: Some(Timestamp::from_millis(1)) };
    let lasting = StateEntry { value: "new".into(), expires_at: Some(Timestamp::from_millis(u64::MAX)) };
    let writes = [("ended", &ended), ("lasting", &lasting)]
        .map(|(key, entry)| state("score", key, Seen::Absent, Left::Entry(entry.clone())));
    commit(store, workspace, writes.to_vec()).await.expect("they are written");
    assert_eq!(get(store, workspace, "score", "ended").await, None);
    assert_eq!(get(store, workspace, "score", "lasting").await, Some(lasting.clone()));
    let end = Timestamp::from_millis(u64::MAX);
    let read = store.plugin_state().get(workspace, "score", "lasting", end).await;
    assert_eq!(read, Ok(None), "at its end it is gone");

    let seen_in_time = |key| state("score", key, Seen::Entry(ended.clone()), Left::Unchanged);
    assert_eq!(commit(store, workspace, vec![seen_in_time("ended")]).await, Ok(()), "time alone changes nothing");
    let changed = Err(CommitError::StateChanged { plugin: "score".into() });
    assert_eq!(commit(store, workspace, vec![seen_in_time("lasting")]).await, changed, "somebody wrote another since");
    let absent = state("score", "lasting", Seen::Absent, Left::Unchanged);
    assert_eq!(commit(store, workspace, vec![absent]).await, changed);
    let both = vec![
        state("score", "ended", Seen::Absent, Left::Entry(entry("12"))),
        state("score", "lasting", Seen::Entry(lasting), Left::Entry(entry("3"))),
    ];
    commit(store, workspace, both).await.expect("what has expired is absent, and what lasts is there");
    assert_eq!(usage(store, workspace, "score").await, (2, (5 + 2) + (7 + 1)), "what was written over counts no more");
}

async fn a_key_is_forgotten_by_hand(store: &dyn Store) {
    let workspace = samples::id();
    commit(store, workspace, vec![put("score", "a", "1"), put("score", "b", "2")]).await.expect("they are written");
    let forget = |plugin: &'static str, key: &'static str| {
        store.plugin_state().forget(workspace, plugin, key, samples::audited("plugin-state.forget"))
    };
    forget("score", "a").await.expect("it is there");
    assert_eq!(get(store, workspace, "score", "a").await, None);
    assert_eq!(usage(store, workspace, "score").await, (1, 2));
    let missing = Err(StoreError::Missing { what: "plugin state" });
    assert_eq!(forget("score", "a").await, missing);
    assert_eq!(forget("other", "b").await, missing);
    let log = samples::only(
        store.audit().page(workspace, &AuditFilter::default(), PageRequest::first()).await.expect("a page"),
    );
    assert_eq!(log.len(), 1, "what was not done is not in the audit log");
    let seen = state("score", "a", Seen::Entry(entry("1")), Left::Unchanged);
    let changed = Err(CommitError::StateChanged { plugin: "score".into() });
    assert_eq!(commit(store, workspace, vec![seen]).await, changed, "a run that saw it must look again");
}
