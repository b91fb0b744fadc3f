//! A step of an automation version, compiled: it never changes, whatever else does.

use std::sync::Arc;

use hookbox_mapping::{Condition, Settings};
use hookbox_model::{Delay, Hours, RetryDocument, RunFailure, StepDocument, StepKind, WaitDocument, Zone};
use serde_json::{Map, Value};

use crate::settings::StepSettings;

/// One step, compiled.
pub(crate) struct StepPlan {
    pub(crate) title: Arc<str>,
    /// Why it fails before anything of it runs.
    pub(crate) fault: Option<RunFailure>,
    /// It is skipped when this is false.
    pub(crate) when: Option<Condition>,
    /// The run goes on when it failed for good.
    pub(crate) continue_on_failure: bool,
    pub(crate) kind: Kind,
}

/// What a step does.
pub(crate) enum Kind {
    Action(ActionPlan),
    Wait(WaitPlan),
    /// The run ends as succeeded, for this reason.
    Stop(String),
}

/// An action to call.
pub(crate) struct ActionPlan {
    pub(crate) action: String,
    /// The step's settings, or why they cannot be used.
    pub(crate) settings: Result<StepSettings, RunFailure>,
    /// The settings as written, if they name templates: these are compiled anew whenever the store's revision moved.
    pub(crate) templated: Option<Map<String, Value>>,
    pub(crate) retry: RetryDocument,
}

/// What a wait step waits for.
pub(crate) enum WaitPlan {
    For(Delay),
    /// A moment that a template gives, moved by `before` or `after`.
    Until {
        /// The template, as the one setting `until`; or why it cannot be used.
        text: Result<StepSettings, RunFailure>,
        before: Delay,
        after: Delay,
        zone: Option<Zone>,
    },
    /// The next moment within these.
    Hours(Hours),
}

impl StepPlan {
    /// Compiles a step. It was checked when the document was saved.
    pub(crate) fn compile(step: &StepDocument, limits: &hookbox_mapping::Config) -> Self {
        let title = step.title();
        let (when, fault) = match step.when.as_ref().map(|when| Condition::compile(when, limits)).transpose() {
            Ok(when) => (when, None),
            Err(fault) => (None, Some(RunFailure::new(title, "condition-failed", fault.to_string()))),
        };
        let fault = match step.kind() {
            Some(_) => fault,
            None => {
                let message = "a step has exactly one of action, wait and stop; mend the document, then replay the run";
                Some(RunFailure::new(title, "invalid-step", message))
            }
        };
        let kind = match step.kind() {
            Some(StepKind::Wait(wait)) => Kind::Wait(WaitPlan::compile(title, wait, limits)),
            Some(StepKind::Stop(reason)) => Kind::Stop(reason.to_owned()),
            Some(StepKind::Action(action)) => Kind::Action(ActionPlan {
                action: action.to_owned(),
                settings: StepSettings::compile(title, &step.settings, limits),
                templated: Settings::may_name_templates(&step.settings).then(|| step.settings.clone()),
                retry: step.retry.unwrap_or_default(),
            }),
            None => Kind::Stop(String::new()),
        };
        Self { title: title.into(), fault, when, continue_on_failure: step.continue_on_failure, kind }
    }

    /// The step's action, or the word for what it does instead.
    pub(crate) fn action(&self) -> &str {
        match &self.kind {
            Kind::Action(plan) => &plan.action,
            Kind::Wait(_) => StepDocument::WAIT,
            Kind::Stop(_) => StepDocument::STOP,
        }
    }
}

impl WaitPlan {
    fn compile(title: &str, wait: &WaitDocument, limits: &hookbox_mapping::Config) -> Self {
        match wait {
            WaitDocument::For(delay) => Self::For(*delay),
            WaitDocument::Hours(wait) => Self::Hours(wait.hours.clone()),
            WaitDocument::Until(wait) => {
                let settings = Map::from_iter([("until".to_owned(), Value::from(wait.until.as_str()))]);
                Self::Until {
                    text: StepSettings::compile(title, &settings, limits),
                    before: wait.before.unwrap_or_default(),
                    after: wait.after.unwrap_or_default(),
                    zone: wait.zone.clone(),
                }
            }
        }
    }
}
