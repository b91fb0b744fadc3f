//! What runs need to know of automations, plugins and names, read once for each revision of the store.
//!
//! A plan is an automation version compiled: it never changes. What it refers to by name (lists, inboxes, members, the
//! active version of a plugin) is resolved anew when the store's revision moved.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_mapping::Each;
use hookbox_model::{Automation, AutomationId, AutomationState, Digest, InboxId, Plugin, RunFailure, WorkspaceId};
use hookbox_sandbox::{Loaded, Sandbox};
use hookbox_store::{Store, StoreError};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use tokio::sync::OnceCell;

use crate::metrics::StepCounters;
use crate::names::Names;
use crate::plan::{ActionPlan, Kind, StepPlan};
use crate::settings::StepSettings;
use crate::subject::SubjectMapping;
use crate::{Config, Metrics};

/// Compiled automations and loaded plugins.
pub(crate) struct Catalog {
    store: Arc<dyn Store>,
    sandbox: Sandbox,
    metrics: Metrics,
    mapping: hookbox_mapping::Config,
    plans: Cache<(AutomationId, u32), Arc<Plan>>,
    names: Mutex<HashMap<WorkspaceId, (u64, Arc<Names>)>>,
    ready: Mutex<HashMap<Digest, Arc<Ready>>>,
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
    /// The plugin of each step, or why there is none, once a run came to it: making one ready can take many seconds, and
    /// nobody else waits for it.
    actions: Vec<OnceCell<Result<Arc<Ready>, RunFailure>>>,
    /// The settings of the steps that name templates, by the step's place.
    pub(crate) templated: HashMap<usize, Result<StepSettings, RunFailure>>,
}

/// A plugin ready to be called.
pub(crate) struct Ready {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) counters: StepCounters,
    /// Name and version, as step records say it.
    pub(crate) label: String,
}

impl Catalog {
    pub(crate) fn new(store: Arc<dyn Store>, sandbox: Sandbox, config: &Config, metrics: Metrics) -> Self {
        Self {
            store,
            sandbox,
            metrics,
            mapping: config.mapping,
            plans: Cache::new(config.automations_kept_max),
            names: Mutex::default(),
            ready: Mutex::default(),
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
        let actions = plan.steps.iter().map(|_| OnceCell::new()).collect();
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

    /// The plugin version that is active for a step's action.
    pub(crate) async fn active(
        &self,
        resolved: &Resolved,
        index: usize,
        action: &ActionPlan,
        step: &str,
    ) -> Result<Result<Arc<Ready>, RunFailure>, StoreError> {
        let look_up = async || match self.store.plugins().active(resolved.workspace, &action.action).await? {
            Some(plugin) => self.ready(plugin, step).await,
            None => {
                let message = format!("no plugin {:?} is installed; install it, then replay the run", action.action);
                Ok(Err(RunFailure::new(step, "unknown-action", message)))
            }
        };
        match resolved.actions.get(index) {
            Some(once) => once.get_or_try_init(look_up).await.cloned(),
            None => look_up().await,
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

    /// The plugin version that an interrupted or retried step began with.
    pub(crate) async fn pinned(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        step: &str,
    ) -> Result<Result<Arc<Ready>, RunFailure>, StoreError> {
        // Read each time: the grants are those of this workspace, whatever others gave the same component.
        match self.store.plugins().get(workspace, digest).await? {
            Some(plugin) => self.ready(plugin, step).await,
            None => Ok(Err(RunFailure::new(
                step,
                "unknown-action",
                format!("the plugin version {digest} was removed; replay the run"),
            ))),
        }
    }

    async fn names(&self, workspace: WorkspaceId, revision: u64) -> Result<Arc<Names>, StoreError> {
        if let Some((_, names)) = self.names.lock().get(&workspace).filter(|(read_at, _)| *read_at == revision) {
            return Ok(names.clone());
        }
        let names = Arc::new(Names::read(&*self.store, workspace).await?);
        self.names.lock().insert(workspace, (revision, names.clone()));
        Ok(names)
    }

    async fn ready(&self, plugin: Arc<Plugin>, step: &str) -> Result<Result<Arc<Ready>, RunFailure>, StoreError> {
        if let Some(ready) = self.ready.lock().get(&plugin.digest).filter(|ready| ready.plugin == plugin) {
            return Ok(Ok(ready.clone()));
        }
        let loaded = match self.sandbox.loaded(plugin.digest) {
            Some(loaded) => loaded,
            None => {
                let Some(component) = self.store.plugins().component(plugin.digest).await? else {
                    return Ok(Err(RunFailure::new(
                        step,
                        "plugin",
                        format!("the component of {} is gone", plugin.manifest.name),
                    )));
                };
                match self.sandbox.load(plugin.digest, &component).await {
                    Ok(loaded) => loaded,
                    Err(error) => return Ok(Err(RunFailure::new(step, "plugin", error.to_string()))),
                }
            }
        };
        let ready = Arc::new(Ready {
            counters: self.metrics.step_counters(&plugin.manifest.name),
            label: format!("{} {}", plugin.manifest.name, plugin.manifest.version),
            loaded,
            plugin,
        });
        self.ready.lock().insert(ready.plugin.digest, ready.clone());
        Ok(Ok(ready))
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
