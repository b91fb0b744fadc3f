//! What the admin door asks of the runner, which it knows nothing of: dry runs, and how plugins fare.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_admin::{Quarantine, Rehearsal};
use hookbox_model::{Digest, DryRun, DryRunReport, PluginHealth, WorkspaceId};
use hookbox_runner::Runner;
use hookbox_store::StoreError;

/// The runner, as the admin door asks it.
pub(crate) struct Rehearsals(pub(crate) Arc<Runner>);

#[async_trait]
impl Rehearsal for Rehearsals {
    async fn rehearse(&self, asked: DryRun) -> Result<DryRunReport, StoreError> {
        self.0.dry_run(asked).await
    }
}

impl Quarantine for Rehearsals {
    fn health(&self, workspace: WorkspaceId, digest: Digest) -> PluginHealth {
        self.0.plugin_health(workspace, digest)
    }
}
