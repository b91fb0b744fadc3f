//! The third gate: names that exist, paths and templates that compile, settings that suit their plugins.
//!
//! Each part of the document is looked at for itself and skipped when its structure is wrong: the second gate tells that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hookbox_mapping::{Condition, Settings};
use hookbox_model::{Document, StepDocument, StepKind, WaitDocument, Workspace};
use hookbox_store::{PageRequest, Store, StoreError};
use serde::Deserialize;
use serde_json::Value;

use super::directory::{Directory, directory};
use super::spec::fault;
use super::{ranges, reads, sample, settings, steps, webhook};
use crate::config::Config;
use crate::fields::declared;
use crate::fresh;
use crate::names::name_fault;
use crate::paged::every;
use crate::refusal::Fault;

/// The most actions that a fault about an unknown one names.
const NAMED_ACTIONS_MAX: usize = 100;

/// Where a document is to mean something.
struct Setting<'s> {
    store: &'s dyn Store,
    workspace: &'s Workspace,
    config: &'s Config,
    /// The texts that settings may name, by name.
    templates: BTreeMap<String, String>,
    /// The names that it may refer to.
    directory: Arc<Directory>,
}

/// What is wrong with what a document means in a workspace.
pub(super) async fn faults(
    value: &Value,
    store: &dyn Store,
    workspace: &Workspace,
    config: &Config,
) -> Result<Vec<Fault>, StoreError> {
    let templates = every(|page| store.templates().page(workspace.id, page)).await?;
    let templates = templates.into_iter().map(|template| (template.name, template.body)).collect();
    let directory = Arc::new(directory(store, workspace.id).await?);
    let setting = Setting { store, workspace, config, templates, directory };
    let mut faults = Vec::new();
    if let Some(name) = value["name"].as_str() {
        faults.extend(name_fault("name", name));
    }
    if let Some(inbox) = value["inbox"].as_str()
        && !setting.directory.inboxes.contains(inbox)
    {
        faults.push(Fault::new("inbox", format!("this workspace has no inbox {inbox:?}")));
    }
    let written = &value["trigger"]["webhook"];
    let payload =
        sample::first_payload(&written["sample"], &written["each"], &config.mapping).unwrap_or_else(|fault| {
            faults.push(fault);
            Value::Null
        });
    let declared = declared(store, workspace.id).await?;
    faults.extend(ranges::trigger_faults(written));
    faults.extend(webhook::tried(written, &payload, &declared, &workspace.country, &config.mapping).faults);
    if let Some(steps) = value["steps"].as_array() {
        faults.extend(setting.steps_faults(steps, &payload).await?);
    }
    Ok(faults)
}

impl Setting<'_> {
    /// How many steps, and each for itself.
    async fn steps_faults(&self, written: &[Value], sample: &Value) -> Result<Vec<Fault>, StoreError> {
        if written.len() > Document::STEPS_MAX {
            let message =
                format!("an automation has at most {} steps, these are {}", Document::STEPS_MAX, written.len());
            return Ok(vec![Fault::new("steps", message)]);
        }
        let mut faults = Vec::new();
        let mut titles = BTreeSet::new();
        for (index, value) in written.iter().enumerate() {
            let at = format!("steps[{index}]");
            let Ok(step) = StepDocument::deserialize(value) else { continue };
            faults.extend(step.name.as_deref().and_then(|name| name_fault(&format!("{at}.name"), name)));
            faults.extend(steps::faults(&step, &at, self.config.retry_delay_max));
            faults.extend(self.until_faults(&step, &at, sample, &titles));
            faults.extend(self.when_faults(&step, &at, sample, &titles));
            faults.extend(self.action_faults(&step, &at, sample, &titles).await?);
            if !titles.insert(step.title().to_owned()) {
                let message = format!("a step before it is called {:?} too; give one of them a name", step.title());
                faults.push(Fault::new(format!("{at}.name"), message));
            }
        }
        Ok(faults)
    }

    /// The condition of a step after those that are `earlier`.
    fn when_faults(&self, step: &StepDocument, at: &str, sample: &Value, earlier: &BTreeSet<String>) -> Vec<Fault> {
        let Some(when) = &step.when else { return Vec::new() };
        match Condition::compile(when, &self.config.mapping) {
            Err(found) => vec![fault(found.within(at))],
            Ok(when) => reads::when_faults(&when, &format!("{at}.when"), earlier, sample, fresh::now()),
        }
    }

    /// The template of the time that a step waits for.
    fn until_faults(&self, step: &StepDocument, at: &str, sample: &Value, earlier: &BTreeSet<String>) -> Vec<Fault> {
        let Some(WaitDocument::Until(wait)) = &step.wait else { return Vec::new() };
        let (limits, at) = (&self.config.mapping, format!("{at}.wait.until"));
        let text = Value::from(wait.until.as_str());
        let template = [("until".to_owned(), text.clone())].into_iter().collect();
        let found = match Settings::compile_within(&template, limits) {
            Err(found) => found,
            Ok(template) => template.check_sample(sample),
        };
        let mut faults: Vec<Fault> = found.into_iter().map(|found| Fault::new(at.as_str(), found.message)).collect();
        if faults.is_empty() {
            faults.extend(reads::step_faults(&text, &at, earlier, limits, &|_| None));
            faults.extend(reads::moment_fault(wait, &at, sample, &self.workspace.zone, limits));
        }
        faults
    }

    /// The action of a step and its settings.
    async fn action_faults(
        &self,
        step: &StepDocument,
        at: &str,
        sample: &Value,
        earlier: &BTreeSet<String>,
    ) -> Result<Vec<Fault>, StoreError> {
        let (limits, texts) = (&self.config.mapping, |name: &str| self.templates.get(name).cloned());
        let templates = settings::template_faults(&step.settings, sample, limits, &texts);
        let mut faults: Vec<Fault> = templates.into_iter().map(|found| fault(found.within(at))).collect();
        let outer = format!("{at}.settings");
        let written = Value::Object(step.settings.clone());
        faults.extend(reads::step_faults(&written, &outer, earlier, limits, &texts));
        let Some(StepKind::Action(action)) = step.kind() else { return Ok(faults) };
        match self.store.plugins().active(self.workspace.id, action).await? {
            None => faults.push(self.unknown_action(action, at).await?),
            Some(plugin) => faults.extend(settings::faults(&step.settings, &plugin, &self.directory, &outer)),
        }
        Ok(faults)
    }

    /// Says which actions there are, as far as a page of them goes.
    async fn unknown_action(&self, action: &str, at: &str) -> Result<Fault, StoreError> {
        let wanted = PageRequest { after: None, limit: NAMED_ACTIONS_MAX };
        let page = self.store.plugins().page(self.workspace.id, wanted).await?;
        let active = page.items.iter().filter(|plugin| plugin.active);
        let names: BTreeSet<&str> = active.map(|plugin| plugin.manifest.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let message = format!("no plugin {action:?} is active here; there are: {}", names.join(", "));
        Ok(Fault::new(format!("{at}.action"), message))
    }
}
