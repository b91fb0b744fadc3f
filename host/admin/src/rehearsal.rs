//! What tries an automation out for the admin door, which never runs one itself: the host gives it somebody who does.

use async_trait::async_trait;
use hookbox_model::{DryRun, DryRunReport};
use hookbox_store::StoreError;

/// Tries automations out.
#[async_trait]
pub trait Rehearsal: Send + Sync {
    /// What the automation would do with the payload. Nothing is committed, so it may be repeated at will. An error means
    /// that the store cannot be read; why a run would fail is in the report.
    async fn rehearse(&self, asked: DryRun) -> Result<DryRunReport, StoreError>;
}
