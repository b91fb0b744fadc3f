//! An inbox: a sending identity that conversations belong to.

use serde::{Deserialize, Serialize};

use crate::{InboxId, Timestamp, WorkspaceId};

/// A sending identity. Without a channel it keeps its messages in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// Its id.
    pub id: InboxId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Its name, unique in the workspace; documents and plugins name it by this.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}
