//! What a fixture expects, compared with what came.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Effect, Report, Sent};
use crate::{Failure, Level, Media, Next, Outcome};

/// What has to come of a call. What is absent is not compared, but for the failure: without one the call has to succeed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectation {
    effects: Option<Vec<Value>>,
    output: Option<Value>,
    next: Option<String>,
    failure: Option<Value>,
    state: Option<BTreeMap<String, String>>,
    log: Option<Vec<Value>>,
}

/// A request that has to come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    json: Option<Value>,
    text: Option<String>,
}

/// Every difference between what was expected and what came.
pub(super) fn differences(expected: &Expectation, requests: &[&Request], report: &Report) -> Vec<String> {
    let mut found = Found(Vec::new());
    found.result(expected, &report.result);
    if let Some(effects) = &expected.effects {
        let bare = |effects: Vec<Value>| Value::from(effects.into_iter().map(without_nothing).collect::<Vec<_>>());
        let came = bare(report.effects.iter().map(shape).collect());
        found.compare("the effects", &bare(effects.clone()), &came);
    }
    if let Some(state) = &expected.state {
        found.compare("the state", &json!(state), &json!(report.state));
    }
    if let Some(log) = &expected.log {
        let came: Vec<Value> =
            report.log.iter().map(|line| json!({"level": level(line.level), "message": line.message})).collect();
        found.compare("the log", &json!(log), &json!(came));
    }
    let called = |method: &str, url: &str| Value::from(format!("{method} {url}"));
    let wanted: Vec<Value> = requests.iter().map(|request| called(&request.method, &request.url)).collect();
    let came: Vec<Value> = report.requests.iter().map(|sent| called(&sent.method, &sent.url)).collect();
    found.compare("the requests", &json!(wanted), &json!(came));
    for (request, sent) in requests.iter().zip(&report.requests) {
        found.request(request, sent);
    }
    found.0
}

/// The differences so far.
struct Found(Vec<String>);

impl Found {
    fn compare(&mut self, what: &str, expected: &Value, came: &Value) {
        if expected != came {
            self.0.push(format!("{what}: expected {expected}, came {came}"));
        }
    }

    fn result(&mut self, expected: &Expectation, result: &Result<Outcome, Failure>) {
        match (result, &expected.failure) {
            (Ok(outcome), None) => self.outcome(expected, outcome),
            (Ok(outcome), Some(failure)) => self.compare("the failure", failure, &json!({"output": outcome.output})),
            (Err(failure), None) => self.0.push(format!("it failed: {}", described(failure))),
            (Err(failure), Some(expected)) => {
                let came = described(failure);
                self.compare("the failure", expected, &only_keys_of(expected, &came));
            }
        }
    }

    fn outcome(&mut self, expected: &Expectation, outcome: &Outcome) {
        match &expected.output {
            Some(Value::String(text)) => {
                self.compare("the output", &Value::from(text.as_str()), &Value::from(outcome.output.as_str()));
            }
            Some(output) => {
                let came =
                    serde_json::from_str(&outcome.output).unwrap_or_else(|_| Value::from(outcome.output.as_str()));
                self.compare("the output", output, &came);
            }
            None => {}
        }
        if let Some(next) = &expected.next {
            let came = match outcome.next {
                Next::Continue => "continue",
                Next::Stop => "stop",
            };
            self.compare("what is next", &Value::from(next.as_str()), &Value::from(came));
        }
    }

    fn request(&mut self, request: &Request, sent: &Sent) {
        for (name, value) in &request.headers {
            self.compare(&format!("header {name}"), &json!(value), &json!(sent.header(name)));
        }
        if let Some(expected) = &request.json {
            let came = serde_json::from_slice(&sent.body).unwrap_or_else(|_| Value::from(sent.text()));
            self.compare("the body", expected, &came);
        }
        if let Some(expected) = &request.text {
            self.compare("the body", &Value::from(expected.as_str()), &Value::from(sent.text()));
        }
    }
}

fn described(failure: &Failure) -> Value {
    match failure {
        Failure::Retryable { message, after_ms } => json!({"retryable": {"message": message, "after_ms": after_ms}}),
        Failure::Permanent { code, message } => json!({"permanent": {"code": code, "message": message}}),
    }
}

/// Of the failure that came, what `expected` has keys for, so that the others are not compared. One of another kind is kept whole.
fn only_keys_of(expected: &Value, came: &Value) -> Value {
    let kind = if came.get("retryable").is_some() { "retryable" } else { "permanent" };
    let (Some(expected), Some(members)) = (expected.get(kind), came[kind].as_object()) else { return came.clone() };
    let kept = members.iter().filter(|(key, _)| expected.get(key.as_str()).is_some());
    json!({kind: kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>()})
}

/// Without what is null or empty, which may be left out, and without the id of a message, which is the host's.
fn without_nothing(effect: Value) -> Value {
    let Value::Object(members) = effect else { return effect };
    let is_something = |value: &Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
    Value::Object(members.into_iter().filter(|(key, value)| key != "message" && is_something(value)).collect())
}

/// An effect as the API shows it.
fn shape(effect: &Effect) -> Value {
    match effect {
        Effect::SetField { name, value } => {
            let value: Value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
            json!({"kind": "set-field", "name": name, "value": value})
        }
        Effect::ClearField { name } => json!({"kind": "clear-field", "name": name}),
        Effect::AddTag { tag } => json!({"kind": "add-tag", "tag": tag}),
        Effect::RemoveTag { tag } => json!({"kind": "remove-tag", "tag": tag}),
        Effect::AddToList { list } => json!({"kind": "add-to-list", "list": list}),
        Effect::RemoveFromList { list } => json!({"kind": "remove-from-list", "list": list}),
        Effect::Assign { to } => json!({"kind": "assign", "to": to}),
        Effect::Unassign => json!({"kind": "unassign"}),
        Effect::Close => json!({"kind": "close"}),
        Effect::Reopen => json!({"kind": "reopen"}),
        Effect::AddNote { body } => json!({"kind": "add-note", "body": body}),
        Effect::Send { id: _, inbox, body, media, send_at } => {
            let media: Vec<Value> = media
                .iter()
                .map(|Media { url, content_type }| json!({"url": url, "content_type": content_type}))
                .collect();
            json!({"kind": "send", "inbox": inbox, "body": body, "media": media, "send_at": send_at})
        }
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}
