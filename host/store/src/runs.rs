//! Runs: claimed, brought on step by step, each commit one transaction of records and effects.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{
    Audited, AutomationId, Capture, Contact, ContactId, Conversation, Message, Run, RunId, RunState, StateAccess,
    Timestamp, WorkspaceId,
};

use crate::{CommitError, Page, PageRequest, RunWatch, StoreError};

/// A run handed to a host. Until it is committed to a final or waiting state, or released, nobody else gets it.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What it is a run of.
    pub capture: Arc<Capture>,
    /// The run as last committed; `None` when it never was.
    pub run: Option<Run>,
    /// How many times a host ended without a clean close while this run was unfinished. Already on disk.
    pub interruptions: u32,
}

impl Claim {
    /// The id of the claimed run: a capture's first run carries the capture's UUID.
    pub fn run_id(&self) -> RunId {
        self.run.as_ref().map_or_else(|| self.capture.id.retyped(), |run| run.id)
    }
}

/// New step records of one run and everything they change, to be written together or not at all.
#[derive(Debug, Clone)]
pub struct RunCommit {
    /// The run as it becomes. Its `revision` is one more than the one that must be stored now (1: none is stored).
    pub run: Run,
    /// The contact that the steps saw, and what changes of it; `None` when they saw none.
    pub contact: Option<ContactCommit>,
    /// Further runs of the same capture (the other elements of `each`), in state `queued` at revision 1, due at once.
    pub begins: Vec<Run>,
    /// Plugin state that its steps looked at or wrote, each key of a plugin once. What was seen must be there just so now, else
    /// the commit is refused with `StateChanged`. What has expired by the clock of the store when it applies the commit is absent,
    /// in what was seen as in what is there: time alone changes nothing. (The run's own times say nothing about now: it may
    /// have begun, or been due, days before.) What would make a plugin keep more than the store's limits, counted with everything
    /// committed before, is refused with `StateFull`; a write that replaces counts by what it adds, and one that takes away is
    /// never refused for it.
    pub state: Vec<StateCommit>,
}

/// Plugin state that a run looked at or wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCommit {
    /// The plugin's name: state belongs to the name, whatever version wrote it.
    pub plugin: String,
    /// The key, what was seen under it and what is to be there.
    pub access: StateAccess,
}

/// The contact that a run saw and what it changes of it.
///
/// Everything is compared with what was *read*, not by version alone: a commit that builds on one which is refused must be
/// refused too, also when somebody else's change brought the record to the same version.
#[derive(Debug, Clone)]
pub struct ContactCommit {
    /// The contact as the run saw it, which must be stored just so now. `None`: no contact has any of `after`'s identifiers.
    pub before: Option<Arc<Contact>>,
    /// The contact as it becomes, at the next version; at the same version nothing of it is written. The index of lists
    /// follows its `lists`, that of identifiers its identifiers.
    pub after: Arc<Contact>,
    /// Conversations that change.
    pub conversations: Vec<ConversationCommit>,
    /// New messages; those in state `queued` or `held` go to the outbox in the same transaction. A message for a contact that
    /// may not be written to at this moment is written as `suppressed` (with the reason) and does not.
    pub messages: Vec<Message>,
}

/// A conversation that a run changes.
#[derive(Debug, Clone)]
pub struct ConversationCommit {
    /// The conversation as the run saw it, which must be stored just so now. `None`: the contact has none in that inbox.
    pub before: Option<Arc<Conversation>>,
    /// The conversation as it becomes, at the next version.
    pub after: Arc<Conversation>,
}

/// Resolves when the commit is on disk, or was refused.
pub type CommitReceipt = Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send>>;

/// Which runs are wanted; all of them when nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only of this automation.
    pub automation: Option<AutomationId>,
    /// Only in this state.
    pub state: Option<RunState>,
    /// Only of this contact.
    pub contact: Option<ContactId>,
    /// Only those that were replayed, or only those that were not: dead letters are failed and not replayed.
    pub replayed: Option<bool>,
    /// Only those made at this moment or later: a run is made when its request is captured, or when a replay is asked for.
    pub from: Option<Timestamp>,
    /// Only those made before this moment.
    pub to: Option<Timestamp>,
    /// Only those that failed with this code.
    pub code: Option<String>,
    /// Only those in which this text is found, whatever its case: in their id and that of their capture, in the code and the
    /// message of their failure, in the names of their steps, in the body of their capture as it was sent, in the contact's
    /// name and identifiers as they are now. A phone number is found by its digits. A page looks through fewer runs than
    /// one without a text and may well be empty; its cursor goes on. An id that is whole is looked up.
    pub text: Option<String>,
    /// Which come first. A cursor goes on in the order of the page that gave it.
    pub order: RunOrder,
}

/// How many runs there are, as far as was looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunCount {
    /// How many were found.
    pub count: u64,
    /// Whether there may be more: the look ended before it had seen all.
    pub more: bool,
}

/// Which runs come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// The newest: what somebody looks for.
    #[default]
    NewestFirst,
    /// The oldest: what is repeated, so that it happens in the order in which it was sent.
    OldestFirst,
}

/// What may be asked about runs.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Up to `limit` runs to bring on: fresh captures, runs that are due, and runs that a host left unfinished. Within a
    /// workspace in order of arrival; between workspaces in turn, so that one with a million waiting does not delay
    /// another's first. Runs that were interrupted are counted on disk before they are handed out, a few at a time, and
    /// alone from their second interruption on, so that the one that kills its host is found and its neighbours are not blamed.
    async fn claim(&self, limit: usize) -> Result<Vec<Claim>, StoreError>;

    /// Resolves when `claim` may have something to give. May resolve without reason; never misses one.
    async fn wait_for_work(&self);

    /// Writes records and effects in one transaction, if the run, the contact and plugin state are where they were read. A run that comes to
    /// `held` waits for its automation to be live, and is refused with `AutomationChanged` when that is not paused now.
    /// One that begins to keep to a plugin version which is gone, or is being removed, is refused as `Stale`.
    ///
    /// The commit takes its place in line **before this returns**; commits of one caller are applied in the order of
    /// their calls, so that a commit may build on one that is not on disk yet (it is refused if that one is).
    fn commit_run(&self, commit: RunCommit) -> CommitReceipt;

    /// Gives claimed runs back unfinished (drain, or a commit that was refused); another `claim` hands them out again.
    /// They do not count as interrupted.
    async fn release(&self, runs: &[(WorkspaceId, RunId)]);

    /// Ends a run that is not final, begun or not, as `cancelled`; a commit of whoever is at it is refused from then on. The run
    /// as it is then: one that is final already stays as it is. `None` when the workspace has no such run. It is counted in the same
    /// transaction, and so is its capture if it had not begun: whoever brings runs on is not told of it.
    async fn cancel(
        &self,
        workspace: WorkspaceId,
        id: RunId,
        at: Timestamp,
        audited: Audited,
    ) -> Result<Option<Run>, StoreError>;

    /// Adds a run that repeats another (`replay` says which; state `queued`, revision 1), due at once, and notes it as the other's
    /// `replayed_by`. `Missing` when the other is not there, `Stale` when it is not final or was replayed already.
    async fn replay(&self, run: &Run, audited: Audited) -> Result<(), StoreError>;

    /// Resolves when the run is final; at once when it is. `Missing` when the workspace has no such run.
    async fn finished(&self, workspace: WorkspaceId, id: RunId) -> Result<Run, StoreError>;

    /// The one with this id, if the workspace has it: one that has not begun answers as `queued`, or as `running` while a host has
    /// claimed it.
    async fn get(&self, workspace: WorkspaceId, id: RunId) -> Result<Option<Run>, StoreError>;

    /// In the order of the filter. Runs that were never committed are not on it.
    async fn page(&self, workspace: WorkspaceId, filter: RunFilter, page: PageRequest)
    -> Result<Page<Run>, StoreError>;

    /// How many runs a filter wants, in the order in which it shows them: the look ends at a limit of the backend's.
    async fn count(&self, workspace: WorkspaceId, filter: RunFilter) -> Result<RunCount, StoreError>;

    /// Looks on from now on at what is committed of the runs of a workspace, whoever commits it.
    fn watch(&self, workspace: WorkspaceId) -> Box<dyn RunWatch>;
}
