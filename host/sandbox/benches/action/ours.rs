//! The product's side: `Sandbox::invoke` as the runner calls it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    Contact, ContactId, ContactView, Digest, Directory, FieldValue, Grants, Identifier, Invocation, JsonLimits,
    Payload, RunId, Timestamp, WorkspaceId,
};
use hookbox_sandbox::{Config, Loaded, Nothing, Sandbox};

/// The body of the webhook.
pub(crate) const PAYLOAD: &str =
    r#"{"phone_number":"12155556677","first_name":"John","last_name":"Smith","Integration":"Salesforce"}"#;

/// The settings of the step.
pub(crate) const SETTINGS: &str = r#"{"body":"Hi John, your order has shipped."}"#;

const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([7; 16]);

/// A sandbox, the plugin in it and what it is called with.
pub(crate) struct Ours {
    sandbox: Sandbox,
    loaded: Arc<Loaded>,
    grants: Grants,
    contact: Arc<Contact>,
    directory: Arc<Directory>,
    inbox: Arc<str>,
    step_name: Arc<str>,
    payload: Payload,
}

impl Ours {
    /// Loads the component.
    pub(crate) async fn new(component: &[u8]) -> anyhow::Result<Self> {
        let sandbox = Sandbox::new(Config::default())?;
        let loaded = sandbox.load(Digest::of(component), component).await?;
        let grants = Grants::all_of(&sandbox.describe(&loaded).await?.needs);
        let phone = Identifier::Phone("+12155556677".into());
        let mut contact =
            Contact::unknown(ContactId::from_bytes([1; 16]), WORKSPACE, &phone, Timestamp::from_millis(0));
        for (name, value) in [("first_name", "John"), ("last_name", "Smith"), ("source", "Salesforce")] {
            contact.fields.insert(name.into(), FieldValue::Text(value.into()));
        }
        Ok(Self {
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

    /// One call.
    pub(crate) async fn call(&self) -> anyhow::Result<()> {
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
            settings: SETTINGS.into(),
            directory: self.directory.clone(),
            rehearsal: false,
        };
        let called = self.sandbox.invoke(&self.loaded, WORKSPACE, invocation, &self.grants, Arc::new(Nothing)).await;
        anyhow::ensure!(called.effects.len() == 1, "the action did not send: {called:?}");
        Ok(())
    }
}
