//! An action call as the runner makes it: `Sandbox::invoke`, with everything granted that the plugin asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use bytes::Bytes;
use hookbox_model::{
    Contact, ContactId, ContactView, Digest, Directory, Grants, Identifier, Invocation, JsonLimits, Payload, RunId,
    Timestamp, WorkspaceId,
};
use hookbox_sandbox::{Config, Loaded, Nothing, Sandbox};

use crate::called::{Action, PAYLOAD, STEP};

const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([7; 16]);

/// A sandbox, an action in it and what it is called with.
pub(crate) struct Ours<'a> {
    action: &'a Action,
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
    /// Compiles the component and prepares what it is called with.
    pub(crate) async fn new(action: &'a Action) -> Result<Self> {
        let sandbox = Sandbox::new(Config::default())?;
        let loaded = sandbox.load(Digest::of(action.component), action.component).await?;
        let grants = Grants::all_of(&sandbox.describe(&loaded).await?.needs);
        let phone = Identifier::Phone("+12155556677".into());
        let contact = Contact::unknown(ContactId::from_bytes([1; 16]), WORKSPACE, &phone, Timestamp::from_millis(0));
        let names = |name: &str| BTreeSet::from([name.to_owned()]);
        let directory =
            Directory { lists: names("customers"), inboxes: names("support"), members: names("front-desk") };
        Ok(Self {
            action,
            sandbox,
            loaded,
            grants,
            contact: Arc::new(contact),
            directory: Arc::new(directory),
            inbox: "support".into(),
            step_name: STEP.into(),
            payload: Payload::parse(Bytes::from_static(PAYLOAD.as_bytes()), JsonLimits::default())?,
        })
    }

    /// One call, which has to succeed and to ask for one effect.
    pub(crate) async fn call(&self) -> Result<()> {
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
            settings: self.action.settings.into(),
            directory: self.directory.clone(),
            rehearsal: false,
        };
        let called = self.sandbox.invoke(&self.loaded, WORKSPACE, invocation, &self.grants, Arc::new(Nothing)).await;
        if let Err(failure) = called.result? {
            bail!("{} failed: {failure:?}", self.action.name);
        }
        ensure!(called.effects.len() == 1, "{} asked for {} effects", self.action.name, called.effects.len());
        Ok(())
    }
}
