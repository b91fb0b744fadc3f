//! Plugins in the file and beside it: nothing is left of what was not kept, and the check finds what is gone.

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{Digest, Left, Pin, RunState, Seen, StateEntry, Timestamp, WorkspaceId};
use hookbox_store::conformance::samples::{self, audited, state};
use hookbox_store::{CommitError, RunCommit, Store, StoreError};

use crate::place::{Place, flipped};

/// The names of the components on disk.
fn components(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path().join("components")).expect("the folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a text")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_uploads_left_behind_is_swept_at_the_next_start() {
    let place = Place::new();
    let store = place.open();
    let plugin = samples::plugin(None, "send-message", b"needed");
    store
        .plugins()
        .install(&plugin, Bytes::from_static(b"needed"), audited("plugin.install"))
        .await
        .expect("it is kept");
    let needed = format!("{}.wasm", plugin.digest);
    assert_eq!(components(&place), std::slice::from_ref(&needed));
    store.close().await;
    drop(store);
    let folder = place.path().join("components");
    let never_kept = Digest::of(b"never kept");
    for name in [format!("{never_kept}.wasm"), format!("{}.wasm.next", plugin.digest), "README.md".into()] {
        fs::write(folder.join(name), b"x").expect("a leftover");
    }
    let store = place.open();
    let mut left = vec!["README.md".to_owned(), needed];
    left.sort();
    assert_eq!(components(&place), left, "what is not a component's is not the store's to take away");
    assert_eq!(store.plugins().component(plugin.digest).await, Ok(Some(Bytes::from_static(b"needed"))));
}

#[tokio::test]
async fn a_refused_upload_leaves_nothing_behind() {
    let place = Place::new();
    let store = place.open();
    let mut eager = samples::uploaded(samples::id(), "score-lead", b"eager");
    eager.active = true;
    let refused = store.plugins().install(&eager, Bytes::from_static(b"eager"), audited("plugin.install")).await;
    assert_eq!(refused, Err(StoreError::Stale { what: "plugin" }));
    assert_eq!(components(&place), [""; 0]);
    eager.active = false;
    store.plugins().install(&eager, Bytes::from_static(b"eager"), audited("plugin.install")).await.expect("it is kept");
    eager.active = true;
    let refused = store.plugins().install(&eager, Bytes::from_static(b"eager"), audited("plugin.install")).await;
    assert_eq!(refused, Err(StoreError::Stale { what: "plugin" }));
    assert_eq!(components(&place).len(), 1, "what was kept before stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_component_that_comes_and_goes_in_many_workspaces_is_there_while_one_needs_it() {
    let place = Place::new();
    let store = place.open();
    let digest = Digest::of(b"shared");
    let workspaces: Vec<WorkspaceId> = (0..8).map(|_| samples::id()).collect();
    let comings_and_goings: Vec<_> = workspaces
        .iter()
        .map(|workspace| {
            let (store, workspace) = (Arc::clone(&store), *workspace);
            tokio::spawn(async move {
                for _ in 0..20 {
                    let plugin = samples::uploaded(workspace, "score-lead", b"shared");
                    let entry = audited("plugin.upload");
                    store.plugins().install(&plugin, Bytes::from_static(b"shared"), entry).await.expect("it is kept");
                    let component = store.plugins().component(digest).await.expect("a look-up");
                    assert!(component.is_some(), "this workspace has it");
                    store.plugins().remove(&plugin, audited("plugin.remove")).await.expect("nobody needs it");
                }
            })
        })
        .collect();
    for one in comings_and_goings {
        one.await.expect("it was there whenever it was needed");
    }
    assert_eq!(components(&place), [""; 0], "the last one took it away");
}

#[tokio::test]
async fn the_check_finds_whatever_plugins_need_and_is_gone() {
    let place = Place::new();
    let (store, workspace) = (place.open(), samples::id());
    let plugin = samples::plugin(Some(workspace), "score-lead", b"own");
    let install = store.plugins().install(&plugin, Bytes::from_static(b"own"), audited("plugin.upload"));
    install.await.expect("it is kept");
    let secret = samples::plugin_secret(workspace, "crm");
    store.plugin_secrets().put(&secret, audited("plugin-secret.put")).await.expect("it is kept");
    let capture = samples::captured(&*store, workspace, samples::id()).await;
    let ends = StateEntry { expires_at: Some(Timestamp::from_millis(u64::MAX)), ..samples::entry("1") };
    let writes = vec![state("score-lead", "count", Seen::Absent, Left::Entry(ends))];
    let commit = RunCommit { state: writes, ..samples::first_commit(&capture, RunState::Succeeded) };
    store.runs().commit_run(commit).await.expect("the run is committed");
    store.close().await;
    drop(store);
    assert!(place.check().is_whole(), "{:?}", place.check().findings);
    for table in [
        "plugins",
        "active-plugins",
        "plugin-state",
        "state-ends",
        "state-usage",
        "plugin-secrets",
        "audit",
        "audit-heads",
    ] {
        let (key, value) = place.rows(table).remove(0);
        place.tamper(table, &[(key.clone(), None)]);
        // That a name has no active version, or a workspace no secret, may be so.
        let may_be_so = ["active-plugins", "plugin-secrets"].contains(&table);
        assert_eq!(place.check().is_whole(), may_be_so, "{table} without its row");
        let (_, damaged) = flipped((key.clone(), value.clone()));
        place.tamper(table, &[(key.clone(), Some(damaged))]);
        assert!(!place.check().is_whole(), "{table} with a damaged row");
        place.tamper(table, &[(key, Some(value))]);
    }
    assert!(place.check().is_whole());
    let component = place.path().join("components").join(format!("{}.wasm", plugin.digest));
    fs::write(&component, b"other").expect("another component");
    assert_eq!(place.check().findings[0].what, "its component is damaged; install it again");
}

#[tokio::test]
async fn an_upload_that_its_sender_gives_up_is_kept_whole_or_not_at_all() {
    let place = Place::new();
    let (store, workspace) = (place.open(), samples::id());
    let bytes = Bytes::from(vec![7; 1 << 20]);
    let plugin = samples::uploaded(workspace, "score-lead", &bytes);
    for polls in 1..=4 {
        let mut install = store.plugins().install(&plugin, bytes.clone(), audited("plugin.upload"));
        let mut polled = 0;
        let gone = std::future::poll_fn(|context| {
            polled += 1;
            let ready = install.as_mut().poll(context).is_ready();
            if ready || polled == polls { std::task::Poll::Ready(ready) } else { std::task::Poll::Pending }
        });
        gone.await;
        drop(install);
        // Whoever comes next waits until the one before is through.
        let other = samples::uploaded(workspace, "other", format!("other {polls}").as_bytes());
        let component = Bytes::from(format!("other {polls}"));
        store.plugins().install(&other, component, audited("plugin.upload")).await.expect("it is kept");
        let is_kept = store.plugins().get(workspace, plugin.digest).await.expect("a look-up").is_some();
        let is_there = components(&place).contains(&format!("{}.wasm", plugin.digest));
        assert_eq!(is_there, is_kept, "after {polls} polls");
        if is_kept {
            store.plugins().remove(&plugin, audited("plugin.remove")).await.expect("nobody needs it");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_removal_and_a_run_that_begins_to_keep_to_the_version_one_sees_the_other() {
    let place = Place::new();
    let (store, workspace) = (place.open(), samples::id());
    let plugin = samples::uploaded(workspace, "score-lead", b"one");
    let upload = || store.plugins().install(&plugin, Bytes::from_static(b"one"), audited("plugin.upload"));
    let remove = || store.plugins().remove(&plugin, audited("plugin.remove"));
    for round in 0..16 {
        upload().await.expect("it is kept");
        let capture = samples::captured(&*store, workspace, samples::id()).await;
        let mut commit = samples::first_commit(&capture, RunState::Waiting);
        commit.run.due_at = Some(Timestamp::from_millis(u64::MAX));
        commit.run.pins = vec![Pin { action: "score-lead".into(), digest: plugin.digest }];
        let late = async {
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            store.runs().commit_run(commit.clone()).await
        };
        let (removed, waits) = tokio::join!(remove(), late);
        match (removed, waits) {
            (Ok(()), Err(CommitError::Store(StoreError::Stale { what: "plugin" }))) => {
                upload().await.expect("it is kept");
                store.runs().commit_run(commit.clone()).await.expect("it is there again");
            }
            (Err(StoreError::InUse { .. }), Ok(())) => {}
            seen => panic!("neither saw the other in round {round}: {seen:?}"),
        }
        let ended = samples::next_commit(&commit.run, RunState::Succeeded);
        store.runs().commit_run(ended).await.expect("it ends");
        remove().await.expect("nothing keeps to it any more");
    }
}
