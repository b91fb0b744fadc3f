//! Plugin secrets: found by name, replaced under their id, forgotten.

use std::sync::Arc;

use hookbox_model::{PluginSecret, Sealed};

use super::samples::{self, audited};
use crate::{AuditFilter, AuditVerified, PageRequest, Store, StoreError};

/// Every promise about plugin secrets.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_secret_is_kept_replaced_and_forgotten(&*open().await).await;
    a_name_is_free_in_every_other_workspace(&*open().await).await;
}

async fn a_secret_is_kept_replaced_and_forgotten(store: &dyn Store) {
    let first = samples::plugin_secret(samples::id(), "crm");
    let workspace = first.workspace;
    let get = || store.plugin_secrets().get(workspace, "crm");
    assert_eq!(get().await, Ok(None));
    let revision = store.revision();
    store.plugin_secrets().put(&first, audited("plugin-secret.put")).await.expect("it is kept");
    assert_ne!(store.revision(), revision, "a secret changes the revision");
    assert_eq!(get().await, Ok(Some(Arc::new(first.clone()))));

    let renewed = PluginSecret { sealed: Sealed::new("other".into()), updated_at: samples::now(), ..first.clone() };
    store.plugin_secrets().put(&renewed, audited("plugin-secret.put")).await.expect("it is replaced");
    let another = PluginSecret { id: samples::id(), ..first };
    let refused = store.plugin_secrets().put(&another, audited("plugin-secret.put")).await;
    assert_eq!(refused, Err(StoreError::Stale { what: "plugin secret" }), "somebody else made one of this name");
    assert_eq!(get().await, Ok(Some(Arc::new(renewed))));

    let revision = store.revision();
    store.plugin_secrets().remove(workspace, "crm", audited("plugin-secret.remove")).await.expect("it is there");
    assert_ne!(store.revision(), revision);
    assert_eq!(get().await, Ok(None));
    let again = store.plugin_secrets().remove(workspace, "crm", audited("plugin-secret.remove")).await;
    assert_eq!(again, Err(StoreError::Missing { what: "plugin secret" }));
    let log = samples::only(
        store.audit().page(workspace, &AuditFilter::default(), PageRequest::first()).await.expect("a page"),
    );
    let acts: Vec<_> = log.iter().map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts, ["plugin-secret.remove", "plugin-secret.put", "plugin-secret.put"]);
    assert_eq!(store.audit().verify(workspace).await, Ok(AuditVerified::Whole { entries: 3 }));
}

async fn a_name_is_free_in_every_other_workspace(store: &dyn Store) {
    let secrets = ["b", "a", "ab"].map(|name| samples::plugin_secret(samples::id(), name));
    let workspace = secrets[0].workspace;
    let own = secrets.clone().map(|secret| PluginSecret { workspace, ..secret });
    for secret in secrets[1..].iter().chain(&own) {
        store.plugin_secrets().put(secret, audited("plugin-secret.put")).await.expect("its name is free");
    }
    let page = |after| store.plugin_secrets().page(workspace, PageRequest { after, limit: 2 });
    let first = page(None).await.expect("a page");
    let second = samples::only(page(first.next).await.expect("a page"));
    let [b, a, ab] = own.map(Arc::new);
    assert_eq!((first.items, second), (vec![a, ab], vec![b]), "by name, and only its own");
    assert_eq!(store.plugin_secrets().get(secrets[1].workspace, "b").await, Ok(None));
}
