//! An automation: one record decides route, state and version.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AutomationId, Document, Timestamp, WorkspaceId};

/// A trigger, a mapping and ordered steps, at one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Automation {
    /// Its id, the last part of its webhook URL.
    pub id: AutomationId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Whether it takes requests.
    pub state: AutomationState,
    /// 1 when first saved; every save makes a new one, and runs keep the one they began with.
    pub version: u32,
    /// What it does at this version.
    pub document: Arc<Document>,
    /// When it was first saved.
    pub created_at: Timestamp,
    /// When this version was saved, or came to its state.
    pub updated_at: Timestamp,
    /// Who saved this version, as the audit log names them.
    pub saved_by: String,
}

/// Whether an automation takes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AutomationState {
    /// Not live yet: only its test URL takes requests.
    Draft,
    /// It captures and runs.
    Live,
    /// It captures; runs of what arrives are held until it is live again.
    Paused,
    /// It takes no more requests.
    Archived,
}

impl AutomationState {
    /// The state in one word, as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Archived => "archived",
        }
    }
}
