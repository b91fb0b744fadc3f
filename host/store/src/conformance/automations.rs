//! Automations, their versions, their triggers and keys.

use std::sync::Arc;

use hookbox_model::{Automation, Document, TriggerKey};

use super::samples;
use crate::{PageRequest, Store, StoreError};

/// Every promise about automations and triggers.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    an_automation_keeps_every_version(&*open().await).await;
    a_name_follows_the_newest_version(&*open().await).await;
    a_trigger_is_found_without_its_workspace(&*open().await).await;
    a_revoked_key_stays_revoked(&*open().await).await;
}

fn renamed(automation: &Automation, name: &str) -> Automation {
    let document = Document { name: name.into(), ..(*automation.document).clone() };
    Automation { version: automation.version + 1, document: Arc::new(document), ..automation.clone() }
}

async fn an_automation_keeps_every_version(store: &dyn Store) {
    let (one, key) = samples::automation(samples::id(), "order shipped");
    store.automations().create(&one, &key, samples::audited("automation.apply")).await.expect("an automation is added");
    let revision = store.revision();
    let two = Automation { version: 2, updated_at: samples::now(), ..one.clone() };
    store.automations().update(&two, samples::audited("automation.apply")).await.expect("it is changed");
    assert_ne!(store.revision(), revision, "a new version changes the revision");
    let stale = Automation { version: 2, ..one.clone() };
    assert_eq!(
        store.automations().update(&stale, samples::audited("automation.apply")).await,
        Err(StoreError::Stale { what: "automation" })
    );
    let (unknown, _) = samples::automation(one.workspace, "unknown");
    let unknown = Automation { version: 2, ..unknown };
    assert_eq!(
        store.automations().update(&unknown, samples::audited("automation.apply")).await,
        Err(StoreError::Missing { what: "automation" })
    );

    let (workspace, id) = (one.workspace, one.id);
    assert_eq!(store.automations().get(workspace, id).await, Ok(Some(Arc::new(two.clone()))));
    assert_eq!(store.automations().version(workspace, id, 1).await, Ok(Some(Arc::new(one.clone()))));
    assert_eq!(store.automations().version(workspace, id, 2).await, Ok(Some(Arc::new(two.clone()))));
    assert_eq!(store.automations().version(workspace, id, 3).await, Ok(None));
    let newest = PageRequest { after: None, limit: 1 };
    let newest = store.automations().versions_page(workspace, id, newest).await.expect("a page");
    assert_eq!(newest.items, [Arc::new(two.clone())]);
    let rest = PageRequest { after: newest.next, limit: 1 };
    let rest = store.automations().versions_page(workspace, id, rest).await.expect("a page");
    assert_eq!(samples::only(rest), [Arc::new(one)]);
    let page = store.automations().page(workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), [Arc::new(two)]);
}

async fn a_name_follows_the_newest_version(store: &dyn Store) {
    let (one, key) = samples::automation(samples::id(), "order shipped");
    let (other, other_key) = samples::automation(one.workspace, "order lost");
    store.automations().create(&one, &key, samples::audited("automation.apply")).await.expect("an automation is added");
    store
        .automations()
        .create(&other, &other_key, samples::audited("automation.apply"))
        .await
        .expect("another is added");
    let exists = |name: &str| Err(StoreError::Exists { what: "automation", name: name.into() });
    let (namesake, third) = samples::automation(one.workspace, "order lost");
    assert_eq!(
        store.automations().create(&namesake, &third, samples::audited("automation.apply")).await,
        exists("order lost")
    );
    assert_eq!(store.triggers().get(namesake.id).await, Ok(None), "a refused automation leaves nothing");
    assert_eq!(
        store.automations().update(&renamed(&one, "order lost"), samples::audited("automation.apply")).await,
        exists("order lost")
    );

    let two = renamed(&one, "order delivered");
    store.automations().update(&two, samples::audited("automation.apply")).await.expect("a free name is taken");
    assert_eq!(store.automations().find(one.workspace, "order delivered").await, Ok(Some(Arc::new(two))));
    assert_eq!(store.automations().find(one.workspace, "order shipped").await, Ok(None));
    let (heir, heir_key) = samples::automation(one.workspace, "order shipped");
    store
        .automations()
        .create(&heir, &heir_key, samples::audited("automation.apply"))
        .await
        .expect("the old name is free again");
}

async fn a_trigger_is_found_without_its_workspace(store: &dyn Store) {
    let (automation, key) = samples::automation(samples::id(), "order shipped");
    store
        .automations()
        .create(&automation, &key, samples::audited("automation.apply"))
        .await
        .expect("an automation is added");
    let second = samples::trigger_key(automation.workspace, automation.id);
    store.triggers().add_key(&second, samples::audited("key.create")).await.expect("a key is added");
    let trigger = store.triggers().get(automation.id).await.expect("a look-up").expect("the trigger");
    assert_eq!((trigger.automation, trigger.workspace), (automation.id, automation.workspace));
    assert_eq!((trigger.version, trigger.body_bytes_max), (1, Some(4096)));
    let mut keys = trigger.keys;
    keys.sort_by_key(|key| key.id);
    assert_eq!(keys, [key, second]);
    assert_eq!(store.triggers().get(samples::id()).await, Ok(None));
    let stray = samples::trigger_key(samples::id(), automation.id);
    assert_eq!(
        store.triggers().add_key(&stray, samples::audited("key.create")).await,
        Err(StoreError::Missing { what: "automation" })
    );
}

async fn a_revoked_key_stays_revoked(store: &dyn Store) {
    let (automation, key) = samples::automation(samples::id(), "order shipped");
    store
        .automations()
        .create(&automation, &key, samples::audited("automation.apply"))
        .await
        .expect("an automation is added");
    let (workspace, id, at) = (automation.workspace, automation.id, samples::now());
    let revision = store.revision();
    store
        .triggers()
        .revoke_key(workspace, id, key.id, at, samples::audited("key.revoke"))
        .await
        .expect("the key is revoked");
    assert_ne!(store.revision(), revision, "a revoked key changes the revision");
    store
        .triggers()
        .revoke_key(workspace, id, key.id, samples::now(), samples::audited("key.revoke"))
        .await
        .expect("a second time changes nothing");
    let trigger = store.triggers().get(id).await.expect("a look-up").expect("the trigger");
    assert_eq!(trigger.keys, [TriggerKey { revoked_at: Some(at), ..key }]);
    let stray = samples::trigger_key(workspace, id);
    let missing = store.triggers().revoke_key(workspace, id, stray.id, at, samples::audited("key.revoke")).await;
    assert_eq!(missing, Err(StoreError::Missing { what: "key" }));
}
