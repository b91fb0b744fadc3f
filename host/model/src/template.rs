//! A template: a text that steps use by name, kept once for the workspace.

use serde::{Deserialize, Serialize};

use crate::{TemplateId, Timestamp, WorkspaceId};

/// A reusable text. A step's setting writes `{{templates.name}}` where it shall stand; its own `{{…}}` are rendered there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Its name (`order_shipped`), unique in the workspace.
    pub name: String,
    /// The text.
    pub body: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
