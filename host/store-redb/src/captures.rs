//! Captures: the file of their trait in `hookbox-store`, on redb.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{AutomationId, Capture, CaptureId, TestCapture, WorkspaceId};
use hookbox_store::{Captured, Captures, Page, PageRequest, StoreError};
use tokio::sync::oneshot;

use crate::apply;
use crate::key;
use crate::paging;
use crate::record::{self, Record, seal};
use crate::store::RedbStore;
use crate::tables::Daily;
use crate::unit::{CaptureUnit, Unit};

#[async_trait]
impl Captures for RedbStore {
    async fn capture(&self, capture: Arc<Capture>) -> Result<Captured, StoreError> {
        if let Some(refusal) = self.core().guard.refusal() {
            return Err(refusal);
        }
        let key = key::pair(capture.workspace, capture.id.as_bytes());
        let value = seal(&key, &*capture)?;
        let idempotency = capture.idempotency.as_ref().map(|named| apply::idempotency_key(&capture, named));
        let (answer, answered) = oneshot::channel();
        let unit = Unit::Capture { stored: CaptureUnit { capture, key, value, idempotency }, answer };
        let config = self.config();
        let pushed = self.core().line.push_below(unit, config.queue_units_max, config.queue_bytes_max);
        pushed.map_err(|turned| self.turned(turned))?;
        answered.await.unwrap_or_else(|_| Err(self.core().unavailable()))
    }

    async fn get(&self, workspace: WorkspaceId, id: CaptureId) -> Result<Option<Capture>, StoreError> {
        self.read(|snapshot| snapshot.record(Daily::Captures.at(id.made_at()), &key::pair(workspace, id.as_bytes())))
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        automation: Option<AutomationId>,
        page: PageRequest,
    ) -> Result<Page<Capture>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::newest_first(snapshot, Daily::Captures, workspace.as_bytes(), bounds, |key, value| {
                let payload = record::open_index(key, value, Capture::WHAT)?;
                // Id, workspace and automation come first in postcard, 16 bytes each: others need not be decoded.
                let of = AutomationId::from_bytes(key::id_at(payload, 2 * key::ID));
                if automation.is_some_and(|wanted| wanted != of) {
                    return Ok(None);
                }
                record::open(key, value).map(Some)
            })
        })
    }

    async fn capture_test(&self, _test: &TestCapture) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn tests(&self, _workspace: WorkspaceId, _automation: AutomationId) -> Result<Vec<TestCapture>, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn wait_for_test(&self) {
        std::future::pending().await
    }
}
