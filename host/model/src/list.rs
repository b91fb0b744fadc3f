//! A list: a named set of contacts.

use serde::{Deserialize, Serialize};

use crate::{ListId, Timestamp, WorkspaceId};

/// A named set of contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Its id.
    pub id: ListId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Its name, unique in the workspace.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}
