//! From a payload to the contact it is about, with the mapped fields written: what a run does before its first step, in one
//! call and without a run. Nothing is stored. The bench calls it.

use std::sync::Arc;

use hookbox_model::{Automation, Contact, RunFailure};
use hookbox_store::{Store, StoreError};
use serde_json::Value;

use crate::Config;
use crate::catalog::Plan;
use crate::effects::Draft;
use crate::names::Names;
use crate::subject::Subject;

/// An automation's mapping with the names of its workspace, as they were when it was made.
pub struct Resolution {
    store: Arc<dyn Store>,
    plan: Plan,
    names: Names,
}

impl Resolution {
    /// Compiles the automation and reads the names of its workspace.
    pub async fn of(store: Arc<dyn Store>, automation: Arc<Automation>, config: &Config) -> Result<Self, StoreError> {
        let names = Names::read(&*store, automation.workspace).await?;
        Ok(Self { plan: Plan::compile(automation, &config.mapping), names, store })
    }

    /// The contact as the payload leaves it, found or made (version 0); or why a run would fail. Fails when the store cannot be
    /// read.
    pub async fn contact(&self, payload: &Value) -> Result<Result<Arc<Contact>, RunFailure>, StoreError> {
        let subject = match Subject::find(&self.plan.mapping, &self.names.country, payload) {
            Ok(subject) => subject,
            Err(failure) => return Ok(Err(failure)),
        };
        let known = subject.read_contact(&*self.store, self.plan.automation.workspace).await?;
        let mut draft = Draft::of(known);
        let written = subject.write(&mut draft, &self.names);
        let checked = written.map_err(|fault| RunFailure::new("mapping", "invalid-field", fault.to_string()));
        Ok(checked.map(|()| Arc::clone(draft.contact())))
    }
}
