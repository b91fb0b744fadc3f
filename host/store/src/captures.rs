//! Captures: what was accepted, durable before it is answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{AutomationId, Capture, CaptureId, RunId, RunState, TestCapture, Timestamp, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What became of a request that was to be captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// It is on disk and waits for its run.
    Stored,
    /// A request with the same idempotency key and body was captured within 24 hours; this is it.
    Repeated(CaptureId),
    /// The same idempotency key came with another body within 24 hours.
    Conflict,
}

/// Which captures are wanted; all of them when nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureFilter {
    /// Only of this automation.
    pub automation: Option<AutomationId>,
    /// Only those of which this became, as [`CaptureRuns::state`] tells it.
    pub state: Option<RunState>,
    /// Only those that arrived at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those that arrived before this moment.
    pub to: Option<Timestamp>,
    /// Only those in which this text is found, whatever its case: in their id, in the address they came from, in their body as it
    /// was sent. A page looks through fewer captures than one without a text or a state and may well be empty; its cursor goes
    /// on. The id of a capture or of a run that is whole is looked up.
    pub text: Option<String>,
}

/// The runs of a capture, as far as they are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureRuns {
    /// The first [`CaptureRuns::TOLD_MAX`] of them, oldest first.
    pub first: Vec<RunId>,
    /// How many there are; counted up to [`CaptureRuns::COUNTED_MAX`].
    pub count: u32,
    /// How many of the first [`CaptureRuns::READ_MAX`], and of as many that failed after those, are in which state. Those that were
    /// replayed are left out: what repeats them tells. One whose record is damaged failed, as it is never brought on.
    pub states: BTreeMap<RunState, u32>,
}

impl CaptureRuns {
    /// Runs that are named.
    pub const TOLD_MAX: usize = 20;

    /// Runs that are read, and again as many that failed.
    pub const READ_MAX: usize = 100;

    /// Runs that are counted.
    pub const COUNTED_MAX: usize = 2_000;

    /// The state of several runs that says most of their capture: `failed` before what is under way, and that before `cancelled` and
    /// `succeeded`; `queued` before there is one.
    pub fn state(&self) -> RunState {
        self.states.keys().copied().min_by_key(|state| rank(*state)).unwrap_or(RunState::Queued)
    }
}

/// Which state of several says most: the smallest.
const fn rank(state: RunState) -> u8 {
    match state {
        RunState::Failed => 0,
        RunState::Held => 1,
        RunState::Running => 2,
        RunState::Waiting => 3,
        RunState::Queued => 4,
        RunState::Cancelled => 5,
        RunState::Succeeded => 6,
    }
}

/// What may be asked about captures.
#[async_trait]
pub trait Captures: Send + Sync {
    /// Writes a capture, and its idempotency key in the same transaction. Returns when it is on disk. `Busy`, `DiskFull`
    /// and `Unavailable` mean that nothing was written.
    async fn capture(&self, capture: Arc<Capture>) -> Result<Captured, StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: CaptureId) -> Result<Option<Capture>, StoreError>;

    /// Newest first.
    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: CaptureFilter,
        page: PageRequest,
    ) -> Result<Page<Capture>, StoreError>;

    /// As [`page`](Self::page), each with what its runs say of it. Many runs are read for one capture, so that a page may end early
    /// and even be empty; its cursor goes on.
    async fn page_with_runs(
        &self,
        workspace: WorkspaceId,
        filter: CaptureFilter,
        page: PageRequest,
    ) -> Result<Page<(Capture, CaptureRuns)>, StoreError>;

    /// What its runs say of a capture; nothing of one that is not there.
    async fn runs_of(&self, workspace: WorkspaceId, id: CaptureId) -> Result<CaptureRuns, StoreError>;

    /// Keeps a request to a test URL, and drops what is past [`TestCapture::KEPT_MAX`] of its automation. Nothing runs.
    async fn capture_test(&self, test: &TestCapture) -> Result<(), StoreError>;

    /// The test captures of an automation, newest first.
    async fn tests(&self, workspace: WorkspaceId, automation: AutomationId) -> Result<Vec<TestCapture>, StoreError>;

    /// Resolves when a test capture of any automation was kept since this was called. May resolve without reason.
    async fn wait_for_test(&self);
}
