//! The product's side: `Sandbox::invoke` as the runner calls it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    Contact, ContactId, ContactView, Directory, Failure, FieldValue, Grants, Identifier, Invocation, JsonLimits,
    Payload, RunId, Timestamp, WorkspaceId,
};
use hookbox_sandbox::{Loaded, Nothing, Sandbox};

use crate::plugins::{Answer, FIRST_NAME, PAYLOAD, Plugin};

const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([7; 16]);

/// A sandbox, the plugin in it and what it is called with.
pub(crate) struct Ours<'a> {
    plugin: &'a Plugin,
    sandbox: Sandbox,
    loaded: Arc<Loaded>,
    grants: Grants,
    contact: Arc<Contact>,
    directory: Arc<Directory>,
    inbox: Arc<str>,
    step_name: Arc<str>,
    payload: Payload,
}

impl<'a> Ours<'a> {
    /// Prepares what the plugin is called with: everything granted that it asks.
    pub(crate) async fn new(plugin: &'a Plugin, sandbox: Sandbox, loaded: Arc<Loaded>) -> anyhow::Result<Self> {
        let grants = Grants::all_of(&sandbox.describe(&loaded).await?.needs);
        let phone = Identifier::Phone("+12155556677".into());
        let mut contact =
            Contact::unknown(ContactId::from_bytes([1; 16]), WORKSPACE, &phone, Timestamp::from_millis(0));
        for (name, value) in [("first_name", FIRST_NAME), ("last_name", "Smith"), ("source", "Salesforce")] {
            contact.fields.insert(name.into(), FieldValue::Text(value.into()));
        }
        Ok(Self {
            plugin,
            sandbox,
            loaded,
            grants,
            contact: Arc::new(contact),
            directory: Arc::new(Directory { inboxes: BTreeSet::from(["support".into()]), ..Directory::default() }),
            inbox: "support".into(),
            step_name: "tell them".into(),
            payload: Payload::parse(Bytes::from_static(PAYLOAD.as_bytes()), JsonLimits::default())?,
        })
    }

    /// One call; the memory that it took, in bytes.
    pub(crate) async fn call(&self) -> anyhow::Result<u64> {
        let invocation = Invocation {
            run: RunId::from_bytes([3; 16]),
            step: 0,
            step_name: self.step_name.clone(),
            attempt: 1,
            idempotency_key: "run_03030303030303030303030303030303/0".into(),
            now: Timestamp::from_millis(1_700_000_000_120),
            payload: self.payload.clone(),
            contact: ContactView { contact: self.contact.clone(), lists: Vec::new() },
            inbox: self.inbox.clone(),
            conversation: None,
            steps: Vec::new(),
            settings: self.plugin.settings.into(),
            directory: self.directory.clone(),
            rehearsal: false,
        };
        let called = self.sandbox.invoke(&self.loaded, WORKSPACE, invocation, &self.grants, Arc::new(Nothing)).await;
        let answer = match called.result {
            Ok(Ok(_)) => Answer::Succeeded { messages: called.effects.len() },
            Ok(Err(Failure::Permanent { code, message })) => Answer::Failed { code, message },
            Ok(Err(Failure::Retryable { message, .. })) => anyhow::bail!("the action wants another try: {message}"),
            Err(error) => return Err(error.into()),
        };
        self.plugin.check(&answer)?;
        Ok(called.usage.memory_bytes)
    }
}
