//! Dry runs for the admin door, which knows nothing of the runner: the runner does them.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_admin::Rehearsal;
use hookbox_model::{DryRun, DryRunReport};
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
