//! A runner at work on a store of its own, with a workspace to try plugins in.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    Approval, Automation, AutomationState, Capture, Document, Grants, List, Payload, Plugin, Run, RunId, RunState,
    Workspace, WorkspaceId,
};
use hookbox_runner::{Config, Runner};
use hookbox_sandbox::Sandbox;
use hookbox_store::Store;
use hookbox_store::conformance::samples;
use hookbox_store_redb::RedbStore;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A workspace on a store, and a runner that runs what is captured in it.
pub(crate) struct House {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) runner: Arc<Runner>,
    pub(crate) workspace: Workspace,
    pub(crate) sandbox: Sandbox,
    uploads: Sandbox,
    ended: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    _folder: TempDir,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    /// One whose runner has these numbers.
    pub(crate) async fn with(config: Config) -> Self {
        let sandbox = Sandbox::new(hookbox_sandbox::Config::default()).expect("a sandbox");
        Self::built(config, hookbox_store_redb::Config::default(), sandbox.clone(), sandbox).await
    }

    /// One whose store has these numbers, whose runner calls plugins in `sandbox`, and whose uploads are looked at in `uploads`.
    pub(crate) async fn built(
        config: Config,
        settings: hookbox_store_redb::Config,
        uploads: Sandbox,
        sandbox: Sandbox,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = hookbox_store_redb::Config { ballast_bytes: 0, ..settings };
        let metrics = hookbox_store_redb::Metrics::register(&mut Registry::default());
        let store: Arc<dyn Store> = RedbStore::open(folder.path(), settings, metrics, false).expect("the store opens");
        let workspace = samples::workspace();
        store.workspaces().create(&workspace, samples::audited("workspace.create")).await.expect("a workspace");
        store
            .inboxes()
            .create(&samples::inbox(workspace.id, "support"), samples::audited("inbox.create"))
            .await
            .expect("an inbox");
        let list =
            List { id: samples::id(), workspace: workspace.id, name: "customers".into(), created_at: samples::now() };
        store.lists().create(&list, samples::audited("list.create")).await.expect("a list");
        let metrics = hookbox_runner::Metrics::register(&mut Registry::default());
        let no_secrets = |_: &hookbox_model::PluginSecret| Err("there are none".to_owned());
        let runner = Runner::new(Arc::clone(&store), sandbox.clone(), Arc::new(no_secrets), config, metrics);
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(Arc::clone(&runner).run(async { drop(stopped.await) }));
        Self { store, runner, workspace, sandbox, uploads, ended, stop, _folder: folder }
    }

    /// Uploads a component and approves everything it asks, without making it the active version.
    pub(crate) async fn approve(&self, component: &Bytes) -> Plugin {
        let plugin = self.upload(component).await;
        let approval = Approval::Approved { by: "tok_sample".into(), at: samples::now() };
        let grants = Grants::all_of(&plugin.manifest.needs);
        let approved = samples::audited("plugin.approve");
        let decided = self.store.plugins().decide(&plugin, approval, grants, approved).await;
        Plugin::clone(&decided.expect("it is approved"))
    }

    /// As [`Self::approve`], and makes it the active version.
    pub(crate) async fn install(&self, component: &Bytes) -> Plugin {
        let plugin = self.approve(component).await;
        self.activate(&plugin).await
    }

    pub(crate) async fn activate(&self, plugin: &Plugin) -> Plugin {
        let activated = samples::audited("plugin.activate");
        let plugins = self.store.plugins();
        let active = plugins.activate(plugin, samples::now(), activated).await.expect("it is activated");
        Plugin::clone(&active)
    }

    /// Uploads a component; nothing is decided about it.
    pub(crate) async fn upload(&self, component: &Bytes) -> Plugin {
        let sample = samples::uploaded(self.workspace.id, "sample", component);
        let loaded = self.uploads.load(sample.digest, component).await.expect("the guest is loaded");
        let manifest = self.uploads.describe(&loaded).await.expect("the guest describes itself");
        let plugin = Plugin { manifest, ..sample };
        let uploaded = samples::audited("plugin.upload");
        self.store.plugins().install(&plugin, component.clone(), uploaded).await.expect("it is uploaded");
        plugin
    }

    pub(crate) async fn automation(&self, name: &str, steps: Value) -> Automation {
        self.saved(document(name, steps)).await
    }

    /// A document as a live automation.
    pub(crate) async fn saved(&self, document: Document) -> Automation {
        let (created_at, updated_at) = (samples::now(), samples::now());
        let (id, workspace, document) = (samples::id(), self.workspace.id, Arc::new(document));
        let state = AutomationState::Live;
        let automation = Automation {
            id,
            workspace,
            state,
            version: 1,
            document,
            created_at,
            updated_at,
            saved_by: "host".to_owned(),
        };
        let key = samples::trigger_key(workspace, id);
        self.store
            .automations()
            .create(&automation, &key, samples::audited("automation.apply"))
            .await
            .expect("an automation");
        automation
    }

    /// Captures a payload; the id of its run.
    pub(crate) async fn capture(&self, automation: &Automation, payload: Value) -> RunId {
        let sample = samples::capture(self.workspace.id, automation.id);
        let capture = Capture { body: body(&payload), ..sample };
        let run = capture.id.retyped();
        self.store.captures().capture(Arc::new(capture)).await.expect("it is captured");
        run
    }

    /// The run, once it is final.
    pub(crate) async fn finished(&self, run: RunId) -> Run {
        self.store.runs().finished(self.workspace.id, run).await.expect("the run is there")
    }

    /// The run as it is.
    pub(crate) async fn run(&self, run: RunId) -> Run {
        self.store.runs().get(self.workspace.id, run).await.expect("the store is there").expect("the run is there")
    }

    /// Waits until the run is committed in this state.
    pub(crate) async fn until(&self, run: RunId, state: RunState) {
        let mut watch = self.store.runs().watch(self.workspace.id);
        while self.run(run).await.state != state {
            watch.news().await;
        }
    }

    /// Ends the runner; the store is still open. It lies in the folder.
    pub(crate) async fn drained(self) -> (Arc<dyn Store>, WorkspaceId, TempDir) {
        drop(self.stop);
        self.ended.await.expect("the runner ends");
        (self.store, self.workspace.id, self._folder)
    }

    pub(crate) async fn close(self) {
        let (store, _, _folder) = self.drained().await;
        store.close().await;
    }
}

/// A document whose contact is found by the payload's `phone`.
pub(crate) fn document(name: &str, steps: Value) -> Document {
    serde_json::from_value(json!({
        "name": name, "inbox": "support",
        "trigger": {"webhook": {"identifier": {"field": "phone", "from": "$.phone"}}},
        "steps": steps,
    }))
    .expect("it is a document")
}

pub(crate) fn body(payload: &Value) -> Payload {
    samples::body(&payload.to_string())
}

/// A payload about the contact with this number, 0 to 999.
pub(crate) fn about(number: u32) -> Value {
    json!({"phone": format!("+12155551{number:03}")})
}
