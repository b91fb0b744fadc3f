//! Triggers: their secrets, and when their keys were used.

use std::sync::Arc;

use hookbox_model::{Sealed, SigningSecret};

use super::samples;
use crate::{Store, StoreError};

/// Every promise about secrets and the use of keys.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    the_use_of_a_key_is_noted_and_changes_no_revision(&*open().await).await;
    secrets_are_added_and_removed(&*open().await).await;
}

async fn the_use_of_a_key_is_noted_and_changes_no_revision(store: &dyn Store) {
    let (automation, key) = samples::automation(samples::id(), "order shipped");
    store
        .automations()
        .create(&automation, &key, samples::audited("automation.apply"))
        .await
        .expect("an automation is added");
    let (workspace, id, revision) = (automation.workspace, automation.id, store.revision());
    let (earlier, at) = (samples::now(), samples::now());
    store.triggers().key_used(workspace, id, key.id, at).await.expect("its use is noted");
    store.triggers().key_used(workspace, id, key.id, earlier).await.expect("an earlier use changes nothing");
    assert_eq!(store.revision(), revision);
    let trigger = store.triggers().get(id).await.expect("a look-up").expect("the trigger");
    assert_eq!(trigger.keys[0].last_used_at, Some(at));
    let stray = samples::trigger_key(workspace, id);
    let missing = store.triggers().key_used(workspace, id, stray.id, at).await;
    assert_eq!(missing, Err(StoreError::Missing { what: "key" }));
}

async fn secrets_are_added_and_removed(store: &dyn Store) {
    let (automation, key) = samples::automation(samples::id(), "order shipped");
    store
        .automations()
        .create(&automation, &key, samples::audited("automation.apply"))
        .await
        .expect("an automation is added");
    let (workspace, id) = (automation.workspace, automation.id);
    let secret = |text: &str| SigningSecret {
        id: samples::id(),
        sealed: Sealed::new(text.into()),
        created_at: samples::now(),
        not_after: None,
    };
    let (old, new) = (secret("old"), secret("new"));
    let revision = store.revision();
    store
        .triggers()
        .add_secret(workspace, id, &old, samples::audited("secret.create"))
        .await
        .expect("a secret is added");
    store
        .triggers()
        .add_secret(workspace, id, &new, samples::audited("secret.create"))
        .await
        .expect("another is added");
    assert_ne!(store.revision(), revision, "secrets may be cached");
    let secrets = async || store.triggers().get(id).await.expect("a look-up").expect("the trigger").secrets;
    assert_eq!(secrets().await, [old.clone(), new.clone()]);
    store
        .triggers()
        .remove_secret(workspace, id, old.id, samples::audited("secret.remove"))
        .await
        .expect("it is removed");
    assert_eq!(secrets().await, std::slice::from_ref(&new));
    let missing = |what| Err(StoreError::Missing { what });
    assert_eq!(
        store.triggers().remove_secret(workspace, id, old.id, samples::audited("secret.remove")).await,
        missing("secret")
    );
    assert_eq!(
        store.triggers().add_secret(samples::id(), id, &new, samples::audited("secret.create")).await,
        missing("automation")
    );
}
