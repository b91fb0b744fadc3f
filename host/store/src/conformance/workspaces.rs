//! Workspaces, and that nothing is seen from another one.

use std::sync::Arc;

use super::samples;
use crate::{CaptureFilter, CaptureRuns, PageRequest, Store, StoreError};

/// Every promise about workspaces.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_workspace_is_found_and_its_name_is_unique(&*open().await).await;
    nothing_is_reached_from_another_workspace(&*open().await).await;
}

async fn a_workspace_is_found_and_its_name_is_unique(store: &dyn Store) {
    let (one, other) = (samples::workspace(), samples::workspace());
    let revision = store.revision();
    store.workspaces().create(&one, samples::audited("workspace.create")).await.expect("a workspace is added");
    assert_ne!(store.revision(), revision, "a new workspace changes the revision");
    store.workspaces().create(&other, samples::audited("workspace.create")).await.expect("another is added");
    assert_eq!(store.workspaces().get(one.id).await, Ok(Some(one.clone())));
    assert_eq!(store.workspaces().get(samples::id()).await, Ok(None));

    let namesake = hookbox_model::Workspace { name: one.name.clone(), ..samples::workspace() };
    let refused = store.workspaces().create(&namesake, samples::audited("workspace.create")).await;
    assert_eq!(refused, Err(StoreError::Exists { what: "workspace", name: one.name.clone() }));
    assert_eq!(store.workspaces().get(namesake.id).await, Ok(None), "a refused workspace leaves nothing");

    let first = store.workspaces().page(PageRequest { after: None, limit: 1 }).await.expect("a page");
    assert_eq!(first.items, [one]);
    let second = store.workspaces().page(PageRequest { after: first.next, limit: 1 }).await.expect("a page");
    assert_eq!(samples::only(second), [other]);
}

async fn nothing_is_reached_from_another_workspace(store: &dyn Store) {
    let (home, stranger) = (samples::id(), samples::id());
    let (automation, key) = samples::automation(home, "order shipped");
    store.automations().create(&automation, &key, samples::audited("automation.apply")).await.expect("an automation");
    let contact = samples::contact(home, "+12155556677");
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact");
    let capture = samples::captured(store, home, automation.id).await;

    assert_eq!(store.automations().get(stranger, automation.id).await, Ok(None));
    assert_eq!(store.automations().find(stranger, "order shipped").await, Ok(None));
    assert_eq!(store.contacts().get(stranger, contact.id).await, Ok(None));
    let identifier = contact.identifiers().next().expect("it has a phone");
    assert_eq!(store.contacts().find(stranger, &identifier).await, Ok(None));
    assert_eq!(store.captures().get(stranger, capture.id).await, Ok(None));
    assert_eq!(store.runs().get(stranger, capture.id.retyped()).await, Ok(None));
    assert_eq!(store.captures().runs_of(stranger, capture.id).await, Ok(CaptureRuns::default()));
    let page = store.contacts().page(stranger, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), []);
    let page = store.captures().page(stranger, CaptureFilter::default(), PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), []);
}
