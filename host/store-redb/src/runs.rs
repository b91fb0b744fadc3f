//! Runs: the file of their trait in `hookbox-store`, on redb.

mod claim;
mod count;
mod page;
mod prepare;
mod search;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use hookbox_model::{Audited, Capture, Run, RunId, RunState, Timestamp, WorkspaceId};
use hookbox_store::{
    Claim, CommitError, CommitReceipt, Page, PageRequest, RunCommit, RunCount, RunFilter, RunWatch, Runs, StoreError,
};
use tokio::sync::oneshot;

use crate::apply;
use crate::batch::Batch;
use crate::edge::{Edge, pass};
use crate::key;
use crate::paging::Reach;
use crate::snapshot::Snapshot;
use crate::store::RedbStore;
use crate::tables::Daily;
use crate::unit::Unit;

#[async_trait]
impl Runs for RedbStore {
    async fn claim(&self, limit: usize) -> Result<Vec<Claim>, StoreError> {
        pass(Edge::ClaimAsked);
        let claims = claim::claim(self, limit).await;
        pass(Edge::ClaimAnswered);
        claims
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

    async fn cancel(
        &self,
        workspace: WorkspaceId,
        id: RunId,
        at: Timestamp,
        audited: Audited,
    ) -> Result<Option<Run>, StoreError> {
        match self.change(move |batch| apply::cancel_run(batch, (workspace, id), at, &audited)).await {
            Ok(()) => Runs::get(self, workspace, id).await,
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn replay(&self, run: &Run, audited: Audited) -> Result<(), StoreError> {
        let (run, core) = (run.clone(), Arc::clone(self.core()));
        let replayed = move |batch: &mut Batch<'_>| {
            // What is about to be dropped was found to be needed by nobody.
            if run.capture.made_at().day() < core.dropped_before.load(Ordering::SeqCst) {
                return Err(StoreError::Missing { what: "capture" }.into());
            }
            apply::replay_run(batch, &run, &audited)
        };
        self.change(replayed).await
    }

    async fn finished(&self, workspace: WorkspaceId, id: RunId) -> Result<Run, StoreError> {
        let waiter = self.core().finishing.wait((workspace, id));
        loop {
            // Before the look, so that an end between the two is not missed.
            let told = waiter.end.notified();
            let run = Runs::get(self, workspace, id).await?.ok_or(StoreError::Missing { what: "run" })?;
            if run.state.is_final() {
                return Ok(run);
            }
            if self.core().is_over() {
                return Err(self.core().unavailable());
            }
            told.await;
        }
    }

    async fn get(&self, workspace: WorkspaceId, id: RunId) -> Result<Option<Run>, StoreError> {
        let row = key::pair(workspace, id.as_bytes());
        let made_at = id.made_at();
        let committed = self.read(|snapshot| snapshot.record::<Run>(Daily::Runs.at(made_at), &row))?;
        let found = match committed {
            Some(run) => Some(run),
            None => self
                .read(|snapshot| snapshot.record::<Capture>(Daily::Captures.at(made_at), &row))?
                .map(|capture| Run { state: RunState::Queued, ..Run::first_of(&capture, capture.received_at) }),
        };
        let claimed = |run: &Run| run.state == RunState::Queued && self.core().pending.lock().is_out((workspace, id));
        Ok(found.map(|run| if claimed(&run) { Run { state: RunState::Running, ..run } } else { run }))
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: RunFilter,
        page: PageRequest,
    ) -> Result<Page<Run>, StoreError> {
        if filter.text.is_none() && filter.code.is_none() {
            return self.read(|snapshot| page::page(snapshot, workspace, &filter, (&page, self.reach())));
        }
        self.look_for(move |snapshot, reach| page::page(snapshot, workspace, &filter, (&page, reach))).await
    }

    async fn count(&self, workspace: WorkspaceId, filter: RunFilter) -> Result<RunCount, StoreError> {
        let (rows_max, millis_max) = (self.config().count_rows_max, self.config().count_ms_max);
        let count = move |snapshot: &Snapshot, reach: Reach<'_>| {
            count::count(snapshot, workspace, &filter, (rows_max, millis_max), reach)
        };
        self.look_for(count).await
    }

    fn watch(&self, workspace: WorkspaceId) -> Box<dyn RunWatch> {
        Box::new(self.core().watching.watch(workspace, self.config().watch_changes_max))
    }
}
