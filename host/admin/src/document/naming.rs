//! Which automations name a list or a member: a text in the settings of a step whose schema has that format.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hookbox_model::{Automation, AutomationState, Grants, Plugin, WorkspaceId};
use hookbox_store::{PageRequest, Store, StoreError};
use serde_json::{Map, Value};

use super::settings::{LIST, MEMBER};
use super::structure::options;
use crate::paged::every;
use crate::refusal::Refusal;

/// Automations, or plugins, that a refusal names.
const TOLD_MAX: usize = 5;

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// A list.
    List,
    /// A member.
    Member,
}

impl Naming {
    const fn format(self) -> &'static str {
        match self {
            Self::List => LIST,
            Self::Member => MEMBER,
        }
    }
}

/// What is to happen to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// What has it is called otherwise.
    Renamed,
    /// What has it is removed.
    Removed,
}

impl Taken {
    /// What to do before it about the live automations that have the name.
    const fn before(self) -> &'static str {
        match self {
            Self::Renamed => "pause them, repeat this, save them with the new name, and let them go live",
            Self::Removed => "save them without it, or pause them, then repeat this",
        }
    }
}

/// What becomes of the runs that a document's next version does not reach.
const WAITING: &str = "runs that wait or are held keep the version that they were captured with and fail at a step that names it: \
                       replay those dead letters with the newest version (`version: newest`)";

/// Refuses to take a name away that a live automation needs: its next run would find nothing under it. Whoever wants it pauses the
/// automation, which loses no request, or changes it, and is told what becomes of runs that keep to a version before. Nor is the name
/// of a list taken away that an active plugin is granted by it: what an admin allowed for one list would hold for the next of that name.
pub(crate) async fn refuse_if_named(
    store: &dyn Store,
    workspace: WorkspaceId,
    (naming, name): (Naming, &str),
    taken: Taken,
) -> Result<(), Refusal> {
    let what = naming.format();
    let automations = live_that_name(store, workspace, (naming, name)).await?;
    if !automations.is_empty() {
        let (told, before) = (told(&automations), taken.before());
        let reason = format!("live automations name the {what} {name:?}: {told}; {before}; {WAITING}");
        return Err(Refusal::NotNow { reason });
    }
    let plugins = match naming {
        Naming::List => granted(store, workspace, name).await?,
        Naming::Member => Vec::new(),
    };
    if !plugins.is_empty() {
        let told = told(&plugins);
        let reason = format!(
            "active plugins are granted the {what} {name:?} by its name: {told}; an admin approves them without it, or \
             deactivates them, first"
        );
        return Err(Refusal::NotNow { reason });
    }
    Ok(())
}

/// The first names of several, and how many more there are.
fn told(names: &[String]) -> String {
    let told: Vec<String> = names.iter().take(TOLD_MAX).map(|name| format!("{name:?}")).collect();
    let more = names.len() - told.len();
    let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{tail}", told.join(", "))
}

/// The names of the active plugins that are granted a list of this name.
async fn granted(store: &dyn Store, workspace: WorkspaceId, list: &str) -> Result<Vec<String>, StoreError> {
    let is_granted = |plugin: &Plugin| {
        let mut lists = plugin.grants.as_needs().iter().filter(|need| need.capability == Grants::LISTS_WRITE);
        lists.any(|need| need.scope.iter().any(|scope| scope == list))
    };
    let mut plugins = every(|page| store.plugins().page(workspace, page)).await?;
    plugins.retain(|plugin| plugin.active && is_granted(plugin));
    Ok(plugins.into_iter().map(|plugin| plugin.manifest.name.clone()).collect())
}

/// The names of the live automations whose newest version names it, oldest first. Of the automations one page is held at a time:
/// samples are large.
async fn live_that_name(
    store: &dyn Store,
    workspace: WorkspaceId,
    naming: (Naming, &str),
) -> Result<Vec<String>, StoreError> {
    let (mut found, mut wanted) = (Vec::new(), PageRequest::first());
    loop {
        let page = store.automations().page(workspace, wanted).await?;
        for automation in page.items {
            if automation.state == AutomationState::Live && is_named(store, &automation, naming).await? {
                found.push(automation.document.name.clone());
            }
        }
        let Some(next) = page.next else { return Ok(found) };
        wanted = PageRequest { after: Some(next), ..PageRequest::first() };
    }
}

async fn is_named(
    store: &dyn Store,
    automation: &Automation,
    (naming, name): (Naming, &str),
) -> Result<bool, StoreError> {
    // Schemas are dear: only those are looked at that may matter.
    for step in automation.document.steps.iter().filter(|step| step.settings.values().any(|value| has(value, name))) {
        let Some(action) = &step.action else { continue };
        let Some(plugin) = store.plugins().active(automation.workspace, action).await? else { continue };
        if is_asked_for(&step.settings, &plugin, naming.format(), name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a text is anywhere in a value.
fn has(value: &Value, text: &str) -> bool {
    match value {
        Value::String(value) => value == text,
        Value::Array(items) => items.iter().any(|item| has(item, text)),
        Value::Object(fields) => fields.values().any(|field| has(field, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether the schema of a plugin asks of the text `name` in its settings that it is a name of this `format`. A schema that is broken
/// asks for nothing.
fn is_asked_for(settings: &Map<String, Value>, plugin: &Plugin, format: &str, name: &str) -> bool {
    let Ok(schema) = serde_json::from_str::<Value>(&plugin.manifest.settings) else { return false };
    let (asked, wanted) = (Arc::new(AtomicBool::new(false)), name.to_owned());
    let seen = Arc::clone(&asked);
    let told = move |text: &str| {
        seen.fetch_or(text == wanted, Ordering::Relaxed);
        true
    };
    let built = options().should_validate_formats(true).with_format(format, told).build(&schema);
    let Ok(validator) = built else { return false };
    // It is shown every text that it has to judge, whatever else is wrong with the settings.
    validator.iter_errors(&Value::Object(settings.clone())).for_each(drop);
    asked.load(Ordering::Relaxed)
}
