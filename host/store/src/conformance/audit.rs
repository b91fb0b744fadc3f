//! The audit log: an entry for each change, in one chain for each workspace.

use std::sync::Arc;

use hookbox_model::{AuditEntry, Audited, Digest, WorkspaceId};

use super::samples;
use crate::{AuditVerified, PageRequest, Store};

/// Every promise about the audit log.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    every_change_follows_the_one_before_it(&*open().await).await;
    workspaces_have_logs_of_their_own(&*open().await).await;
}

/// Makes a change that says this of itself.
async fn change(store: &dyn Store, workspace: WorkspaceId, audited: &Audited) {
    let secret = samples::plugin_secret(workspace, &samples::phone());
    store.plugin_secrets().put(&secret, audited.clone()).await.expect("a change");
}

async fn log(store: &dyn Store, workspace: WorkspaceId) -> Vec<AuditEntry> {
    // Pages of two, so that going on is tested as well.
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let page = store.audit().page(workspace, PageRequest { after, limit: 2 }).await.expect("a page");
        entries.extend(page.items);
        after = page.next;
        if after.is_none() {
            return entries;
        }
    }
}

async fn every_change_follows_the_one_before_it(store: &dyn Store) {
    let workspace = samples::id();
    assert_eq!(log(store, workspace).await, []);
    assert_eq!(store.audit().verify(workspace).await, Ok(AuditVerified::Whole { entries: 0 }));
    let (mut previous, mut expected) = (Digest::from_bytes([0; 32]), Vec::new());
    for place in 1..=5 {
        let audited = Audited { after: format!("{{\"n\":{place}}}"), ..samples::audited("plugin.approve") };
        change(store, workspace, &audited).await;
        let entry = AuditEntry::of(workspace, place, &audited, previous);
        previous = entry.digest;
        expected.insert(0, entry);
    }
    let noted = samples::audited("plugin.compare");
    store.audit().note(workspace, noted.clone()).await.expect("it is noted");
    expected.insert(0, AuditEntry::of(workspace, 6, &noted, previous));
    assert_eq!(log(store, workspace).await, expected, "newest first");
    assert_eq!(store.audit().verify(workspace).await, Ok(AuditVerified::Whole { entries: 6 }));
}

async fn workspaces_have_logs_of_their_own(store: &dyn Store) {
    let (one, other) = (samples::id(), samples::id());
    for workspace in [one, other, one] {
        change(store, workspace, &samples::audited("plugin-secret.put")).await;
    }
    let places = |entries: Vec<AuditEntry>| entries.iter().map(|entry| entry.place).collect::<Vec<_>>();
    assert_eq!(places(log(store, one).await), [2, 1]);
    assert_eq!(places(log(store, other).await), [1]);
    assert_eq!(store.audit().verify(other).await, Ok(AuditVerified::Whole { entries: 1 }));
    assert_eq!(log(store, samples::id()).await, []);
}
