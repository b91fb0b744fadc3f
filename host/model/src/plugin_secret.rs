//! A plugin secret: a text that plugins use and never see. A guest gets a placeholder, which the host swaps in headers of
//! calls to the secret's own hosts.

use serde::{Deserialize, Serialize};

use crate::{Sealed, SecretId, Timestamp, WorkspaceId};

/// A named secret of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginSecret {
    /// Its id; a new text keeps it.
    pub id: SecretId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The name that settings and grants use.
    pub name: String,
    /// Where it may be sent, as scopes of `http`; `*` is every host that the plugin may call.
    pub hosts: Vec<String>,
    /// The text.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its text or its hosts changed last.
    pub updated_at: Timestamp,
}

impl PluginSecret {
    /// The longest text, in bytes.
    pub const TEXT_BYTES_MAX: usize = 4 * 1024;
}
