//! The command line's way to a running host: its admin API over HTTP, and what it refuses told in full.
//!
//! Commands pass the API's JSON on as it is; nothing here knows more of a record than the command that shows it.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use serde_json::Value;
use ureq::http::{Response, StatusCode};
use ureq::typestate::WithBody;
use ureq::{Agent, Body};

use crate::client::refusal::Refusal;

mod download;
mod lines;
mod refusal;

/// No admin call takes longer; a host that does not answer in time is not going to.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest answer that is read, in bytes: a page of 1,000 captures of ordinary size.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `application/yaml`
    Yaml,
    /// `application/json`
    Json,
}

/// A connection that is ready to be used.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    token: String,
    workspace: Option<String>,
}

impl Client {
    /// A client for the host at `url`.
    pub(crate) fn new(url: String, token: String, workspace: Option<String>) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(CALL_TIMEOUT))
            .user_agent(concat!("hookbox/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(&url) {
            config = config.proxy(None);
        }
        Self { agent: config.build().new_agent(), url, token, workspace }
    }

    /// `GET path?query`, answered with JSON.
    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        json(self.get_answer(path, query, "application/json")?)
    }

    /// `GET path?query`: the document to the letter, as the host tells it.
    pub(crate) fn get_document(&self, path: &str, query: &[(&str, &str)], notation: Notation) -> Result<String> {
        text(self.get_answer(path, query, notation.content_type())?)
    }

    /// `POST path` with a JSON body, answered with JSON.
    pub(crate) fn post(&self, path: &str, body: &impl Serialize) -> Result<Value> {
        json(self.send_json(self.agent.post(self.address(path)), body, Notation::Json)?)
    }

    /// `POST path` with a JSON body, answered with YAML.
    pub(crate) fn post_for_yaml(&self, path: &str, body: &impl Serialize) -> Result<String> {
        text(self.send_json(self.agent.post(self.address(path)), body, Notation::Yaml)?)
    }

    /// `PATCH path` with a JSON body, answered with JSON.
    pub(crate) fn patch(&self, path: &str, body: &impl Serialize) -> Result<Value> {
        json(self.send_json(self.agent.patch(self.address(path)), body, Notation::Json)?)
    }

    /// `PUT path?query` with a document, answered with JSON.
    pub(crate) fn put(&self, path: &str, query: &[(&str, &str)], notation: Notation, document: &str) -> Result<Value> {
        let request = self.agent.put(self.address(path)).header("Authorization", self.authorization());
        let request = request.content_type(notation.content_type()).header("Accept", "application/json");
        json(self.told(self.in_workspace(request.query_pairs(query.iter().copied())).send(document))?)
    }

    /// `POST path` with a document, answered with JSON.
    pub(crate) fn post_document(&self, path: &str, notation: Notation, document: &str) -> Result<Value> {
        let request = self.agent.post(self.address(path)).header("Authorization", self.authorization());
        let request = request.content_type(notation.content_type()).header("Accept", "application/json");
        json(self.told(self.in_workspace(request).send(document))?)
    }

    /// `DELETE path`, answered with JSON.
    pub(crate) fn delete(&self, path: &str) -> Result<Value> {
        let request = self.agent.delete(self.address(path)).header("Authorization", self.authorization());
        json(self.told(self.in_workspace(request.header("Accept", "application/json")).call())?)
    }

    fn send_json(
        &self,
        request: ureq::RequestBuilder<WithBody>,
        body: &impl Serialize,
        accept: Notation,
    ) -> Result<Response<Body>> {
        let body = serde_json::to_string(body).context("the request cannot be written as JSON")?;
        let request = request.header("Authorization", self.authorization()).header("Accept", accept.content_type());
        let request = request.content_type(Notation::Json.content_type());
        self.told(self.in_workspace(request).send(body))
    }

    fn get_answer(&self, path: &str, query: &[(&str, &str)], accept: &str) -> Result<Response<Body>> {
        let request = self.agent.get(self.address(path)).header("Authorization", self.authorization());
        let request = request.header("Accept", accept).query_pairs(query.iter().copied());
        self.told(self.in_workspace(request).call())
    }

    fn address(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.url)
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn in_workspace<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.workspace {
            Some(workspace) => request.header("Hookbox-Workspace", workspace),
            None => request,
        }
    }

    /// The answer, or what went wrong on the way or was refused at the other end.
    fn told(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>> {
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        Err(Refusal::read(status.as_u16(), &text(answer).unwrap_or_default(), self.advice(status)).into())
    }

    fn unreachable(&self, error: &ureq::Error) -> anyhow::Error {
        let url = &self.url;
        anyhow!(
            "no answer from {url}: {error}; is `hookbox serve` running there? (--url or HOOKBOX_URL names another place)"
        )
    }

    fn advice(&self, status: StatusCode) -> Option<&'static str> {
        (status == StatusCode::UNAUTHORIZED).then_some("check HOOKBOX_TOKEN or --token")
    }
}

impl Notation {
    /// What the document is written in, by its first character: JSON documents are objects.
    pub(crate) fn of(document: &str) -> Self {
        if document.trim_start().starts_with('{') { Self::Json } else { Self::Yaml }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Yaml => "application/yaml",
            Self::Json => "application/json",
        }
    }
}

/// A text as one part of a path.
pub(crate) fn path_part(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Whether the URL names this machine, which no proxy stands in front of.
fn is_this_machine(url: &str) -> bool {
    let host = url.parse::<ureq::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    host.is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

fn json(answer: Response<Body>) -> Result<Value> {
    serde_json::from_str(&text(answer)?).context("the answer is not JSON; is this the URL of a Hookbox host?")
}

fn text(mut answer: Response<Body>) -> Result<String> {
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
    body.context("the answer broke off; reading again is safe")
}

#[cfg(test)]
mod tests {
    use super::{Client, Notation, is_this_machine, path_part};

    #[test]
    fn a_document_is_json_when_it_begins_like_an_object() {
        assert_eq!(Notation::of(" \n{\"name\": \"x\"}"), Notation::Json);
        assert_eq!(Notation::of("name: x\n"), Notation::Yaml);
    }

    #[test]
    fn a_host_that_is_not_there_is_named_with_what_to_do() {
        let error =
            Client::new("http://127.0.0.1:1/".into(), "t".into(), None).get("runs", &[]).expect_err("closed port");
        let text = error.to_string();
        assert!(text.contains("http://127.0.0.1:1:") && text.contains("hookbox serve"), "{text}");
    }

    #[test]
    fn a_part_of_a_path_leads_nowhere_else() {
        assert_eq!(path_part("plg_0190-a.b~"), "plg_0190-a.b~");
        assert_eq!(path_part("leads:a/b?ü"), "leads%3Aa%2Fb%3F%C3%BC");
    }

    #[test]
    fn no_proxy_is_asked_for_this_machine() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost:8080", true),
            ("http://[::1]:8080", true),
            ("https://hooks.example.com", false),
        ] {
            assert_eq!(is_this_machine(url), expected, "{url}");
        }
    }
}
