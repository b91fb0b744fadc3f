//! A host for tests: runs an action natively, on this thread, and reports what a real host would commit.
//!
//! It checks what a real host checks at the call: grants, names, sizes. It does not check settings against their schema, which
//! a real host does before every call; settings that do not fit the struct fail as there. HTTP calls get the answers that the test
//! has for them, and nothing leaves the machine. A [`Fixture`] is a whole call with what has to come of it, in a file.

mod effect;
mod exchange;
mod expectation;
mod fixture;
mod http;
mod memory;
mod place;
mod report;
mod rules;
mod secrets;
mod session;

pub(crate) mod calls;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

pub use effect::{Effect, LogLine};
pub use exchange::{Answer, Sent};
pub use fixture::Fixture;
pub use report::Report;

use crate::http::Address;
use crate::invocation::Invocation;
use crate::{Call, Contact, Conversation, Failure, Manifest, Need, Outcome, action};
use exchange::Canned;
use memory::{Kept, Memory};
use secrets::Known;
use session::Session;

/// A host for tests: an inbox `support`, a contact `+12155556677`, nothing else, and no grants.
#[derive(Debug, Clone)]
pub struct Host {
    session: Session,
    invocation: Invocation,
    /// The schema of the settings, which says where secrets are.
    schema: String,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// A host that grants nothing yet.
    pub fn new() -> Self {
        let contact = Contact { id: "con_1".into(), phone: Some("+12155556677".into()), ..Contact::default() };
        let invocation = Invocation {
            run_id: "run_1".into(),
            step_id: "step".into(),
            attempt: 1,
            idempotency_key: "run_1-0".into(),
            now: "2026-01-02T03:04:05Z".into(),
            payload: "{}".into(),
            contact,
            conversation: None,
            steps: Vec::new(),
            settings: "{}".into(),
        };
        let session =
            Session { inbox: "support".into(), inboxes: BTreeSet::from(["support".into()]), ..Session::default() };
        Self { session, invocation, schema: "{}".into() }
    }

    /// A host that grants what a plugin asks, as an operator does who installs it.
    pub fn granting(manifest: Manifest) -> Self {
        let mut host = Self::new();
        host.session.grants = manifest.needs;
        host.schema = manifest.settings;
        host
    }

    /// Grants a capability (`lists.write`) for these names; `*` is all of them.
    #[must_use]
    pub fn grant<const N: usize>(mut self, capability: &str, scope: [&str; N]) -> Self {
        let scope = scope.map(String::from).to_vec();
        self.session.grants.push(Need { capability: capability.into(), scope, reason: String::new() });
        self
    }

    /// Grants nothing of a capability (`lists.write`), whatever was granted before.
    #[must_use]
    pub fn without(mut self, capability: &str) -> Self {
        self.session.grants.retain(|need| need.capability != capability);
        self
    }

    /// These lists exist.
    #[must_use]
    pub fn lists<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.session.lists.extend(names.map(String::from));
        self
    }

    /// These members exist.
    #[must_use]
    pub fn members<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.session.members.extend(names.map(String::from));
        self
    }

    /// These inboxes exist besides the automation's.
    #[must_use]
    pub fn inboxes<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.session.inboxes.extend(names.map(String::from));
        self
    }

    /// The automation's inbox.
    #[must_use]
    pub fn inbox(mut self, name: &str) -> Self {
        self.session.inboxes.insert(name.into());
        self.session.inbox = name.into();
        self
    }

    /// What the plugin remembers from before.
    #[must_use]
    pub fn state<const N: usize>(mut self, values: [(&str, &str); N]) -> Self {
        let kept = |value: &str| Kept { value: value.into(), ends_in_ms: None };
        self.session.memory = Memory::default();
        self.session.memory.kept = BTreeMap::from(values.map(|(key, value)| (key.into(), kept(value))));
        self
    }

    /// What the plugin remembers from a call before, so many milliseconds later.
    #[must_use]
    pub fn state_after(mut self, report: &Report, ms: u64) -> Self {
        let left = |key: &str| report.state_ends_in_ms.get(key).map(|ends_in_ms| ends_in_ms.saturating_sub(ms));
        let kept = report.state.iter().filter(|(key, _)| left(key) != Some(0));
        let kept = kept.map(|(key, value)| (key.clone(), Kept { value: value.clone(), ends_in_ms: left(key) }));
        self.session.memory = Memory::default();
        self.session.memory.kept = kept.collect();
        self
    }

    /// A secret of the workspace and the hosts that it may be sent to, as scopes of `http`. Settings name it where their schema
    /// says so, which the host knows by [`granting`](Self::granting).
    #[must_use]
    pub fn secret<const N: usize>(self, name: &str, text: &str, hosts: [&str; N]) -> Self {
        self.secret_for(name, text, hosts.map(String::from).to_vec())
    }

    fn secret_for(mut self, name: &str, text: &str, hosts: Vec<String>) -> Self {
        self.session.secrets.insert(name.into(), Known::new(name, text, hosts));
        self
    }

    /// What answers calls of this method to this URL. Several for the same are given in order, the last of them again and again.
    #[must_use]
    pub fn http(mut self, method: &str, url: &str, answer: Answer) -> Self {
        let url = Address::parse(url).map_or_else(|_| url.into(), |address| address.url());
        self.session.answers.push(Canned { method: method.into(), url, answer, given: false });
        self
    }

    /// The contact. The action sees of it what it may read.
    #[must_use]
    pub fn contact(mut self, contact: Contact) -> Self {
        self.invocation.contact = contact;
        self
    }

    /// The conversation of the automation's inbox with the contact.
    #[must_use]
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.invocation.conversation = Some(conversation);
        self
    }

    /// The captured request body: JSON text.
    #[must_use]
    pub fn payload(mut self, json: &str) -> Self {
        self.invocation.payload = json.into();
        self
    }

    /// The output of a step before: JSON text.
    #[must_use]
    pub fn output_of(mut self, step: &str, json: &str) -> Self {
        self.invocation.steps.push((step.into(), json.into()));
        self
    }

    /// Which try this is; 1 unless said.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.invocation.attempt = attempt;
        self
    }

    /// Runs an action with settings given as JSON text.
    ///
    /// # Panics
    /// When the action panics, which in a component is a trap, or calls a place that no answer was given for.
    pub fn run<S: DeserializeOwned>(
        &self,
        action: impl FnOnce(Call<S>) -> Result<Outcome, Failure>,
        settings: &str,
    ) -> Report {
        let before = &self.session.memory;
        let mut invocation = self.invocation.clone();
        invocation.settings = match self.with_placeholders(settings) {
            Ok(settings) => settings,
            Err(failure) => return Report::new(Err(failure), self.session.clone(), before),
        };
        rules::hide_what_may_not_be_read(&self.session.grants, &mut invocation.contact);
        let (result, session) = session::within(self.session.clone(), || action::run(action, invocation));
        Report::new(result, session, before)
    }

    /// Settings that are no JSON stay as they are: the action is told.
    fn with_placeholders(&self, settings: &str) -> Result<String, Failure> {
        let (Ok(schema), Ok(mut parsed)) =
            (serde_json::from_str(&self.schema), serde_json::from_str::<serde_json::Value>(settings))
        else {
            return Ok(settings.into());
        };
        let before = parsed.clone();
        secrets::hide(&schema, &mut parsed, &self.session.secrets, &self.session.grants)?;
        // Numbers may lose digits on the way through a value; settings without secrets stay exactly as they are.
        Ok(if parsed == before { settings.into() } else { parsed.to_string() })
    }
}
