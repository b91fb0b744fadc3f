//! Who knows how plugins fare: whoever calls them. The host gives the admin door somebody who does.

use hookbox_model::{Digest, PluginHealth, WorkspaceId};

/// Knows how plugins fare.
pub trait Quarantine: Send + Sync {
    /// How a version fares in a workspace, since the host started.
    fn health(&self, workspace: WorkspaceId, digest: Digest) -> PluginHealth;
}
