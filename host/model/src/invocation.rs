//! What an action gets and gives: the invocation, its outcome or failure, and what the call used.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Contact, Conversation, ConversationState, Payload, RunId, Timestamp};

/// Everything one action call gets to see.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The run.
    pub run: RunId,
    /// The step's place in its automation, from 0.
    pub step: u32,
    /// The step's name.
    pub step_name: Arc<str>,
    /// 1 for the first try.
    pub attempt: u32,
    /// The same for every attempt of this step; goes with whatever leaves the house.
    pub idempotency_key: String,
    /// The guest's clock stands still at this moment.
    pub now: Timestamp,
    /// What was captured.
    pub payload: Payload,
    /// The contact as the step before left it.
    pub contact: ContactView,
    /// The name of the automation's inbox.
    pub inbox: Arc<str>,
    /// The conversation of the automation's inbox with the contact; none before the first message.
    pub conversation: Option<ConversationView>,
    /// The outputs of the steps before: name and JSON text.
    pub steps: Vec<(String, String)>,
    /// The step's settings with their templates rendered: JSON text.
    pub settings: String,
    /// The names that effects may name.
    pub directory: Arc<Directory>,
    /// It is tried out: nothing that it does may reach the outside.
    pub rehearsal: bool,
}

/// The contact as an action may see it, with lists by name.
#[derive(Debug, Clone)]
pub struct ContactView {
    /// The contact.
    pub contact: Arc<Contact>,
    /// The names of the lists it is on.
    pub lists: Vec<String>,
}

/// The conversation as an action may see it, with inbox and assignee by name.
#[derive(Debug, Clone)]
pub struct ConversationView {
    /// The conversation.
    pub conversation: Arc<Conversation>,
    /// The inbox's name.
    pub inbox: String,
    /// The assignee's name.
    pub assignee: Option<String>,
}

impl ConversationView {
    /// Open or closed.
    pub fn state(&self) -> ConversationState {
        self.conversation.state
    }
}

/// The names of a workspace's lists, inboxes and members, so that a wrong name is refused at the call that uses it.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Lists.
    pub lists: BTreeSet<String>,
    /// Inboxes.
    pub inboxes: BTreeSet<String>,
    /// Members.
    pub members: BTreeSet<String>,
}

/// What an action returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// JSON text, readable by later steps as `steps.<name>`.
    pub output: String,
    /// Whether the steps after it run.
    pub next: Next,
}

/// Whether the steps after this one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Next {
    /// They run.
    Continue,
    /// The run ends here, as succeeded.
    Stop,
}

/// How an action says that it did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// It may succeed later.
    Retryable {
        /// What happened.
        message: String,
        /// Not before this many milliseconds.
        after_ms: Option<u64>,
    },
    /// It will never succeed with this input.
    Permanent {
        /// A short word for programs.
        code: String,
        /// What happened.
        message: String,
    },
}

/// A line an action logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The text, without control characters.
    pub message: String,
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For whoever wrote the plugin.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something went wrong.
    Error,
}

/// What a call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Wall-clock time in microseconds.
    pub duration_us: u64,
    /// The most memory the guest held, in bytes: the sum of its linear memories.
    pub memory_bytes: u64,
    /// Log lines dropped because the step had logged enough.
    pub log_lines_dropped: u64,
}
