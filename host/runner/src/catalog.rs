//! What runs need to know of automations, plugins and names, read once for each revision of the store.
//!
//! A plan is an automation version compiled: it never changes. What it refers to by name (lists, inboxes, members, the
//! active version of a plugin) is resolved anew when the store's revision moved.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hookbox_mapping::Each;
use hookbox_model::{Automation, AutomationId, AutomationState, Digest, InboxId, Plugin, RunFailure, WorkspaceId};
use hookbox_sandbox::Sandbox;
use hookbox_store::{Store, StoreError};
use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::names::Names;
use crate::plan::{ActionPlan, Kind, StepPlan};
use crate::ready::{Asked, Readies};
use crate::settings::StepSettings;
use crate::subject::SubjectMapping;
use crate::{Config, Metrics};

/// Compiled automations, and what they refer to.
pub(crate) struct Catalog {
    store: Arc<dyn Store>,
    mapping: hookbox_mapping::Config,
    plans: Cache<(AutomationId, u32), Arc<Plan>>,
    names: Cache<WorkspaceId, (u64, Arc<Names>)>,
    readies: Readies,
}

/// An automation version, compiled.
pub(crate) struct Plan {
    pub(crate) automation: Arc<Automation>,
    /// The document's mapping, or why it cannot be used.
    pub(crate) mapping: Result<SubjectMapping, RunFailure>,
    /// The array that a payload is split at, or why it cannot be.
    pub(crate) each: Option<Result<Each, RunFailure>>,
    pub(crate) inbox: Arc<str>,
    pub(crate) steps: Vec<StepPlan>,
    resolved: Mutex<Option<Arc<Resolved>>>,
}

/// What a plan refers to by name, at one revision of the store.
pub(crate) struct Resolved {
    revision: u64,
    workspace: WorkspaceId,
    pub(crate) names: Arc<Names>,
    /// The automation's inbox; absent when it was removed.
    pub(crate) inbox: Option<InboxId>,
    /// Whether the automation, as it is now, is paused.
    pub(crate) paused: bool,
    /// What is known of each step's action, once a run came to it.
    actions: Vec<Active>,
    /// The settings of the steps that name templates, by the step's place.
    pub(crate) templated: HashMap<usize, Result<StepSettings, RunFailure>>,
}

/// The version that is active for a step's action.
#[derive(Default)]
struct Active {
    /// Its record; absent when no version is.
    plugin: OnceLock<Option<Arc<Plugin>>>,
    /// Why it cannot be called, until something about it is changed.
    failed: OnceLock<RunFailure>,
}

/// A step that calls an action.
#[derive(Clone, Copy)]
pub(crate) struct ActionStep<'a> {
    /// Its place.
    pub(crate) index: usize,
    pub(crate) name: &'a str,
    pub(crate) action: &'a str,
}

impl Catalog {
    pub(crate) fn new(store: Arc<dyn Store>, sandbox: Sandbox, config: &Config, metrics: Metrics) -> Self {
        Self {
            readies: Readies::new(store.clone(), sandbox, config, metrics),
            store,
            mapping: config.mapping,
            plans: Cache::new(config.automations_kept_max),
            names: Cache::new(config.workspaces_kept_max),
        }
    }

    /// An automation version, compiled; `None` when the store does not have it.
    pub(crate) async fn plan(
        &self,
        workspace: WorkspaceId,
        id: AutomationId,
        version: u32,
    ) -> Result<Option<Arc<Plan>>, StoreError> {
        if let Some(plan) = self.plans.get(&(id, version)) {
            return Ok(Some(plan));
        }
        let Some(automation) = self.store.automations().version(workspace, id, version).await? else { return Ok(None) };
        let plan = Arc::new(Plan::compile(automation, &self.mapping));
        self.plans.insert((id, version), plan.clone());
        Ok(Some(plan))
    }

    /// What a plan refers to by name, as of now.
    pub(crate) async fn resolve(&self, plan: &Plan) -> Result<Arc<Resolved>, StoreError> {
        // Read first: what changes while we read makes the next call read again.
        let revision = self.store.revision();
        if let Some(resolved) = plan.resolved.lock().as_ref().filter(|resolved| resolved.revision == revision) {
            return Ok(resolved.clone());
        }
        let workspace = plan.automation.workspace;
        let names = self.names(workspace, revision).await?;
        let actions = plan.steps.iter().map(|_| Active::default()).collect();
        let templated = self.templated(plan, &names);
        let newest = self.store.automations().get(workspace, plan.automation.id).await?;
        let paused = newest.is_some_and(|automation| automation.state == AutomationState::Paused);
        let resolved = Arc::new(Resolved {
            revision,
            workspace,
            inbox: names.inbox(&plan.inbox),
            names,
            paused,
            actions,
            templated,
        });
        *plan.resolved.lock() = Some(resolved.clone());
        Ok(resolved)
    }

    /// The plugin that a step calls: the version that it keeps to, else the active one. It is still being loaded when that takes
    /// longer than `patience`.
    pub(crate) async fn plugin(
        &self,
        resolved: &Resolved,
        step: ActionStep<'_>,
        keeps_to: Option<Digest>,
        patience: Option<Duration>,
    ) -> Result<Asked, StoreError> {
        let active = self.active(resolved, step).await?;
        match (active, keeps_to) {
            (Some(plugin), None) => self.call_active(resolved, step, plugin, patience).await,
            (Some(plugin), Some(digest)) if plugin.digest == digest => {
                self.call_active(resolved, step, plugin, patience).await
            }
            (_, Some(digest)) => self.call_pinned(resolved.workspace, digest, step.name, patience).await,
            (None, None) => {
                let message =
                    format!("no plugin {:?} is active; install or activate one, then replay the run", step.action);
                Ok(Asked::Failed(RunFailure::new(step.name, "unknown-action", message)))
            }
        }
    }

    /// A version to rehearse with, whatever was decided about it.
    pub(crate) async fn rehearsed(&self, plugin: &Arc<Plugin>, step: &str) -> Result<Asked, StoreError> {
        self.readies.rehearsed(Arc::clone(plugin), step).await
    }

    /// The version that is active for a step's action.
    pub(crate) async fn active(
        &self,
        resolved: &Resolved,
        step: ActionStep<'_>,
    ) -> Result<Option<Arc<Plugin>>, StoreError> {
        let known = resolved.actions.get(step.index).map(|active| &active.plugin);
        if let Some(plugin) = known.and_then(OnceLock::get) {
            return Ok(plugin.clone());
        }
        let plugin = self.store.plugins().active(resolved.workspace, step.action).await?;
        // Others may have looked it up meanwhile: the first answer is everybody's.
        Ok(known.map_or_else(|| plugin.clone(), |known| known.get_or_init(|| plugin.clone()).clone()))
    }

    async fn call_active(
        &self,
        resolved: &Resolved,
        step: ActionStep<'_>,
        plugin: Arc<Plugin>,
        patience: Option<Duration>,
    ) -> Result<Asked, StoreError> {
        let failed = resolved.actions.get(step.index).map(|active| &active.failed);
        if let Some(failure) = failed.and_then(OnceLock::get) {
            return Ok(Asked::Failed(failure.clone()));
        }
        let asked = self.readies.approved(plugin, step.name, patience).await?;
        if let (Asked::Failed(failure), Some(failed)) = (&asked, failed) {
            failed.get_or_init(|| failure.clone());
        }
        Ok(asked)
    }

    async fn call_pinned(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        step: &str,
        patience: Option<Duration>,
    ) -> Result<Asked, StoreError> {
        // Read each time: what is approved is what this workspace approved now, whatever others gave the same component.
        match self.store.plugins().get(workspace, digest).await? {
            Some(plugin) => self.readies.approved(plugin, step, patience).await,
            None => {
                let message = format!("the plugin version {digest} that the run keeps to was removed; replay the run");
                Ok(Asked::Failed(RunFailure::new(step, "unknown-action", message)))
            }
        }
    }

    fn templated(&self, plan: &Plan, names: &Names) -> HashMap<usize, Result<StepSettings, RunFailure>> {
        let compile = |(index, step): (usize, &StepPlan)| {
            let Kind::Action(ActionPlan { templated: Some(settings), .. }) = &step.kind else { return None };
            let text = |name: &str| names.template(name).map(str::to_owned);
            Some((index, StepSettings::compile_with(&step.title, settings, &self.mapping, &text)))
        };
        plan.steps.iter().enumerate().filter_map(compile).collect()
    }

    async fn names(&self, workspace: WorkspaceId, revision: u64) -> Result<Arc<Names>, StoreError> {
        if let Some((_, names)) = self.names.get(&workspace).filter(|(read_at, _)| *read_at == revision) {
            return Ok(names);
        }
        let names = Arc::new(Names::read(&*self.store, workspace).await?);
        self.names.insert(workspace, (revision, names.clone()));
        Ok(names)
    }
}

impl Plan {
    /// Compiles an automation version.
    pub(crate) fn compile(automation: Arc<Automation>, limits: &hookbox_mapping::Config) -> Self {
        let document = &automation.document;
        let webhook = &document.trigger.webhook;
        let each = webhook.each.as_ref().map(|each| {
            Each::compile(each, limits)
                .map_err(|fault| RunFailure::new("mapping", "invalid-mapping", fault.to_string()))
        });
        Self {
            each,
            mapping: SubjectMapping::compile(webhook, limits),
            inbox: document.inbox.as_str().into(),
            steps: document.steps.iter().map(|step| StepPlan::compile(step, limits)).collect(),
            automation: automation.clone(),
            resolved: Mutex::default(),
        }
    }
}
