//! Captures: what was accepted, durable before it is answered.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{AutomationId, Capture, CaptureId, TestCapture, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What became of a request that was to be captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// It is on disk and waits for its run.
    Stored,
    /// A request with the same idempotency key and body was captured within 24 hours; this is it.
    Repeated(CaptureId),
    /// The same idempotency key came with another body within 24 hours.
    Conflict,
}

/// What may be asked about captures.
#[async_trait]
pub trait Captures: Send + Sync {
    /// Writes a capture, and its idempotency key in the same transaction. Returns when it is on disk. `Busy`, `DiskFull`
    /// and `Unavailable` mean that nothing was written.
    async fn capture(&self, capture: Arc<Capture>) -> Result<Captured, StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: CaptureId) -> Result<Option<Capture>, StoreError>;

    /// Newest first; only those of `automation` when given.
    async fn page(
        &self,
        workspace: WorkspaceId,
        automation: Option<AutomationId>,
        page: PageRequest,
    ) -> Result<Page<Capture>, StoreError>;

    /// Keeps a request to a test URL, and drops what is past [`TestCapture::KEPT_MAX`] of its automation. Nothing runs.
    async fn capture_test(&self, test: &TestCapture) -> Result<(), StoreError>;

    /// The test captures of an automation, newest first.
    async fn tests(&self, workspace: WorkspaceId, automation: AutomationId) -> Result<Vec<TestCapture>, StoreError>;

    /// Resolves when a test capture of any automation was kept since this was called. May resolve without reason.
    async fn wait_for_test(&self);
}
