//! A workspace: the tenant that every other record belongs to.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, WorkspaceId};

/// A tenant. Nothing in one workspace can see or name anything in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name, unique in the store.
    pub name: String,
    /// The ISO 3166-1 country whose national phone numbers are understood without `+` (`US`).
    pub country: String,
    /// When it was made.
    pub created_at: Timestamp,
}
