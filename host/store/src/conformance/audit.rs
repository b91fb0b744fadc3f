//! The audit log: an entry for each change, in one chain for each workspace.

use std::sync::Arc;

use hookbox_model::{AuditEntry, Audited, Digest, WorkspaceId};

use super::samples;
use crate::{AuditFilter, AuditVerified, PageRequest, Store};

/// Every promise about the audit log.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    every_change_follows_the_one_before_it(&*open().await).await;
    workspaces_have_logs_of_their_own(&*open().await).await;
    entries_are_found_by_what_they_say(&*open().await).await;
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
        let page = store
            .audit()
            .page(workspace, &AuditFilter::default(), PageRequest { after, limit: 2 })
            .await
            .expect("a page");
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

async fn entries_are_found_by_what_they_say(store: &dyn Store) {
    let workspace = samples::id();
    let said = [
        ("plugin.approve", "usr_1", "plg_1 score-lead"),
        ("plugin.activate", "usr_1 with tok_1", "plg_1 score-lead"),
        ("plugin-secret.put", "tok_1", "sec_1 crm"),
        ("plugin.refuse", "host", "plg_2 score-lead"),
    ];
    let mut moments = Vec::new();
    for (act, by, subject) in said {
        let audited = Audited { by: by.into(), subject: subject.into(), ..samples::audited(act) };
        moments.push(audited.at);
        change(store, workspace, &audited).await;
    }
    let places = async |filter: AuditFilter| {
        let (mut places, mut after) = (Vec::new(), None);
        loop {
            let page = store.audit().page(workspace, &filter, PageRequest { after, limit: 1 }).await.expect("a page");
            places.extend(page.items.iter().map(|entry| entry.place));
            after = page.next;
            if after.is_none() {
                return places;
            }
        }
    };
    let all = AuditFilter::default;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(places(AuditFilter { act: some("plugin.approve"), ..all() }).await, [1]);
    assert_eq!(places(AuditFilter { act: some("plugin"), ..all() }).await, [4, 2, 1], "a noun is all its acts");
    assert_eq!(places(AuditFilter { act: some("plug"), ..all() }).await, Vec::<u64>::new(), "and no other's");
    assert_eq!(places(AuditFilter { by: some("usr_1"), ..all() }).await, [2, 1], "whatever token they used");
    assert_eq!(places(AuditFilter { by: some("tok_1"), ..all() }).await, [3, 2], "whosever it is");
    assert_eq!(places(AuditFilter { by: some("usr_1 with tok_1"), ..all() }).await, [2]);
    assert_eq!(places(AuditFilter { by: some("usr"), ..all() }).await, Vec::<u64>::new());
    assert_eq!(places(AuditFilter { subject: some("plg_1"), ..all() }).await, [2, 1]);
    assert_eq!(places(AuditFilter { from: Some(moments[1]), to: Some(moments[3]), ..all() }).await, [3, 2]);
    assert_eq!(places(AuditFilter { act: some("plugin"), by: some("host"), ..all() }).await, [4]);
}
