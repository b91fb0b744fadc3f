//! The third gate: names that exist, paths and templates that compile, settings that suit their plugins.
//!
//! Each part of the document is looked at for itself and skipped when its structure is wrong: the second gate tells that.

use std::collections::{BTreeMap, BTreeSet};

use hookbox_mapping::{Condition, Mapping, MappingFault, Settings};
use hookbox_model::{
    Document, Field, FieldMapping, IdentifierMapping, StepDocument, StepKind, WaitDocument, Workspace,
};
use hookbox_store::{PageRequest, Store, StoreError};
use serde::Deserialize;
use serde_json::Value;

use super::{ranges, sample, settings, spec, steps};
use crate::config::Config;
use crate::names::{has_inbox_named, name_fault};
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
}

/// What is wrong with what a document means in a workspace.
pub(super) async fn faults(
    value: &Value,
    store: &dyn Store,
    workspace: &Workspace,
    config: &Config,
) -> Result<Vec<Fault>, StoreError> {
    let templates = templates(store, workspace).await?;
    let setting = Setting { store, workspace, config, templates };
    let mut faults = Vec::new();
    if let Some(name) = value["name"].as_str() {
        faults.extend(name_fault("name", name));
    }
    if let Some(inbox) = value["inbox"].as_str()
        && !has_inbox_named(store, workspace.id, inbox).await?
    {
        faults.push(Fault::new("inbox", format!("this workspace has no inbox {inbox:?}")));
    }
    let webhook = &value["trigger"]["webhook"];
    let payload =
        sample::first_payload(&webhook["sample"], &webhook["each"], &config.mapping).unwrap_or_else(|fault| {
            faults.push(fault);
            Value::Null
        });
    let declared = setting.declared().await?;
    faults.extend(setting.webhook_faults(webhook, &payload, &declared));
    if let Some(steps) = value["steps"].as_array() {
        faults.extend(setting.steps_faults(steps, &payload).await?);
    }
    Ok(faults)
}

/// Every template of the workspace.
async fn templates(store: &dyn Store, workspace: &Workspace) -> Result<BTreeMap<String, String>, StoreError> {
    let (mut templates, mut wanted) = (BTreeMap::new(), PageRequest::first());
    loop {
        let page = store.templates().page(workspace.id, wanted.clone()).await?;
        templates.extend(page.items.into_iter().map(|template| (template.name, template.body)));
        let Some(next) = page.next else { return Ok(templates) };
        wanted.after = Some(next);
    }
}

impl Setting<'_> {
    /// The fields that the workspace declares.
    async fn declared(&self) -> Result<Vec<Field>, StoreError> {
        let (mut declared, mut wanted) = (Vec::new(), PageRequest::first());
        while declared.len() < Field::DECLARED_MAX {
            let page = self.store.fields().page(self.workspace.id, wanted.clone()).await?;
            declared.extend(page.items);
            let Some(next) = page.next else { break };
            wanted.after = Some(next);
        }
        Ok(declared)
    }

    /// The mapping, and what it makes of a payload like the sample.
    fn webhook_faults(&self, webhook: &Value, payload: &Value, declared: &[Field]) -> Vec<Fault> {
        let mut faults = ranges::trigger_faults(webhook);
        let identifier = IdentifierMapping::deserialize(&webhook["identifier"]).ok();
        let fields = webhook["map"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fields: Vec<_> = fields.iter().map(|field| FieldMapping::deserialize(field).ok()).collect();
        let country = &self.workspace.country;
        let compiled = Mapping::compile_within(&spec::mapping(identifier.as_ref(), &fields), &self.config.mapping);
        let mapping = compiled.as_ref().ok().filter(|_| identifier.is_some());
        faults.extend(sample::field_faults(&fields, declared, mapping, payload, country));
        let found = match compiled {
            Err(found) => found,
            Ok(mapping) => mapping.check_sample(payload, country),
        };
        let about_stand_in = |found: &MappingFault| identifier.is_none() && found.place.starts_with(spec::IDENTIFIER);
        faults.extend(found.into_iter().filter(|found| !about_stand_in(found)).map(fault));
        faults
    }

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
            if !titles.insert(step.title().to_owned()) {
                let message = format!("a step before it is called {:?} too; give one of them a name", step.title());
                faults.push(Fault::new(format!("{at}.name"), message));
            }
            faults.extend(steps::faults(&step, &at));
            faults.extend(self.until_faults(&step, &at, sample));
            faults.extend(self.when_fault(&step, &at));
            faults.extend(self.action_faults(&step, &at, sample).await?);
        }
        Ok(faults)
    }

    /// The condition of a step.
    fn when_fault(&self, step: &StepDocument, at: &str) -> Option<Fault> {
        let found = Condition::compile(step.when.as_deref()?, &self.config.mapping).err()?;
        Some(fault(found.within(at)))
    }

    /// The template of the time that a step waits for.
    fn until_faults(&self, step: &StepDocument, at: &str, sample: &Value) -> Vec<Fault> {
        let Some(WaitDocument::Until(wait)) = &step.wait else { return Vec::new() };
        let template = [("until".to_owned(), Value::from(wait.until.as_str()))].into_iter().collect();
        let found = match Settings::compile_within(&template, &self.config.mapping) {
            Err(found) => found,
            Ok(template) => template.check_sample(sample),
        };
        found.into_iter().map(|found| Fault::new(format!("{at}.wait.until"), found.message)).collect()
    }

    /// The action of a step and its settings.
    async fn action_faults(&self, step: &StepDocument, at: &str, sample: &Value) -> Result<Vec<Fault>, StoreError> {
        let templates = match Settings::compile_with(&step.settings, &self.config.mapping, &|name| {
            self.templates.get(name).cloned()
        }) {
            Err(found) => found,
            Ok(settings) => settings.check_sample(sample),
        };
        let mut faults: Vec<Fault> = templates.into_iter().map(|found| fault(found.within(at))).collect();
        let Some(StepKind::Action(action)) = step.kind() else { return Ok(faults) };
        match self.store.plugins().active(self.workspace.id, action).await? {
            None => faults.push(self.unknown_action(action, at).await?),
            Some(plugin) => {
                let outer = format!("{at}.settings");
                faults.extend(settings::faults(&step.settings, &plugin.manifest.settings, &outer));
            }
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

fn fault(found: MappingFault) -> Fault {
    Fault::new(found.place, found.message)
}
