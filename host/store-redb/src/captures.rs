//! Captures: the file of their trait in `hookbox-store`, on redb.

mod outcome;
mod page;

use std::cell::Cell;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{AutomationId, Capture, CaptureId, RunId, TestCapture, WorkspaceId};
use hookbox_store::{CaptureFilter, CaptureRuns, Captured, Captures, Page, PageRequest, StoreError};
use tokio::sync::oneshot;

use crate::apply;
use crate::edge::{Edge, pass};
use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::record::{self, seal};
use crate::store::RedbStore;
use crate::tables::{Daily, Fixed};
use crate::unit::{CaptureUnit, Unit};

#[async_trait]
impl Captures for RedbStore {
    async fn capture(&self, capture: Arc<Capture>) -> Result<Captured, StoreError> {
        if let Some(refusal) = self.core().guard.refusal() {
            return Err(refusal);
        }
        pass(Edge::CaptureAsked);
        let key = key::pair(capture.workspace, capture.id.as_bytes());
        let value = seal(&key, &*capture)?;
        let idempotency = capture.idempotency.as_ref().map(|named| apply::idempotency_key(&capture, named));
        let (answer, answered) = oneshot::channel();
        let unit = Unit::Capture { stored: CaptureUnit { capture, key, value, idempotency }, answer };
        let config = self.config();
        let pushed = self.core().line.push_below(unit, config.queue_units_max, config.queue_bytes_max);
        pushed.map_err(|turned| self.turned(turned))?;
        let captured = answered.await.unwrap_or_else(|_| Err(self.core().unavailable()));
        pass(Edge::CaptureAnswered);
        captured
    }

    async fn get(&self, workspace: WorkspaceId, id: CaptureId) -> Result<Option<Capture>, StoreError> {
        self.read(|snapshot| snapshot.record(Daily::Captures.at(id.made_at()), &key::pair(workspace, id.as_bytes())))
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: CaptureFilter,
        page: PageRequest,
    ) -> Result<Page<Capture>, StoreError> {
        let is_claimed = self.claimed(workspace);
        if filter.text.is_none() && filter.state.is_none() {
            let bounds = (&page, self.reach());
            return self.read(|snapshot| page::page(snapshot, workspace, &filter, &is_claimed, bounds));
        }
        self.look_for(move |snapshot, reach| page::page(snapshot, workspace, &filter, &is_claimed, (&page, reach)))
            .await
    }

    async fn page_with_runs(
        &self,
        workspace: WorkspaceId,
        filter: CaptureFilter,
        page: PageRequest,
    ) -> Result<Page<(Capture, CaptureRuns)>, StoreError> {
        let is_claimed = self.claimed(workspace);
        self.look_for(move |snapshot, reach| {
            page::page_with_runs(snapshot, workspace, &filter, &is_claimed, (&page, reach))
        })
        .await
    }

    async fn runs_of(&self, workspace: WorkspaceId, id: CaptureId) -> Result<CaptureRuns, StoreError> {
        let is_claimed = self.claimed(workspace);
        self.read(|snapshot| {
            if !snapshot.contains(Daily::Captures.at(id.made_at()), &key::pair(workspace, id.as_bytes()))? {
                return Ok(CaptureRuns::default());
            }
            outcome::outcome(snapshot, (workspace, id), &is_claimed, &Cell::new(0))
        })
    }

    async fn capture_test(&self, test: &TestCapture) -> Result<(), StoreError> {
        let row = key::triple(test.workspace, test.automation.as_bytes(), test.id.as_bytes());
        let value = seal(&row, test)?;
        self.change_if_room(value.len(), move |batch| {
            batch.put(Fixed::Tests, &row, &value)?;
            let kept = batch.first_keys::<StoreError>(Fixed::Tests, &row[..2 * key::ID], 2 * TestCapture::KEPT_MAX)?;
            for oldest in kept.iter().take(kept.len().saturating_sub(TestCapture::KEPT_MAX)) {
                batch.remove(Fixed::Tests, oldest)?;
            }
            Ok(())
        })
        .await?;
        self.core().tests.notify_waiters();
        Ok(())
    }

    async fn tests(&self, workspace: WorkspaceId, automation: AutomationId) -> Result<Vec<TestCapture>, StoreError> {
        let prefix = key::pair(workspace, automation.as_bytes());
        self.read(|snapshot| {
            let Some(rows) = snapshot.table(Fixed::Tests.into())? else { return Ok(Vec::new()) };
            let mut tests = Vec::new();
            for row in paging::range(&rows, &Bound::Included(prefix.to_vec()), &prefix)?.rev() {
                let (key, value) = row.map_err(unreadable)?;
                let opened = record::open::<TestCapture>(key.value(), value.value());
                tests.extend(snapshot.noted(Fixed::Tests.into(), key.value(), opened).ok());
            }
            Ok(tests)
        })
    }

    // Not `async`: it counts from the call and not from the first poll.
    fn wait_for_test<'s, 'f>(&'s self) -> Pin<Box<dyn Future<Output = ()> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(self.core().tests.notified())
    }
}

impl RedbStore {
    /// Tells of a run whether it is claimed.
    fn claimed(&self, workspace: WorkspaceId) -> impl Fn(RunId) -> bool + Send + use<> {
        let core = Arc::clone(self.core());
        move |run| core.pending.lock().is_out((workspace, run))
    }
}
