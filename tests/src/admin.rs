//! A client for the admin API: records by path, pages followed to their end, waiting for a run.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::{Method, Request};

use crate::answer::Answer;
use crate::deadline::{DEADLINE, eventually};
use crate::webhook::Webhook;

/// How many records a page is asked for.
const PAGE_ITEMS: usize = 500;

/// A caller of the admin API.
#[derive(Debug, Clone)]
pub struct Admin {
    agent: ureq::Agent,
    url: String,
    token: String,
    workspace: Option<String>,
}

impl Admin {
    /// A caller with this token, in the first workspace.
    pub fn new(url: &str, token: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let config = config.timeout_global(Some(Duration::from_secs(DEADLINE.as_secs() / 3)));
        Self { agent: config.build().new_agent(), url: url.into(), token: token.into(), workspace: None }
    }

    /// The same caller in another workspace.
    pub fn in_workspace(&self, workspace: &str) -> Self {
        Self { workspace: Some(workspace.into()), ..self.clone() }
    }

    /// The same caller with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.into(), ..self.clone() }
    }

    /// Sends a request and gives whatever came back.
    #[track_caller]
    pub fn send(&self, method: Method, path: &str, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header("authorization", format!("Bearer {}", self.token));
        if let Some(workspace) = &self.workspace {
            request = request.header("hookbox-workspace", workspace);
        }
        if !body.is_empty() {
            request = request.header("content-type", content_type);
        }
        let request = request.body(body).expect("paths and headers of tests are well formed");
        let mut answer = self.agent.run(request).unwrap_or_else(|error| panic!("{path}: {error}"));
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let (status, headers) = (answer.status().as_u16(), headers.collect());
        let body = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().expect("a whole answer");
        Answer { status, headers, body }
    }

    /// `GET`.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "", "")
    }

    /// `GET` of a record that has to be there.
    #[track_caller]
    pub fn record(&self, path: &str) -> Value {
        self.get(path).success().json()
    }

    /// `POST` of JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, "application/json", body.to_string())
    }

    /// `PATCH` of JSON.
    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, "application/json", body.to_string())
    }

    /// Uploads a component.
    #[track_caller]
    pub fn upload(&self, component: &[u8]) -> Answer {
        self.send(Method::POST, "/api/v1/plugins", "application/wasm", component)
    }

    /// Saves an automation and gives whatever came back.
    #[track_caller]
    pub fn put_automation(&self, document: &Value) -> Answer {
        self.send(Method::PUT, "/api/v1/automations", "application/json", document.to_string())
    }

    /// `DELETE`.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "", "")
    }

    /// Every record of a collection, page by page, oldest last. `path` may carry a query.
    #[track_caller]
    pub fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        self.pages(path, |page| {
            items.extend(page);
            true
        });
        items
    }

    /// Gives a collection page by page to `take`, which says whether that page was taken; one that was not is read again, as
    /// often as a deadline allows.
    #[track_caller]
    pub fn pages(&self, path: &str, mut take: impl FnMut(Vec<Value>) -> bool) {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut after = String::new();
        loop {
            let next = eventually(&format!("a page of {path} to be as wanted"), || {
                let mut page = self.record(&format!("{path}{joint}limit={PAGE_ITEMS}{after}"));
                let Value::Array(items) = page["items"].take() else { panic!("a page has items: {page}") };
                take(items).then(|| page["next"].take())
            });
            match next.as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return,
            }
        }
    }

    /// Makes a workspace and gives a caller in it.
    #[track_caller]
    pub fn new_workspace(&self, name: &str) -> Self {
        let made = self.post("/api/v1/workspaces", &json!({ "name": name, "country": "US" })).success().json();
        self.in_workspace(made["id"].as_str().expect("a workspace has an id"))
    }

    /// Makes the inbox, member and list that the automations of the tests name.
    #[track_caller]
    pub fn furnish(&self) {
        for (path, name) in [("inboxes", "support"), ("members", "front-desk"), ("lists", "customers")] {
            self.post(&format!("/api/v1/{path}"), &json!({ "name": name })).success();
        }
    }

    /// Saves an automation and gives the client for its webhook.
    #[track_caller]
    pub fn apply(&self, document: &Value) -> Webhook {
        Webhook::of(&self.put_automation(document).success().json())
    }

    /// Saves an automation that is written in YAML.
    #[track_caller]
    pub fn apply_yaml(&self, document: &str) -> Webhook {
        let saved = self.send(Method::PUT, "/api/v1/automations", "application/yaml", document).success().json();
        Webhook::of(&saved)
    }

    /// The run of a capture, once it has come to a final state.
    #[track_caller]
    pub fn final_run(&self, capture: &str) -> Value {
        self.run_when(capture, "to end", |run| matches!(run["state"].as_str(), Some("succeeded" | "failed")))
    }

    /// The run of a capture, once it is as wanted.
    #[track_caller]
    pub fn run_when(&self, capture: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let path = format!("/api/v1/captures/{capture}");
        eventually(&format!("the run of {capture} {what}"), || {
            let run = self.record(&path)["runs"].get(0)?.as_str()?.to_owned();
            last = self.record(&format!("/api/v1/runs/{run}"));
            wanted(&last).then(|| last.clone())
        })
    }
}
