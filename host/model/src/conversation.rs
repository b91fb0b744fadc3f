//! A conversation: the thread of one inbox with one contact.

use serde::{Deserialize, Serialize};

use crate::{ContactId, ConversationId, InboxId, MemberId, NoteId, RunId, Timestamp, WorkspaceId};

/// The thread of one inbox with one contact; there is at most one of each pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// 1 when first stored; grows by one with every change.
    pub version: u64,
    /// Whose thread.
    pub contact: ContactId,
    /// The inbox it belongs to.
    pub inbox: InboxId,
    /// Open or closed.
    pub state: ConversationState,
    /// Who answers, if anyone was named.
    pub assignee: Option<MemberId>,
    /// What members and actions wrote beside it, oldest first; never sent.
    pub notes: Vec<Note>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whether anyone is expected to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ConversationState {
    /// Someone may still answer.
    Open,
    /// Done, until a new message opens it.
    Closed,
}

/// A remark on a conversation that only members see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The text.
    pub body: String,
    /// The run that wrote it, if an action did.
    pub run: Option<RunId>,
    /// When it was written.
    pub created_at: Timestamp,
}

impl Conversation {
    /// The most notes a conversation keeps; the oldest give way.
    pub const NOTES_MAX: usize = 200;

    /// A conversation that nobody has stored yet (version 0).
    pub fn begun(
        id: ConversationId,
        workspace: WorkspaceId,
        contact: ContactId,
        inbox: InboxId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            workspace,
            version: 0,
            contact,
            inbox,
            state: ConversationState::Open,
            assignee: None,
            notes: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }
}
