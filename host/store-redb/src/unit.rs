//! Units: what waits in line for the writer. Each is check-then-apply: a refused one writes nothing.

use std::sync::Arc;

use hookbox_model::{
    AutomationId, Capture, CaptureId, Contact, ContactId, Conversation, ConversationId, Digest, InboxId, MessageId,
    Run, RunId, RunState, Seen, StateEntry, Timestamp, WorkspaceId,
};
use hookbox_store::{Captured, CommitError, StoreError};
use tokio::sync::oneshot;

use crate::batch::{Batch, RunKey, Standing};
use crate::error::Fault;
use crate::key;
use crate::record::seal;

/// A unit and whom to answer.
pub(crate) enum Unit {
    /// A capture to store.
    Capture {
        /// What.
        stored: CaptureUnit,
        /// Answered when it is on disk.
        answer: oneshot::Sender<Result<Captured, StoreError>>,
    },
    /// Steps of a run and their effects.
    Run {
        /// What.
        commit: Box<RunUnit>,
        /// Answered when it is on disk.
        answer: oneshot::Sender<Result<(), CommitError>>,
    },
    /// Runs to be counted as interrupted so often before they are handed out.
    Count {
        /// Which.
        counts: Vec<(RunKey, u32)>,
        /// Answered when it is on disk.
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Any other change.
    Change {
        /// What it does.
        act: Act,
        /// Whether callers may have cached what it changes.
        configures: bool,
        /// About how many bytes it adds to a commit.
        bytes: usize,
    },
}

/// What a [`Unit::Change`] does. An error fails the whole batch; a refusal is part of what came of it.
pub(crate) type Act = Box<dyn FnOnce(&mut Batch<'_>) -> Result<Done, redb::Error> + Send>;

/// What came of a change.
pub(crate) struct Done {
    /// It was not refused.
    pub(crate) applied: bool,
    /// Answers whoever asked for it; called when it is on disk.
    pub(crate) answer: Box<dyn FnOnce() + Send>,
}

/// A change, and where its answer comes.
pub(crate) fn answered<T: Send + 'static, E: Send + 'static>(
    act: impl FnOnce(&mut Batch<'_>) -> Result<T, Fault<E>> + Send + 'static,
) -> (Act, oneshot::Receiver<Result<T, E>>) {
    let (answer, answered) = oneshot::channel();
    let act = move |batch: &mut Batch<'_>| {
        let outcome = refused(act(batch))?;
        // Whoever gave up waiting is not told.
        Ok(Done { applied: outcome.is_ok(), answer: Box::new(move || drop(answer.send(outcome))) })
    };
    (Box::new(act), answered)
}

/// Tells a refusal, which concerns one unit, from a fault, which concerns all.
pub(crate) fn refused<T, R>(outcome: Result<T, Fault<R>>) -> Result<Result<T, R>, redb::Error> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Fault::Refused(error)) => Ok(Err(error)),
        Err(Fault::Disk(error)) => Err(error),
    }
}

/// A capture, encoded by its caller so that the writer need not.
pub(crate) struct CaptureUnit {
    /// The capture.
    pub(crate) capture: Arc<Capture>,
    /// Its key.
    pub(crate) key: [u8; 32],
    /// Its value.
    pub(crate) value: Vec<u8>,
    /// The key of its idempotency row, if it has one.
    pub(crate) idempotency: Option<[u8; 48]>,
}

/// A commit of a run, encoded by its caller: the writer neither encodes it nor frees its parts.
pub(crate) struct RunUnit {
    /// What the writer must know of the run as it becomes.
    pub(crate) run: RunHead,
    /// The key of the run.
    pub(crate) key: [u8; 32],
    /// Its value.
    pub(crate) value: Vec<u8>,
    /// The run is claimed from this store, so its capture is known to be there.
    pub(crate) claimed: bool,
    /// What changes of its contact.
    pub(crate) contact: Option<ContactUnit>,
    /// Further runs of its capture that begin with it.
    pub(crate) begins: Vec<RunUnit>,
    /// Plugin state that it looked at or writes.
    pub(crate) state: Vec<StateUnit>,
    /// The plugin versions that it keeps to from here on.
    pub(crate) keeps: Vec<Digest>,
}

/// Plugin state that a run looked at or writes.
pub(crate) struct StateUnit {
    /// The plugin's name.
    pub(crate) plugin: String,
    /// Its key.
    pub(crate) key: Vec<u8>,
    /// What was read there.
    pub(crate) seen: Seen,
    /// What becomes of it.
    pub(crate) becomes: Becomes,
}

/// What becomes of a key of plugin state.
pub(crate) enum Becomes {
    /// It stays.
    Unchanged,
    /// It goes.
    Removed,
    /// This is under it.
    Entry {
        /// The entry.
        entry: StateEntry,
        /// Its value.
        value: Vec<u8>,
    },
}

impl StateUnit {
    /// About how many bytes it adds to a commit.
    fn bytes(&self) -> usize {
        match &self.becomes {
            Becomes::Unchanged => 0,
            Becomes::Removed => self.key.len(),
            Becomes::Entry { value, .. } => self.key.len() + value.len(),
        }
    }
}

/// What decides about a commit and its index rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunHead {
    /// The run.
    pub(crate) id: RunId,
    /// Its workspace.
    pub(crate) workspace: WorkspaceId,
    /// Its automation.
    pub(crate) automation: AutomationId,
    /// Its capture.
    pub(crate) capture: CaptureId,
    /// Its contact.
    pub(crate) contact: Option<ContactId>,
    /// The revision it becomes.
    pub(crate) revision: u32,
    /// The state it comes to.
    pub(crate) state: RunState,
    /// Where that leaves it.
    pub(crate) standing: Standing,
}

impl RunUnit {
    /// A commit of nothing but the run's record; `claimed` when its capture is known to be there.
    pub(crate) fn of(run: &Run, claimed: bool) -> Result<Self, StoreError> {
        let key = key::pair(run.workspace, run.id.as_bytes());
        let value = seal(&key, run)?;
        let (run, keeps) = (RunHead::of(run), kept(run).collect());
        Ok(Self { run, key, value, claimed, contact: None, begins: Vec::new(), state: Vec::new(), keeps })
    }
}

/// The plugin versions that a run keeps to: those of its pins and of the steps that it ran. A final one keeps to none.
pub(crate) fn kept(run: &Run) -> impl Iterator<Item = Digest> {
    let ran = run.steps.iter().filter_map(|step| step.digest);
    run.pins.iter().map(|pin| pin.digest).chain(ran).filter(|_| !run.state.is_final())
}

impl RunHead {
    /// The head of a run.
    pub(crate) fn of(run: &Run) -> Self {
        let standing = match run.state {
            RunState::Succeeded | RunState::Failed | RunState::Cancelled => Standing::Final,
            RunState::Queued | RunState::Running => Standing::Held,
            RunState::Held => Standing::Parked,
            RunState::Waiting => Standing::Due(run.due_at.map_or(0, Timestamp::as_millis)),
        };
        Self {
            id: run.id,
            workspace: run.workspace,
            automation: run.automation,
            capture: run.capture,
            contact: run.contact,
            revision: run.revision,
            state: run.state,
            standing,
        }
    }

    /// The due time in its timer, in milliseconds: none when it is final or held, at once when it does not wait.
    pub(crate) fn due(&self) -> Option<u64> {
        match self.standing {
            Standing::Final | Standing::Parked => None,
            Standing::Held => Some(0),
            Standing::Due(due) => Some(due),
        }
    }
}

/// What a run changes of one contact. The contact itself is encoded by the writer, because its row also names its
/// conversations.
pub(crate) struct ContactUnit {
    /// The contact as it was read.
    pub(crate) before: Option<Arc<Contact>>,
    /// The contact as it becomes.
    pub(crate) after: Arc<Contact>,
    /// Conversations as they become.
    pub(crate) conversations: Vec<ConversationUnit>,
    /// New messages.
    pub(crate) messages: Vec<MessageUnit>,
}

/// A conversation as it becomes.
pub(crate) struct ConversationUnit {
    /// Which.
    pub(crate) id: ConversationId,
    /// Its inbox.
    pub(crate) inbox: InboxId,
    /// The conversation as it was read.
    pub(crate) before: Option<Arc<Conversation>>,
    /// The version it becomes.
    pub(crate) version: u64,
    /// Its key.
    pub(crate) key: [u8; 32],
    /// Its value.
    pub(crate) value: Vec<u8>,
}

/// A new message.
pub(crate) struct MessageUnit {
    /// Which.
    pub(crate) id: MessageId,
    /// What the outbox must know of it, if it is to be sent.
    pub(crate) leaves: Option<Leaving>,
    /// Its key.
    pub(crate) key: [u8; 32],
    /// Its value.
    pub(crate) value: Vec<u8>,
}

/// What the outbox must know of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving {
    /// Its conversation.
    pub(crate) conversation: ConversationId,
    /// When it is due, in milliseconds.
    pub(crate) due_ms: u64,
    /// It is scheduled: until then it has no place in the line of its conversation.
    pub(crate) is_scheduled: bool,
}

impl Unit {
    /// About how many bytes it adds to a commit.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Capture { stored, .. } => stored.value.len(),
            Self::Run { commit, .. } => {
                let of_contact = commit.contact.as_ref().map_or(0, |contact| {
                    let conversations = contact.conversations.iter().map(|unit| unit.value.len());
                    conversations.chain(contact.messages.iter().map(|unit| unit.value.len())).sum()
                });
                let begins: usize = commit.begins.iter().map(|begun| begun.value.len()).sum();
                let state: usize = commit.state.iter().map(StateUnit::bytes).sum();
                commit.value.len() + of_contact + begins + state
            }
            Self::Count { .. } => 1_024,
            Self::Change { bytes, .. } => *bytes,
        }
    }

    /// About how many bytes of memory it takes while it waits: of a capture also the parsed body, which is the larger part.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Capture { stored, .. } => self.bytes() + stored.capture.weight(),
            Self::Run { .. } | Self::Count { .. } | Self::Change { .. } => self.bytes(),
        }
    }
}
