//! Runs: the file of their trait in `hookbox-store`, on redb.

mod claim;
mod page;
mod prepare;

use async_trait::async_trait;
use hookbox_model::{Capture, CaptureId, Run, RunId, RunState, Timestamp, WorkspaceId};
use hookbox_store::{Claim, CommitError, CommitReceipt, Page, PageRequest, RunCommit, RunFilter, Runs, StoreError};
use std::sync::Arc;
use tokio::sync::oneshot;

use crate::key;
use crate::store::RedbStore;
use crate::tables::Daily;
use crate::unit::Unit;

#[async_trait]
impl Runs for RedbStore {
    async fn claim(&self, limit: usize) -> Result<Vec<Claim>, StoreError> {
        claim::claim(self, limit).await
    }

    async fn wait_for_work(&self) {
        claim::wait_for_work(self).await;
    }

    fn commit_run(&self, commit: RunCommit) -> CommitReceipt {
        let claimed = self.core().pending.lock().is_out((commit.run.workspace, commit.run.id));
        let unit = match prepare::prepare(commit, claimed) {
            Ok(unit) => Box::new(unit),
            Err(error) => return Box::pin(std::future::ready(Err(error.into()))),
        };
        let (answer, answered) = oneshot::channel();
        if let Err(turned) = self.core().line.push(Unit::Run { commit: unit, answer }) {
            return Box::pin(std::future::ready(Err(self.turned(turned).into())));
        }
        let core = Arc::clone(self.core());
        Box::pin(async move { answered.await.unwrap_or_else(|_| Err(CommitError::Store(core.unavailable()))) })
    }

    async fn release(&self, runs: &[(WorkspaceId, RunId)]) {
        let mut pending = self.core().pending.lock();
        runs.iter().for_each(|run| pending.give_back(*run));
        drop(pending);
        self.core().work.notify_waiters();
    }

    async fn cancel(&self, _workspace: WorkspaceId, _id: RunId, _at: Timestamp) -> Result<Option<Run>, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn replay(&self, _run: &Run) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn finished(&self, _workspace: WorkspaceId, _id: RunId) -> Result<Run, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn get(&self, workspace: WorkspaceId, id: RunId) -> Result<Option<Run>, StoreError> {
        let row = key::pair(workspace, id.as_bytes());
        let made_at = id.made_at();
        let committed = self.read(|snapshot| snapshot.record::<Run>(Daily::Runs.at(made_at), &row))?;
        if committed.is_some() {
            return Ok(committed);
        }
        let capture = self.read(|snapshot| snapshot.record::<Capture>(Daily::Captures.at(made_at), &row))?;
        let claimed = self.core().pending.lock().is_out((workspace, id));
        let state = if claimed { RunState::Running } else { RunState::Queued };
        Ok(capture.map(|capture| Run { state, ..Run::first_of(&capture, capture.received_at) }))
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: RunFilter,
        page: PageRequest,
    ) -> Result<Page<Run>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| page::page(snapshot, workspace, filter, bounds))
    }

    async fn of_capture(&self, workspace: WorkspaceId, capture: CaptureId) -> Result<Vec<RunId>, StoreError> {
        let row = key::pair(workspace, capture.as_bytes());
        let there = self.read(|snapshot| snapshot.contains(Daily::Captures.at(capture.made_at()), &row))?;
        // A capture has one run, which carries its UUID, committed or not.
        let first: RunId = capture.retyped();
        Ok(if there { vec![first] } else { Vec::new() })
    }
}
