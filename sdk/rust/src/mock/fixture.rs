//! Fixtures natively: the files that `hookbox plugin test` runs in a sandbox (`sdk/fixtures.md`), as tests of `cargo test`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::memory::Kept;
use super::{Answer, Host, Report, expectation};
use crate::http::Error;
use crate::{Call, Contact, Conversation, ConversationState, Failure, Manifest, Need, Outcome};
use expectation::{Expectation, Request};

/// A call and what has to come of it.
///
/// ```
/// # use hookbox_sdk::{Call, Failure, Manifest, Outcome, mock::Fixture};
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # struct Settings {}
/// # #[hookbox_sdk::action(name = "done", title = "Done", description = "Does nothing.")]
/// # fn run(_: Call<Settings>) -> Result<Outcome, Failure> { Ok(Outcome::done()) }
/// let fixture = Fixture::parse(r#"{"expect": {"output": "null"}}"#)?;
/// fixture.check(manifest(), run)?;
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// What it shows.
    #[serde(default)]
    pub name: String,
    payload: Option<Box<RawValue>>,
    settings: Option<Box<RawValue>>,
    contact: Option<Person>,
    conversation: Option<Thread>,
    inbox: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
    step: Option<String>,
    attempt: Option<u32>,
    now: Option<String>,
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    inboxes: Vec<String>,
    #[serde(default)]
    members: Vec<String>,
    grants: Option<Vec<Grant>>,
    #[serde(default)]
    state: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, SecretText>,
    #[serde(default)]
    http: Vec<Exchange>,
    #[serde(default)]
    expect: Expectation,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    id: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    external_id: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Box<RawValue>>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    opted_out: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thread {
    assignee: Option<String>,
    state: Option<Openness>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Openness {
    Open,
    Closed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    name: String,
    output: Box<RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    capability: String,
    scope: Vec<String>,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretText {
    text: String,
    hosts: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    request: Request,
    #[serde(default)]
    answer: Canned,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Canned {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<Box<RawValue>>,
    text: Option<String>,
    error: Option<NoAnswer>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NoAnswer {
    Timeout,
    Closed,
}

impl Fixture {
    /// Reads a fixture.
    ///
    /// # Errors
    /// What is wrong with it: no JSON, a key that is none, a value of another kind.
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("it is no fixture: {error}"))
    }

    /// Runs an action on it and compares what came of it.
    ///
    /// # Errors
    /// Every difference, one a line.
    ///
    /// # Panics
    /// When the action panics, or calls a place that the fixture has no answer for.
    pub fn check<S: DeserializeOwned>(
        &self,
        manifest: Manifest,
        action: impl FnOnce(Call<S>) -> Result<Outcome, Failure>,
    ) -> Result<Report, String> {
        let settings = self.settings.as_ref().map_or("{}", |settings| settings.get());
        let report = self.host(manifest).run(action, settings);
        let requests: Vec<&Request> = self.http.iter().map(|exchange| &exchange.request).collect();
        let differences = expectation::differences(&self.expect, &requests, &report);
        if differences.is_empty() {
            return Ok(report);
        }
        Err(format!("{}:\n{}", self.name, differences.join("\n")))
    }

    fn host(&self, manifest: Manifest) -> Host {
        let mut host = Host::granting(manifest);
        if let Some(grants) = &self.grants {
            host.session.grants = grants.iter().map(Grant::need).collect();
        }
        host = host.inbox(self.inbox.as_deref().unwrap_or("support"));
        let contact = self.contact.as_ref().map(Person::contact);
        if let Some(contact) = contact {
            host.session.lists.extend(contact.lists.iter().cloned());
            host = host.contact(contact);
        }
        if let Some(thread) = &self.conversation {
            host.session.members.extend(thread.assignee.clone());
            let inbox = host.session.inbox.clone();
            host = host.conversation(thread.conversation(inbox));
        }
        host.session.lists.extend(self.lists.iter().cloned());
        host.session.inboxes.extend(self.inboxes.iter().cloned());
        host.session.members.extend(self.members.iter().cloned());
        let kept = |value: &String| Kept { value: value.clone(), ends_in_ms: None };
        host.session.memory.kept = self.state.iter().map(|(key, value)| (key.clone(), kept(value))).collect();
        self.tell(&mut host);
        for (name, SecretText { text, hosts }) in &self.secrets {
            host = host.secret_for(name, text, hosts.clone());
        }
        for Exchange { request, answer } in &self.http {
            host = host.http(&request.method, &request.url, answer.answer());
        }
        host
    }

    /// What the call says of itself.
    fn tell(&self, host: &mut Host) {
        let call = &mut host.invocation;
        if let Some(payload) = &self.payload {
            call.payload = payload.get().into();
        }
        if let Some(step) = &self.step {
            call.step_id.clone_from(step);
        }
        if let Some(now) = &self.now {
            call.now.clone_from(now);
        }
        call.attempt = self.attempt.unwrap_or(1);
        call.steps = self.steps.iter().map(|step| (step.name.clone(), step.output.get().into())).collect();
    }
}

impl Person {
    fn contact(&self) -> Contact {
        let fields = self.fields.iter().map(|(name, value)| (name.clone(), value.get().to_owned()));
        let external_id =
            self.external_id.iter().map(|id| ("external_id".into(), Value::from(id.as_str()).to_string()));
        Contact {
            id: self.id.clone().unwrap_or_else(|| "con_1".into()),
            phone: self.phone.clone(),
            email: self.email.clone(),
            fields: fields.chain(external_id).collect(),
            tags: self.tags.clone(),
            lists: self.lists.clone(),
            opted_out: self.opted_out,
        }
    }
}

impl Thread {
    fn conversation(&self, inbox: String) -> Conversation {
        let state = match self.state {
            Some(Openness::Closed) => ConversationState::Closed,
            Some(Openness::Open) | None => ConversationState::Open,
        };
        Conversation { id: "cnv_1".into(), inbox, assignee: self.assignee.clone(), state }
    }
}

impl Grant {
    fn need(&self) -> Need {
        Need { capability: self.capability.clone(), scope: self.scope.clone(), reason: self.reason.clone() }
    }
}

impl Canned {
    fn answer(&self) -> Answer {
        match self.error {
            Some(NoAnswer::Timeout) => return Answer::timeout(),
            Some(NoAnswer::Closed) => return Answer::failing(Error::Network("the connection ended".into())),
            None => {}
        }
        let status = self.status.unwrap_or(200);
        let answer = match (&self.json, &self.text) {
            (Some(json), _) => Answer::text(status, json.get()),
            (None, Some(text)) => Answer::text(status, text),
            (None, None) => Answer::status(status),
        };
        self.headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value))
    }
}
