//! A router over a real store in a directory of its own, with one plugin installed, and how to ask it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use hookbox_admin::{
    Admin, Config, FirstToken, Inspector, LoginConfig, Quarantine, Readiness, Rehearsal, ensure_default_workspace,
    first_token, router,
};
use hookbox_model::{
    Approval, Audited, Digest, DryRun, DryRunReport, Grants, Id, JsonLimits, Manifest, Need, Origin, Plugin,
    PluginHealth, Timestamp, Workspace, WorkspaceId,
};
use hookbox_sandbox::{Fault, Phase, Report};
use hookbox_store::{Store, StoreError};
use hookbox_store_redb::{Metrics, RedbStore};
use hookbox_vault::Vault;
use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;
use tower::ServiceExt;
use uuid::Uuid;

/// The largest body that a house takes, so that a body past it is small.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// The largest component that a house takes.
pub(crate) const COMPONENT_BYTES_MAX: usize = 4 * 1024;

/// The element of `each` at which a dry run panics.
pub(crate) const PANICS: u32 = 666;

/// The token of the set-up link.
pub(crate) const SETUP: &str = "what follows the number sign";

/// The name by which a browser on the same machine calls a house.
pub(crate) const HOST: &str = "127.0.0.1:8080";

/// A running admin door.
pub(crate) struct House {
    pub(crate) store: Arc<RedbStore>,
    pub(crate) workspace: Workspace,
    pub(crate) router: Router,
    pub(crate) readiness: Readiness,
    pub(crate) token: String,
    pub(crate) stage: Arc<Stage>,
    pub(crate) bench: Arc<Bench>,
    pub(crate) dir: TempDir,
    /// How far the door's clock is ahead, in milliseconds.
    ahead_ms: Arc<AtomicU64>,
}

/// Tries nothing out: it keeps what it was asked and reports what it was told to.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) asked: Mutex<Vec<DryRun>>,
    pub(crate) report: Mutex<Option<DryRunReport>>,
    /// What to report of the plugin version that runs instead of the active one; `report` when there is none.
    pub(crate) of_versions: Mutex<BTreeMap<String, DryRunReport>>,
    /// When there is one, it is waited for before there is a report.
    pub(crate) gate: Mutex<Option<Arc<Notify>>>,
}

#[async_trait]
impl Rehearsal for Stage {
    async fn rehearse(&self, asked: DryRun) -> Result<DryRunReport, StoreError> {
        self.asked.lock().push(asked);
        let gate = self.gate.lock().clone();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        assert_ne!(self.asked.lock().last().and_then(|asked| asked.item), Some(PANICS), "it was asked to panic");
        let version = self.asked.lock().last().and_then(|asked| Some(asked.instead.as_ref()?.manifest.version.clone()));
        let of_version = version.and_then(|version| self.of_versions.lock().get(&version).cloned());
        let report = of_version.or_else(|| self.report.lock().clone());
        report.ok_or_else(|| StoreError::Unavailable { reason: "no report was given".to_owned() })
    }
}

/// Looks at components that are the JSON of their manifests; everything else is no plugin.
#[derive(Default)]
pub(crate) struct Bench {
    /// When there is one, it is waited for before there is a report.
    pub(crate) gate: Mutex<Option<Arc<Notify>>>,
    /// How many inspections have begun.
    pub(crate) begun: Mutex<u32>,
    /// What was let go of.
    pub(crate) removed: Mutex<Vec<Digest>>,
    /// How every plugin fares.
    pub(crate) health: Mutex<PluginHealth>,
}

#[async_trait]
impl Inspector for Bench {
    async fn inspect(&self, component: Bytes, progress: &(dyn Fn(Phase) + Send + Sync)) -> Report {
        *self.begun.lock() += 1;
        progress(Phase::Checking);
        let gate = self.gate.lock().clone();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        let manifest: Option<Manifest> = serde_json::from_slice(&component).ok();
        let fault = Fault { code: "not-a-component", message: "it is text".into(), mend: "build it".into() };
        Report {
            digest: Digest::of(&component),
            bytes: component.len() as u64,
            faults: if manifest.is_some() { Vec::new() } else { vec![fault] },
            warnings: Vec::new(),
            manifest,
            imports: Vec::new(),
            functions: 1,
            core_instances: 1,
            memories: 1,
            tables: 1,
            compile_ms: Some(1),
            describe_ms: Some(1),
        }
    }

    async fn remove(&self, digest: Digest) {
        self.removed.lock().push(digest);
    }
}

impl Quarantine for Bench {
    fn health(&self, _: WorkspaceId, _: Digest) -> PluginHealth {
        self.health.lock().clone()
    }
}

impl Bench {
    /// Waits until so many components were let go of.
    pub(crate) async fn removed(&self, count: usize) -> Vec<Digest> {
        while self.removed.lock().len() < count {
            tokio::task::yield_now().await;
        }
        self.removed.lock().clone()
    }
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; null when there is none.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).expect("a JSON body") }
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("a header in ASCII")).unwrap_or_default()
    }

    /// The JSON body, after looking that the status is this one.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }
}

/// A request in the making.
pub(crate) struct Ask<'h> {
    house: &'h House,
    method: Method,
    path: String,
    headers: BTreeMap<&'static str, String>,
    body: Vec<u8>,
    from: Option<IpAddr>,
}

impl House {
    /// A store with the workspace `default` and some plugins, and a router over it.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// As [`House::new`], with settings that were changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(|_| {}, change).await
    }

    /// As [`House::with`], with settings of the store that were changed too.
    pub(crate) async fn over(
        stored: impl FnOnce(&mut hookbox_store_redb::Config),
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut registry = Registry::with_prefix("hookbox");
        let metrics = Metrics::register(&mut registry);
        let mut settings =
            hookbox_store_redb::Config { ballast_bytes: 0, free_bytes_min: 0, ..hookbox_store_redb::Config::default() };
        stored(&mut settings);
        let store = RedbStore::open(dir.path(), settings, metrics, false).expect("a new store");
        let workspace = ensure_default_workspace(&*store).await.expect("a workspace");
        let made = first_token(&*store, None, [7; 32], Timestamp::from_millis(1)).await.expect("a token");
        let FirstToken::Made(token) = made else { panic!("the first start makes a token") };
        let readiness = Readiness::default();
        let ahead_ms = Arc::new(AtomicU64::new(0));
        let ahead = Arc::clone(&ahead_ms);
        let clock = move || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock past 1970");
            let now = u64::try_from(since.as_millis()).expect("milliseconds");
            Timestamp::from_millis(now).plus_millis(ahead.load(Ordering::Relaxed))
        };
        let stage = Arc::new(Stage::default());
        let bench = Arc::new(Bench::default());
        let mut config = Config {
            body_bytes_max: BODY_BYTES_MAX,
            json: JsonLimits { nodes_max: 10_000, ..JsonLimits::default() },
            dry_runs_max: 2,
            component_bytes_max: COMPONENT_BYTES_MAX,
            public_url: Some("http://hooks.example:8080/".to_owned()),
            // As cheap as argon2 is.
            login: LoginConfig { hash_memory_kib: 8, hash_rounds: 1, ..LoginConfig::default() },
            ..Config::default()
        };
        change(&mut config);
        let router = router(Admin {
            store: Arc::clone(&store) as Arc<dyn Store>,
            config,
            vault: Vault::new([7; 32]),
            rehearsal: Arc::clone(&stage) as Arc<dyn Rehearsal>,
            inspector: Arc::clone(&bench) as Arc<dyn Inspector>,
            quarantine: Arc::clone(&bench) as Arc<dyn Quarantine>,
            reaches: Arc::new(|url| !url.contains("127.0.0.1")),
            setup: Some(Digest::of(SETUP.as_bytes())),
            clock: Arc::new(clock),
            registry: Arc::new(registry),
            readiness: readiness.clone(),
        });
        let house = Self { store, workspace, router, readiness, token, stage, bench, dir, ahead_ms };
        house.install("add-to-list", &json!({"list": {"type": "string", "format": "list"}}), &["list"]).await;
        let message = json!({"body": {"type": "string", "minLength": 1}, "inbox": {"type": ["string", "null"], "format": "inbox"}});
        house.install("send-message", &message, &["body"]).await;
        house.install("assign-conversation", &json!({"to": {"type": "string", "format": "member"}}), &["to"]).await;
        let lists = json!({"type": "array", "items": {"type": "string", "format": "list"}});
        let to = json!({"type": "object", "properties": {"inbox": {"type": "string", "format": "inbox"}}});
        house.install("of-others", &json!({"lists": lists, "to": to}), &[]).await;
        house
    }

    /// Installs a plugin whose settings have these properties.
    async fn install(&self, name: &str, properties: &Value, required: &[&str]) {
        self.install_granted(name, properties, required, &json!([])).await;
    }

    /// Installs a plugin that is granted all it needs.
    pub(crate) async fn install_granted(&self, name: &str, properties: &Value, required: &[&str], needs: &Value) {
        let needs: Vec<Need> = serde_json::from_value(needs.clone()).expect("needs");
        let schema = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        let component = Bytes::from(name.to_owned());
        let plugin = Plugin {
            id: Id::from_uuid(Uuid::now_v7()),
            workspace: None,
            manifest: Manifest {
                name: name.to_owned(),
                version: "1.0.0".to_owned(),
                title: name.to_owned(),
                description: String::new(),
                settings: schema.to_string(),
                needs: needs.clone(),
            },
            digest: Digest::of(&component),
            component_bytes: component.len() as u64,
            origin: Origin::BuiltIn,
            approval: Approval::Approved { by: "host".to_owned(), at: Timestamp::from_millis(1) },
            grants: Grants::all_of(&needs),
            active: true,
            installed_at: Timestamp::from_millis(1),
            activated_at: None,
        };
        let audited = Audited {
            at: Timestamp::from_millis(1),
            by: Audited::HOST.to_owned(),
            act: "plugin.install",
            subject: name.to_owned(),
            before: "null".to_owned(),
            after: "{}".to_owned(),
        };
        self.store.plugins().install(&plugin, component, audited).await.expect("an installed plugin");
    }

    /// From now on the door's clock is so much further.
    pub(crate) fn pass(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// A request with the house's token.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        let method = method.parse().expect("a method");
        let authorization = ("authorization", format!("Bearer {}", self.token));
        let headers = [authorization, ("host", HOST.to_owned())].into_iter().collect();
        Ask { house: self, method, path: path.to_owned(), headers, body: Vec::new(), from: None }
    }

    /// What `GET path` answers.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send().await
    }

    /// What `POST path` with a JSON body answers.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path).json(body).send().await
    }

    /// Makes a record with a POST and gives its id.
    pub(crate) async fn made(&self, path: &str, body: &Value) -> String {
        self.post(path, body).await.expect(201)["id"].as_str().expect("an id").to_owned()
    }
}

impl Ask<'_> {
    /// With a header; an empty value takes it away.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if value.is_empty() {
            self.headers.remove(name);
        } else {
            self.headers.insert(name, value.to_owned());
        }
        self
    }

    /// From this address of the network.
    pub(crate) fn from(mut self, address: &str) -> Self {
        self.from = Some(address.parse().expect("an address"));
        self
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body.
    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// Sends it and reads the whole answer.
    pub(crate) async fn send(self) -> Answer {
        let (parts, body) = self.begin().await.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends it and reads nothing of the answer yet.
    pub(crate) async fn begin(self) -> Response {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(self.body)).expect("a request");
        if let Some(from) = self.from {
            request.extensions_mut().insert(from);
        }
        let Ok(response) = self.house.router.clone().oneshot(request).await;
        response
    }
}
