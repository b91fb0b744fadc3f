//! A router over a real store in a directory of its own, with one plugin installed, and how to ask it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bytes::Bytes;
use hookbox_admin::{Admin, Config, FirstToken, Readiness, Rehearsal, ensure_default_workspace, first_token, router};
use hookbox_model::{
    Approval, Digest, DryRun, DryRunReport, Grants, Id, JsonLimits, Manifest, Origin, Plugin, Timestamp, Workspace,
};
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

/// The element of `each` at which a dry run panics.
pub(crate) const PANICS: u32 = 666;

/// A running admin door.
pub(crate) struct House {
    pub(crate) store: Arc<RedbStore>,
    pub(crate) workspace: Workspace,
    pub(crate) router: Router,
    pub(crate) readiness: Readiness,
    pub(crate) token: String,
    pub(crate) stage: Arc<Stage>,
    _dir: TempDir,
}

/// Tries nothing out: it keeps what it was asked and reports what it was told to.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) asked: Mutex<Vec<DryRun>>,
    pub(crate) report: Mutex<Option<DryRunReport>>,
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
        let report = self.report.lock().clone();
        report.ok_or_else(|| StoreError::Unavailable { reason: "no report was given".to_owned() })
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
}

impl House {
    /// A store with the workspace `default` and some plugins, and a router over it.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut registry = Registry::with_prefix("hookbox");
        let metrics = Metrics::register(&mut registry);
        let settings =
            hookbox_store_redb::Config { ballast_bytes: 0, free_bytes_min: 0, ..hookbox_store_redb::Config::default() };
        let store = RedbStore::open(dir.path(), settings, metrics, false).expect("a new store");
        let workspace = ensure_default_workspace(&*store).await.expect("a workspace");
        let made = first_token(&*store, None, [7; 32], Timestamp::from_millis(1)).await.expect("a token");
        let FirstToken::Made(token) = made else { panic!("the first start makes a token") };
        let readiness = Readiness::default();
        let stage = Arc::new(Stage::default());
        let router = router(Admin {
            store: Arc::clone(&store) as Arc<dyn Store>,
            config: Config {
                body_bytes_max: BODY_BYTES_MAX,
                json: JsonLimits { nodes_max: 10_000, ..JsonLimits::default() },
                dry_runs_max: 2,
                public_url: Some("http://hooks.example:8080/".to_owned()),
                ..Config::default()
            },
            vault: Vault::new([7; 32]),
            rehearsal: Arc::clone(&stage) as Arc<dyn Rehearsal>,
            reaches: Arc::new(|url| !url.contains("127.0.0.1")),
            registry: Arc::new(registry),
            readiness: readiness.clone(),
        });
        let house = Self { store, workspace, router, readiness, token, stage, _dir: dir };
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
                needs: Vec::new(),
            },
            digest: Digest::of(&component),
            component_bytes: component.len() as u64,
            origin: Origin::BuiltIn,
            approval: Approval::Approved { by: "host".to_owned(), at: Timestamp::from_millis(1) },
            grants: Grants::default(),
            active: true,
            installed_at: Timestamp::from_millis(1),
            activated_at: None,
        };
        self.store.plugins().install(&plugin, component, None).await.expect("an installed plugin");
    }

    /// A request with the house's token.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        let method = method.parse().expect("a method");
        let headers = [("authorization", format!("Bearer {}", self.token))].into_iter().collect();
        Ask { house: self, method, path: path.to_owned(), headers, body: Vec::new() }
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

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body.
    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// Sends it.
    pub(crate) async fn send(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(self.body)).expect("a request");
        let Ok(response) = self.house.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer { status: parts.status, headers: parts.headers, body }
    }
}
