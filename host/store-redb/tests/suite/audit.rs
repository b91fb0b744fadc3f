//! The audit log in the file: whatever is done to it behind the store's back shows, and where.

use std::sync::Arc;

use hookbox_model::{AuditEntry, Digest, List, WorkspaceId};
use hookbox_store::conformance::samples::{self, audited};
use hookbox_store::{AuditFilter, AuditVerified, PageRequest, Store, StoreError};

use crate::place::{Place, Row, flipped, sealed};

/// A place with a log of `entries` entries.
async fn with_entries(entries: usize) -> (Place, WorkspaceId) {
    let (place, workspace) = (Place::new(), samples::id());
    let store = place.open();
    for _ in 0..entries {
        change(&*store, workspace).await.expect("a change");
    }
    store.close().await;
    (place, workspace)
}

async fn change(store: &dyn Store, workspace: WorkspaceId) -> Result<(), StoreError> {
    let secret = samples::plugin_secret(workspace, &samples::phone());
    store.plugin_secrets().put(&secret, audited("plugin-secret.put")).await
}

/// What following the chain shows, to the store and to `check-store`.
async fn broken_at(place: &Place, workspace: WorkspaceId) -> Option<u64> {
    let store = place.open();
    let verified = store.audit().verify(workspace).await.expect("the log is read");
    store.close().await;
    drop(store);
    let findings = place.check().findings;
    match verified {
        AuditVerified::Whole { .. } => {
            assert_eq!(findings, []);
            None
        }
        AuditVerified::Broken { place, .. } => {
            let key = format!("{:032x}{place:016x}", u128::from_be_bytes(*workspace.as_bytes()));
            let told = findings.iter().any(|finding| finding.table == "audit" && finding.key == key);
            assert!(told, "{place}: {findings:?}");
            Some(place)
        }
    }
}

/// An entry in the file, changed by somebody who knows how the file is written.
fn forged(row: &Row, change: impl FnOnce(&mut AuditEntry)) -> Row {
    let mut entry: AuditEntry = serde_json::from_slice(&row.1[5..]).expect("entries are JSON");
    change(&mut entry);
    (row.0.clone(), sealed(&row.0, &serde_json::to_vec(&entry).expect("JSON")))
}

#[tokio::test]
async fn an_entry_that_is_taken_out_or_changed_breaks_the_chain_at_its_place() {
    let (place, workspace) = with_entries(5).await;
    assert_eq!(broken_at(&place, workspace).await, None);
    let rows = place.rows("audit");
    for (number, row) in (1..).zip(&rows) {
        let other = if number == 5 { &rows[0] } else { &rows[4] };
        let moved: AuditEntry = serde_json::from_slice(&other.1[5..]).expect("an entry");
        for (what, value) in [
            ("gone", None),
            ("damaged", Some(flipped(row.clone()).1)),
            ("another wrote it", Some(forged(row, |entry| entry.by = "tok_other".into()).1)),
            ("it says another place", Some(forged(row, |entry| entry.place += 1).1)),
            ("it is another entry", Some(forged(row, |entry| *entry = moved.clone()).1)),
            ("it follows nothing", {
                let anew = |entry: &mut AuditEntry| {
                    let before = Digest::of(b"nothing");
                    *entry = AuditEntry::of(workspace, entry.place, &audited("plugin.approve"), before);
                };
                Some(forged(row, anew).1)
            }),
        ] {
            place.tamper("audit", &[(row.0.clone(), value)]);
            assert_eq!(broken_at(&place, workspace).await, Some(number), "{what}");
            place.tamper("audit", &[(row.0.clone(), Some(row.1.clone()))]);
        }
    }
    let last = &rows[4];
    let anew = |entry: &mut AuditEntry| {
        *entry = AuditEntry::of(workspace, 5, &audited("plugin.remove"), entry.previous);
    };
    place.tamper("audit", &[(last.0.clone(), Some(forged(last, anew).1))]);
    assert_eq!(broken_at(&place, workspace).await, Some(5), "the newest entry, written anew to fit");
}

#[tokio::test]
async fn an_entry_is_never_written_over() {
    let (place, workspace) = with_entries(2).await;
    let (key, value) = place.rows("audit-heads").remove(0);
    place.tamper("audit-heads", &[(key.clone(), None)]);
    assert_eq!(broken_at(&place, workspace).await, Some(1));
    let store = place.open();
    let refused = change(&*store, workspace).await;
    assert!(matches!(refused, Err(StoreError::Damaged { what: "audit log", .. })), "{refused:?}");
    change(&*store, samples::id()).await.expect("nobody else is held up");
    store.close().await;
    drop(store);
    place.tamper("audit-heads", &[(key, Some(value))]);
    assert_eq!(broken_at(&place, workspace).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_made_at_the_same_moment_follow_one_another() {
    let (place, workspace) = (Place::new(), samples::id());
    let store = place.open();
    let changes: Vec<_> = (0..64)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { change(&*store, workspace).await })
        })
        .collect();
    for change in changes {
        change.await.expect("no panic").expect("a change");
    }
    assert_eq!(store.audit().verify(workspace).await, Ok(AuditVerified::Whole { entries: 64 }));
    let log = samples::only(
        store.audit().page(workspace, &AuditFilter::default(), PageRequest::first()).await.expect("a page"),
    );
    let places: Vec<u64> = log.iter().map(|entry| entry.place).collect();
    assert_eq!(places, (1..=64).rev().collect::<Vec<_>>());
}

/// Crashes at 20 moments while lists are added: what is on disk is the change with its entry, or neither, and what was answered is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_crash_a_change_is_there_with_its_entry_or_not_at_all() {
    let (place, workspace) = (Place::new(), samples::id());
    let store = place.open();
    for round in 0..20 {
        let changes: Vec<_> = (0..16)
            .map(|number| {
                let (store, name) = (Arc::clone(&store), format!("{round} {number}"));
                tokio::spawn(async move {
                    let list = List { id: samples::id(), workspace, name, created_at: samples::now() };
                    store.lists().create(&list, audited("list.create")).await
                })
            })
            .collect();
        let crashed = place.crashed();
        for change in changes {
            change.await.expect("no panic").expect("a change");
        }
        let left = crashed.open();
        let lists = samples::only(left.lists().page(workspace, PageRequest::first()).await.expect("a page"));
        let AuditVerified::Whole { entries } = left.audit().verify(workspace).await.expect("the log is read") else {
            panic!("the log is broken");
        };
        assert_eq!(entries, lists.len() as u64);
        assert!(entries >= round * 16, "what was answered before is there");
        left.close().await;
        drop(left);
        assert_eq!(crashed.check().findings, []);
    }
}
