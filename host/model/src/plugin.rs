//! A plugin: an installed, versioned package of component, manifest and grants.

use serde::{Deserialize, Serialize};

use crate::{Digest, Grants, Need, PluginId, Timestamp, WorkspaceId};

/// What a component says of itself (`describe`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Manifest {
    /// The name that documents use (`send-message`).
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// The name that people read.
    pub title: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// JSON Schema (2020-12) of its settings, as JSON text.
    pub settings: String,
    /// What it asks to be allowed.
    pub needs: Vec<Need>,
}

/// One installed version of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// Its id.
    pub id: PluginId,
    /// The workspace it is installed for; all of them when absent.
    pub workspace: Option<WorkspaceId>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// SHA-256 of its component: its identity.
    pub digest: Digest,
    /// The size of its component in bytes.
    pub component_bytes: u64,
    /// Where it came from.
    pub origin: Origin,
    /// What was decided about what it asks.
    #[serde(default)]
    pub approval: Approval,
    /// What it may do; nothing before it is approved.
    pub grants: Grants,
    /// Whether new runs take this version of the name.
    pub active: bool,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// When it was last made the active version; never when absent.
    #[serde(default)]
    pub activated_at: Option<Timestamp>,
}

/// What was decided about what a plugin asks. Without approval it is never called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Approval {
    /// Nothing yet.
    #[default]
    Pending,
    /// It may do what its grants say.
    Approved {
        /// Who decided: the id of a token, or `host`.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// It may not run.
    Refused {
        /// Who decided.
        by: String,
        /// When.
        at: Timestamp,
        /// Why, for whoever wrote it.
        reason: String,
    },
}

impl Approval {
    /// Whether it may be called.
    pub const fn is_given(&self) -> bool {
        matches!(self, Self::Approved { .. })
    }
}

/// Where a plugin came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Part of the program.
    BuiltIn,
    /// Put into the plugin folder by the operator, whose act grants what it asks.
    Folder,
    /// Uploaded; an admin decides what it may do.
    Uploaded,
}
