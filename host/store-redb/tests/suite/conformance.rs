//! The suite that every backend runs, on redb.

use std::path::PathBuf;
use std::sync::Arc;

use hookbox_store::{Store, conformance};
use hookbox_store_redb::{Config, Metrics, RedbStore};
use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use tempfile::TempDir;

/// Stores in directories that live as long as this.
#[derive(Default)]
struct Stores {
    dirs: Mutex<Vec<TempDir>>,
}

impl Stores {
    fn dir(&self) -> PathBuf {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().to_path_buf();
        self.dirs.lock().push(dir);
        path
    }

    async fn open(&self) -> Arc<dyn Store> {
        let config = Config { ballast_bytes: 0, ..Config::default() };
        let metrics = Metrics::register(&mut Registry::default());
        RedbStore::open(&self.dir(), config, metrics, false).expect("a new store opens")
    }

    /// Checks every store, now that nobody has it open: whatever the suite did, rows and indexes agree.
    fn are_whole(&self) {
        for dir in &*self.dirs.lock() {
            let report = RedbStore::check(dir.path(), &Config::default()).expect("the store can be checked");
            assert!(report.is_whole(), "{:?}", report.findings);
        }
    }
}

#[tokio::test]
async fn workspaces_are_kept() {
    let stores = Stores::default();
    conformance::workspaces::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn inboxes_members_and_lists_are_kept() {
    let stores = Stores::default();
    conformance::named::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn contacts_are_kept() {
    let stores = Stores::default();
    conformance::contacts::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn conversations_are_kept() {
    let stores = Stores::default();
    conformance::conversations::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn messages_are_kept() {
    let stores = Stores::default();
    conformance::messages::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn messages_are_sent_in_order_and_in_turn() {
    let stores = Stores::default();
    conformance::outbox::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn messages_are_reported_on_and_decided_about() {
    let stores = Stores::default();
    conformance::settling::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn messages_come_in() {
    let stores = Stores::default();
    conformance::incoming::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn automations_are_kept() {
    let stores = Stores::default();
    conformance::automations::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn captures_are_kept() {
    let stores = Stores::default();
    conformance::captures::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn runs_are_kept() {
    let stores = Stores::default();
    conformance::runs::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn runs_are_held_cancelled_and_replayed() {
    let stores = Stores::default();
    conformance::lifecycle::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn triggers_are_kept() {
    let stores = Stores::default();
    conformance::triggers::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn claims_are_fair_and_complete() {
    let stores = Stores::default();
    conformance::claims::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn plugins_are_kept() {
    let stores = Stores::default();
    conformance::plugins::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn users_are_kept() {
    let stores = Stores::default();
    conformance::users::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn sessions_are_kept() {
    let stores = Stores::default();
    conformance::sessions::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn tokens_are_kept() {
    let stores = Stores::default();
    conformance::tokens::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn plugins_remember() {
    let stores = Stores::default();
    conformance::plugin_state::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn plugin_secrets_are_kept() {
    let stores = Stores::default();
    conformance::plugin_secrets::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn every_change_is_in_the_audit_log() {
    let stores = Stores::default();
    conformance::audit::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn what_happened_is_counted() {
    let stores = Stores::default();
    conformance::stats::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn runs_are_watched() {
    let stores = Stores::default();
    conformance::watch::all(async || stores.open().await).await;
    stores.are_whole();
}

#[tokio::test]
async fn every_change_leaves_one_entry_of_the_audit_log() {
    let stores = Stores::default();
    conformance::changes::all(async || stores.open().await).await;
    stores.are_whole();
}
