//! A run as a list shows it: one line, with names in the place of ids, and nothing of its steps but how many there are.

use hookbox_model::{AutomationId, CaptureId, ContactId, Run, RunFailure, RunId, RunState, Timestamp};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

use crate::names::Names;

/// A run in one line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct RunBrief {
    /// Its id.
    pub(crate) id: RunId,
    /// The automation.
    pub(crate) automation: AutomationId,
    /// What the automation is called now; null when it is gone.
    pub(crate) automation_name: Option<String>,
    /// The version of the automation it keeps to.
    pub(crate) automation_version: u32,
    /// What it is applied to.
    pub(crate) capture: CaptureId,
    /// Which element of the trigger's `each` it is for, from 0.
    pub(crate) item: Option<u32>,
    /// The contact, once mapping found or made one.
    pub(crate) contact: Option<ContactId>,
    /// What the contact is called now: a name, or else what it is found by.
    pub(crate) contact_name: Option<String>,
    /// Where it stands.
    pub(crate) state: RunState,
    /// When it was first claimed.
    pub(crate) began_at: Timestamp,
    /// When it came to its final state.
    pub(crate) ended_at: Option<Timestamp>,
    /// From its first claim to its final state, in milliseconds.
    pub(crate) duration_ms: Option<u64>,
    /// How many steps were tried.
    pub(crate) steps: usize,
    /// How often the step was tried that was tried most: more than 1 when anything was repeated, 0 before there is one.
    pub(crate) attempts: u32,
    /// Why it failed or waits.
    pub(crate) failure: Option<BriefFailure>,
    /// The run that it repeats.
    pub(crate) replay_of: Option<RunId>,
    /// The run that repeats it.
    pub(crate) replayed_by: Option<RunId>,
    /// When a waiting run goes on.
    pub(crate) due_at: Option<Timestamp>,
}

/// Why a run failed or waits.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct BriefFailure {
    /// A short word for programs.
    pub(crate) code: String,
    /// What happened and what to do, for people.
    pub(crate) message: String,
    /// Where: `mapping`, `host`, or the name of a step.
    pub(crate) step: String,
}

impl RunBrief {
    /// A run with the names of its automation and its contact.
    pub(crate) async fn of(run: &Run, names: &mut Names<'_>) -> Result<Self, StoreError> {
        let contact_name = match run.contact {
            Some(contact) => names.contact(contact).await?,
            None => None,
        };
        Ok(Self {
            id: run.id,
            automation: run.automation,
            automation_name: names.automation(run.automation).await?,
            automation_version: run.automation_version,
            capture: run.capture,
            item: run.item,
            contact: run.contact,
            contact_name,
            state: run.state,
            began_at: run.began_at,
            ended_at: run.finished_at,
            duration_ms: run.finished_at.map(|ended| ended.millis_since(run.began_at)),
            steps: run.steps.len(),
            attempts: run.steps.iter().map(|step| step.attempts).max().unwrap_or(0),
            failure: run.failure.as_ref().map(BriefFailure::of),
            replay_of: run.replay.map(|replay| replay.of),
            replayed_by: run.replayed_by,
            due_at: run.due_at,
        })
    }
}

impl BriefFailure {
    fn of(failure: &RunFailure) -> Self {
        Self { code: failure.code.clone(), message: failure.message.clone(), step: failure.at.clone() }
    }
}
