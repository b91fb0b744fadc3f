//! A host for tests: runs an action natively, on this thread, and reports what a real host would commit.
//!
//! It checks what a real host checks at the call: grants, names, sizes. It does not check settings against their schema, which
//! a real host does before every call; settings that do not fit the struct fail as there.

mod effect;
mod report;
mod rules;
mod session;

pub(crate) mod calls;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

pub use effect::{Effect, LogLine};
pub use report::Report;

use crate::invocation::Invocation;
use crate::{Call, Contact, Conversation, Failure, Manifest, Need, Outcome, action};
use session::Session;

/// A host for tests: an inbox `support`, a contact `+12155556677`, nothing else, and no grants.
#[derive(Debug, Clone)]
pub struct Host {
    session: Session,
    invocation: Invocation,
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
        Self { session, invocation }
    }

    /// A host that grants what a plugin asks, as an operator does who installs it.
    pub fn granting(manifest: Manifest) -> Self {
        let mut host = Self::new();
        host.session.grants = manifest.needs;
        host
    }

    /// Grants a capability (`lists.write`) for these names; `*` is all of them.
    #[must_use]
    pub fn grant<const N: usize>(mut self, capability: &str, scope: [&str; N]) -> Self {
        let scope = scope.map(String::from).to_vec();
        self.session.grants.push(Need { capability: capability.into(), scope, reason: String::new() });
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
        self.session.state = BTreeMap::from(values.map(|(key, value)| (key.into(), value.into())));
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
    /// When the action panics, which in a component is a trap.
    pub fn run<S: DeserializeOwned>(
        &self,
        action: impl FnOnce(Call<S>) -> Result<Outcome, Failure>,
        settings: &str,
    ) -> Report {
        let mut invocation = self.invocation.clone();
        invocation.settings = settings.into();
        rules::hide_what_may_not_be_read(&self.session.grants, &mut invocation.contact);
        let (result, session) = session::within(self.session.clone(), || action::run(action, invocation));
        Report::new(result, session, &self.session.state)
    }
}
