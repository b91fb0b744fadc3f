//! The third gate: names that exist, paths and templates that compile, settings that suit their plugins.
//!
//! Each part of the document is looked at for itself and skipped when its structure is wrong: the second gate tells that.

use std::collections::BTreeSet;

use hookbox_mapping::{Mapping, MappingFault, Settings};
use hookbox_model::{Document, FieldMapping, IdentifierMapping, StepDocument, StepKind, Workspace};
use hookbox_store::{PageRequest, Store, StoreError};
use serde::Deserialize;
use serde_json::Value;

use super::{ranges, settings, spec, steps};
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
}

/// What is wrong with what a document means in a workspace.
pub(super) async fn faults(
    value: &Value,
    store: &dyn Store,
    workspace: &Workspace,
    config: &Config,
) -> Result<Vec<Fault>, StoreError> {
    let setting = Setting { store, workspace, config };
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
    faults.extend(setting.webhook_faults(webhook));
    if let Some(steps) = value["steps"].as_array() {
        faults.extend(setting.steps_faults(steps, &webhook["sample"]).await?);
    }
    Ok(faults)
}

impl Setting<'_> {
    /// The mapping and its sample.
    fn webhook_faults(&self, webhook: &Value) -> Vec<Fault> {
        let mut faults = ranges::trigger_faults(webhook);
        let identifier = IdentifierMapping::deserialize(&webhook["identifier"]).ok();
        let fields = webhook["map"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fields: Vec<_> = fields.iter().map(|field| FieldMapping::deserialize(field).ok()).collect();
        let found = match Mapping::compile_within(&spec::mapping(identifier.as_ref(), &fields), &self.config.mapping) {
            Err(found) => found,
            Ok(mapping) => mapping.check_sample(&webhook["sample"], &self.workspace.country),
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
            faults.extend(self.action_faults(&step, &at, sample).await?);
        }
        Ok(faults)
    }

    /// The action of a step and its settings.
    async fn action_faults(&self, step: &StepDocument, at: &str, sample: &Value) -> Result<Vec<Fault>, StoreError> {
        let templates = match Settings::compile_within(&step.settings, &self.config.mapping) {
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
