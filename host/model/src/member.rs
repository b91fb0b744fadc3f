//! A member: someone a conversation can be assigned to.

use serde::{Deserialize, Serialize};

use crate::{MemberId, Timestamp, WorkspaceId};

/// Someone a conversation can be assigned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// The workspace they belong to.
    pub workspace: WorkspaceId,
    /// Their name, unique in the workspace.
    pub name: String,
    /// When they were added.
    pub created_at: Timestamp,
}
