//! A dry run: what an automation would do with a payload, and nothing of it done.

use std::sync::Arc;

use crate::{
    CaptureId, Contact, Conversation, Document, Message, Payload, Plugin, RunFailure, StateAccess, StepRecord,
    Timestamp, WorkspaceId,
};

/// What to try out.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The automation's document, saved or not.
    pub document: Arc<Document>,
    /// The payload.
    pub payload: Payload,
    /// Which element of `each`, from 0; the first when absent.
    pub item: Option<u32>,
    /// What runs.
    pub extent: Extent,
    /// The version that steps run of the plugin with its name, whatever is active, with the grants in this record.
    pub instead: Option<Arc<Plugin>>,
    /// Whose ids and moment the run has; new ones when absent. Dry runs as of the same capture and moment differ in nothing but
    /// what their plugins do.
    pub as_of: Option<AsOf>,
}

/// A capture that dry runs repeat, at a moment that they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The capture: its first run's id follows from it, and from that what actions take for random.
    pub capture: CaptureId,
    /// What the run takes for now.
    pub now: Timestamp,
}

/// How much of an automation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The mapping alone: the contact as it would become.
    Mapping,
    /// Every step. Waits are over at once; a step that fails is not tried again.
    Steps,
}

/// What would be. Nothing of it is stored. By default it is nothing.
#[derive(Debug, Clone, Default)]
pub struct DryRunReport {
    /// How many elements `each` has; `None` without `each`.
    pub items: Option<u32>,
    /// The contact as it is stored; `None` when the run would make it, or mapping failed.
    pub before: Option<Arc<Contact>>,
    /// The contact as it would become; `None` when mapping failed.
    pub after: Option<Arc<Contact>>,
    /// What each step did, with its effects.
    pub steps: Vec<StepRecord>,
    /// The conversations that would change: as stored (`None`: it would begin) and as they would become.
    pub conversations: Vec<(Option<Arc<Conversation>>, Arc<Conversation>)>,
    /// The messages that would be written, in the state they would have.
    pub messages: Vec<Message>,
    /// What would become of plugin state: the plugin's name, and each key that it looked at or wrote.
    pub state: Vec<(String, StateAccess)>,
    /// Why it would fail.
    pub failure: Option<RunFailure>,
}
