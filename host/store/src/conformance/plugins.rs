//! Plugins: versions by digest, one active for each name.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::Plugin;

use super::samples;
use crate::{PageRequest, Store, StoreError};

/// Every promise about plugins.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    the_last_installed_version_is_active(&*open().await).await;
    a_workspace_prefers_its_own_plugin(&*open().await).await;
    a_component_comes_back_checked(&*open().await).await;
}

async fn install(store: &dyn Store, plugin: &Plugin, component: &'static [u8]) {
    store.plugins().install(plugin, Bytes::from_static(component), None).await.expect("a plugin is installed");
}

async fn the_last_installed_version_is_active(store: &dyn Store) {
    let workspace = samples::id();
    let (one, two) = (samples::plugin(None, "send-message", b"one"), samples::plugin(None, "send-message", b"two"));
    let revision = store.revision();
    install(store, &one, b"one").await;
    assert_ne!(store.revision(), revision, "a plugin changes the revision");
    install(store, &two, b"two").await;
    let active = || async { store.plugins().active(workspace, "send-message").await.expect("a look-up") };
    assert_eq!(active().await, Some(Arc::new(two.clone())));
    let asleep = Plugin { active: false, ..one.clone() };
    assert_eq!(store.plugins().get(workspace, one.digest).await, Ok(Some(Arc::new(asleep))));
    let renewed = Plugin { id: samples::id(), installed_at: samples::now(), ..one.clone() };
    install(store, &renewed, b"one").await;
    assert_eq!(active().await, Some(Arc::new(one)), "the same digest again is only made active");
    assert_eq!(store.plugins().active(workspace, "other").await, Ok(None));
}

async fn a_workspace_prefers_its_own_plugin(store: &dyn Store) {
    let workspace = samples::id();
    let everywhere = samples::plugin(None, "send-message", b"everywhere");
    let own = samples::plugin(Some(workspace), "send-message", b"own");
    let other = samples::plugin(None, "add-to-list", b"other");
    install(store, &everywhere, b"everywhere").await;
    install(store, &own, b"own").await;
    install(store, &other, b"other").await;
    let active = store.plugins().active(workspace, "send-message").await;
    assert_eq!(active, Ok(Some(Arc::new(own.clone()))));
    let active = store.plugins().active(samples::id(), "send-message").await;
    assert_eq!(active, Ok(Some(Arc::new(everywhere.clone()))));
    assert_eq!(store.plugins().get(samples::id(), own.digest).await, Ok(None));

    let first = store.plugins().page(workspace, PageRequest { after: None, limit: 1 }).await.expect("a page");
    assert_eq!(first.items, [Arc::new(other)], "by name");
    let rest = PageRequest { after: first.next, limit: 5 };
    let rest = samples::only(store.plugins().page(workspace, rest).await.expect("a page"));
    assert_eq!(rest.len(), 2);
    let asleep = Plugin { active: false, ..everywhere };
    assert!(rest.contains(&Arc::new(own)) && rest.contains(&Arc::new(asleep)), "of a name one version is active");
}

async fn a_component_comes_back_checked(store: &dyn Store) {
    let plugin = samples::plugin(None, "send-message", b"component");
    install(store, &plugin, b"component").await;
    assert_eq!(store.plugins().component(plugin.digest).await, Ok(Some(Bytes::from_static(b"component"))));
    assert_eq!(store.plugins().component(hookbox_model::Digest::of(b"other")).await, Ok(None));
    let wrong = store.plugins().install(&plugin, Bytes::from_static(b"other"), None).await;
    assert!(matches!(wrong, Err(StoreError::Damaged { what: "component", .. })), "bytes must have their digest");
}
