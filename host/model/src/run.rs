//! A run: one automation applied to one capture, and the record of each step.

use serde::{Deserialize, Serialize};

use crate::{AutomationId, Capture, CaptureId, ContactId, Digest, Effect, LogLine, RunId, Timestamp, WorkspaceId};

/// One automation applied to one capture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id; the first run of a capture has the capture's UUID.
    pub id: RunId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The automation.
    pub automation: AutomationId,
    /// The version of the automation it keeps to.
    pub automation_version: u32,
    /// What it is applied to.
    pub capture: CaptureId,
    /// Which element of the trigger's `each` it is for, from 0.
    pub item: Option<u32>,
    /// The run that it repeats.
    pub replay: Option<Replay>,
    /// The run that repeats it; a dead letter that has one waits for nobody.
    pub replayed_by: Option<RunId>,
    /// The contact, once mapping found or made one.
    pub contact: Option<ContactId>,
    /// Where it stands.
    pub state: RunState,
    /// 1 when first committed; a commit names the revision it read and is refused if another came first.
    pub revision: u32,
    /// One record for each step that was tried, in order.
    pub steps: Vec<StepRecord>,
    /// Why it failed or waits.
    pub failure: Option<RunFailure>,
    /// When a waiting run goes on.
    pub due_at: Option<Timestamp>,
    /// When it began; until then, when it was first claimed.
    pub began_at: Timestamp,
    /// When it came to its final state.
    pub finished_at: Option<Timestamp>,
    /// The plugin versions that its steps keep to from when it first waited, whatever is activated meanwhile; one for each
    /// action that was still to come.
    pub pins: Vec<Pin>,
}

/// The plugin version that the steps of an action keep to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pin {
    /// The action's name.
    pub action: String,
    /// SHA-256 of the component.
    pub digest: Digest,
}

/// What a run repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replay {
    /// The run that ended.
    pub of: RunId,
    /// How many of its first steps are kept as that run left them, their effects with it: they do not run again.
    pub steps_kept: u32,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Captured and not begun.
    Queued,
    /// A host is at it.
    Running,
    /// It goes on when it is due: a wait step, or another attempt.
    Waiting,
    /// It begins when its automation is live again.
    Held,
    /// Every step is done. Final.
    Succeeded,
    /// A dead letter: it failed for good, or was tried as often as allowed. Final.
    Failed,
    /// Somebody ended it; what it had committed stays. Final.
    Cancelled,
}

/// Why a run failed or waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunFailure {
    /// Where: `mapping`, `host`, or the name of a step.
    pub at: String,
    /// A short word for programs (`timeout`, `memory`, `trap`, `invalid-phone`, or the plugin's own).
    pub code: String,
    /// What happened and what to do, for people.
    pub message: String,
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The step's name.
    pub name: String,
    /// The action it runs; `wait` or `stop` for these steps.
    pub action: String,
    /// The plugin version that ran (`send-message 1.0.0`); empty when none did.
    pub plugin: String,
    /// SHA-256 of the component that ran, if one did.
    pub digest: Option<Digest>,
    /// Where it stands.
    pub state: StepState,
    /// How often it was tried.
    pub attempts: u32,
    /// The settings as the action got them: JSON text.
    pub input: String,
    /// What it returned to later steps: JSON text.
    pub output: String,
    /// The effects that were committed with this record.
    pub effects: Vec<Effect>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// How long the last attempt took, in microseconds.
    pub duration_us: u64,
    /// The most memory the last attempt held, in bytes.
    pub memory_bytes: u64,
    /// Why it failed, if it did.
    pub failure: Option<RunFailure>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Done; its effects are committed.
    Succeeded,
    /// Its condition was false.
    Skipped,
    /// Not over: a wait step, or an action whose plugin is in quarantine.
    Waiting,
    /// Failed, to be tried again.
    Retrying,
    /// Failed for good, and the run went on because the step says so.
    Tolerated,
    /// Failed for good.
    Failed,
}

impl RunFailure {
    /// Why a run ends or waits at `at`.
    pub fn new(at: &str, code: &str, message: impl Into<String>) -> Self {
        Self { at: at.to_owned(), code: code.to_owned(), message: message.into() }
    }
}

impl RunState {
    /// Whether the state can never change again.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
            Self::Queued | Self::Running | Self::Waiting | Self::Held => false,
        }
    }

    /// The state in one word, as the API and metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl StepRecord {
    /// How many bytes its texts and effects have.
    pub fn bytes(&self) -> usize {
        let log: usize = self.log.iter().map(|line| line.message.len()).sum();
        let effects: usize = self.effects.iter().map(Effect::bytes).sum();
        self.input.len() + self.output.len() + log + effects
    }
}

impl StepState {
    /// Whether the run is past the step.
    pub const fn is_done(self) -> bool {
        match self {
            Self::Succeeded | Self::Skipped | Self::Tolerated => true,
            Self::Waiting | Self::Retrying | Self::Failed => false,
        }
    }

    /// The state in one word, as the API and metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Tolerated => "tolerated",
            Self::Failed => "failed",
        }
    }
}

impl Run {
    /// The first run of a capture, not stored yet (revision 0); `item` is still to be set for one of several.
    pub fn first_of(capture: &Capture, now: Timestamp) -> Self {
        Self {
            id: capture.id.retyped(),
            workspace: capture.workspace,
            automation: capture.automation,
            automation_version: capture.automation_version,
            capture: capture.id,
            item: None,
            replay: None,
            replayed_by: None,
            contact: None,
            state: RunState::Running,
            revision: 0,
            steps: Vec::new(),
            failure: None,
            due_at: None,
            began_at: now,
            finished_at: None,
            pins: Vec::new(),
        }
    }

    /// The plugin version that the steps of an action keep to, if the run has one.
    pub fn pin(&self, action: &str) -> Option<Digest> {
        self.pins.iter().find(|pin| pin.action == action).map(|pin| pin.digest)
    }

    /// How many steps are done: the place where the run goes on.
    pub fn steps_done(&self) -> usize {
        self.steps.iter().take_while(|step| step.state.is_done()).count()
    }
}
