//! What the store refuses, and what it says.

use std::fs;

use hookbox_model::RunState;
use hookbox_store::conformance::samples;
use hookbox_store::{CommitError, PageRequest, Store, StoreError};
use hookbox_store_redb::{OpenError, RedbStore};

use crate::place::{Place, sealed};

#[tokio::test]
async fn a_store_that_lost_acknowledged_commits_is_refused_unless_the_loss_is_accepted() {
    let place = Place::new();
    let store = place.open();
    samples::captured(&*store, samples::id(), samples::id()).await;
    store.close().await;
    drop(store);
    let old = fs::read(place.path().join("store.redb")).expect("the file");
    let store = place.open();
    let lost = samples::captured(&*store, samples::id(), samples::id()).await;
    store.close().await;
    drop(store);
    fs::write(place.path().join("store.redb"), old).expect("the old file");
    let refused = place.try_open(false).err().expect("it is refused");
    assert!(matches!(refused, OpenError::Behind { stored: 1, acknowledged: 2 }), "{refused}");
    assert!(refused.to_string().contains("--accept-loss"));
    let store = place.try_open(true).expect("the loss is accepted");
    assert_eq!(store.captures().get(lost.workspace, lost.id).await, Ok(None));
}

#[tokio::test]
async fn a_missing_file_is_not_taken_for_a_new_store() {
    let place = Place::new();
    let store = place.open();
    samples::captured(&*store, samples::id(), samples::id()).await;
    store.close().await;
    drop(store);
    fs::remove_file(place.path().join("store.redb")).expect("the file is removed");
    assert!(matches!(place.try_open(false), Err(OpenError::Behind { stored: 0, acknowledged: 1 })));
    fs::write(place.path().join("store.hwm"), "nonsense").expect("the mark is spoilt");
    assert!(matches!(place.try_open(false), Err(OpenError::HighWater { .. })));
    assert!(place.try_open(true).is_ok());
}

#[tokio::test]
async fn a_store_of_another_version_is_refused() {
    let place = Place::new();
    place.open().close().await;
    let schema = |number: u32| {
        place.tamper("meta", &[(b"schema".to_vec(), Some(sealed(b"schema", &number.to_be_bytes())))]);
    };
    schema(3);
    let refused = place.try_open(false).err().expect("it is refused");
    assert!(matches!(refused, OpenError::Older { found: 3, known: 5 }), "{refused}");
    assert!(refused.to_string().contains("begin a new store in another directory"), "it says what to do");
    assert!(matches!(RedbStore::check(place.path(), &place.config), Err(OpenError::Older { found: 3, known: 5 })));
    schema(99);
    assert!(matches!(place.try_open(false), Err(OpenError::Newer { found: 99, known: 6 })));
    schema(5);
    let refused = RedbStore::check(place.path(), &place.config).expect_err("nobody has brought it here");
    assert!(matches!(refused, OpenError::Behindhand { found: 5, known: 6 }), "{refused}");
    assert!(refused.to_string().contains("start this version on it once"), "it says what to do");
}

#[tokio::test]
async fn a_store_in_use_is_refused_after_a_short_wait() {
    let place = Place::new();
    let store = place.open();
    assert!(matches!(place.try_open(false), Err(OpenError::InUse { .. })));
    store.close().await;
    assert!(place.try_open(false).is_ok(), "a closed store lets go of its file");
}

#[tokio::test]
async fn a_full_queue_refuses_captures_and_nothing_else() {
    let mut place = Place::new();
    place.config.queue_units_max = 0;
    let store = place.open();
    let capture = samples::capture(samples::id(), samples::id());
    assert_eq!(store.captures().capture(capture.clone().into()).await, Err(StoreError::Busy));
    assert_eq!(store.captures().get(capture.workspace, capture.id).await, Ok(None));
    let workspace = samples::workspace();
    assert_eq!(store.workspaces().create(&workspace, samples::audited("workspace.create")).await, Ok(()));
}

#[tokio::test]
async fn captures_are_refused_while_the_disk_is_nearly_full() {
    let mut place = Place::new();
    place.config.free_bytes_min = u64::MAX;
    let store = place.open();
    let refused = store.captures().capture(samples::capture(samples::id(), samples::id()).into()).await;
    assert!(matches!(refused, Err(StoreError::DiskFull { .. })));
    assert!(matches!(store.trouble(), Some(StoreError::DiskFull { .. })));
    let workspace = samples::workspace();
    assert_eq!(
        store.workspaces().create(&workspace, samples::audited("workspace.create")).await,
        Ok(()),
        "runs and configuration go on"
    );
}

#[tokio::test]
async fn a_closed_store_answers_unavailable() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(store.trouble(), None);
    let capture = samples::captured(&*store, samples::id(), samples::id()).await;
    store.close().await;
    store.close().await;
    let unavailable = |error: &StoreError| matches!(error, StoreError::Unavailable { .. });
    let another = samples::capture(samples::id(), samples::id());
    assert!(store.captures().capture(another.into()).await.is_err_and(|error| unavailable(&error)));
    assert!(store.runs().claim(1).await.is_err_and(|error| unavailable(&error)));
    let commit = samples::first_commit(&capture, RunState::Succeeded);
    assert!(matches!(store.runs().commit_run(commit).await, Err(CommitError::Store(StoreError::Unavailable { .. }))));
    let page = store.contacts().page(capture.workspace, PageRequest::first()).await;
    assert!(page.is_err_and(|error| unavailable(&error)));
    assert!(store.trouble().is_some_and(|error| unavailable(&error)));
}
