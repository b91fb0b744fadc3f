//! Runs that end, or are given back, without having seen their contact.

use std::sync::Arc;
use std::time::Duration;

use hookbox_model::{Run, RunFailure};
use hookbox_store::{Claim, CommitError, RunCommit, StoreError};
use tokio::sync::OwnedSemaphorePermit;
use tracing::warn;

use super::{PAUSE_MS, Runner};
use crate::clock::now;
use crate::stats::Came;
use crate::turn::ended;

impl Runner {
    /// Commits a run that ends before any step.
    pub(super) fn end(self: &Arc<Self>, claim: Claim, failure: RunFailure, place: Option<OwnedSemaphorePermit>) {
        let run = ended(&claim, failure);
        self.commit_alone(claim, run, place);
    }

    /// Commits a run that saw no contact. `place` is held until it is on disk.
    pub(super) fn commit_alone(self: &Arc<Self>, claim: Claim, run: Run, place: Option<OwnedSemaphorePermit>) {
        let came = Came::of(&run);
        let receipt =
            self.means.store.runs().commit_run(RunCommit { run, contact: None, begins: Vec::new(), state: Vec::new() });
        let runner = self.clone();
        tokio::spawn(async move {
            match receipt.await {
                Ok(()) => runner.count(&claim, &came),
                Err(error @ (CommitError::Store(_) | CommitError::AutomationChanged)) => {
                    runner.give_back_later(&claim, &error.to_string()).await;
                }
                Err(
                    CommitError::RunChanged
                    | CommitError::ContactChanged
                    | CommitError::StateChanged { .. }
                    | CommitError::StateFull { .. },
                ) => {}
            }
            drop(place);
        });
    }

    /// A run that the store keeps from going on: for good if a record cannot be read, else for a while.
    pub(super) fn set_aside(self: &Arc<Self>, claim: Claim, error: StoreError, place: Option<OwnedSemaphorePermit>) {
        match error {
            StoreError::Damaged { .. } | StoreError::Missing { .. } => {
                let message = format!("{error}; mend or restore the store, then replay the run");
                self.end(claim, RunFailure::new("host", "damaged", message), place);
            }
            StoreError::Exists { .. }
            | StoreError::Stale { .. }
            | StoreError::InUse { .. }
            | StoreError::Busy
            | StoreError::DiskFull { .. }
            | StoreError::Unavailable { .. } => {
                self.give_back(claim, error.to_string(), place);
            }
        }
    }

    /// Gives a run back to the store after a pause, so that what keeps it from going on is not asked in a loop.
    pub(super) fn give_back(self: &Arc<Self>, claim: Claim, why: String, place: Option<OwnedSemaphorePermit>) {
        let runner = self.clone();
        tokio::spawn(async move {
            runner.give_back_later(&claim, &why).await;
            drop(place);
        });
    }

    async fn give_back_later(&self, claim: &Claim, error: &str) {
        let run_id = claim.run_id();
        warn!(run.id = %run_id, %error, "a run is given back");
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
        self.means.store.runs().release(&[(claim.capture.workspace, run_id)]).await;
    }

    /// Counts a run that was committed.
    pub(super) fn count(&self, claim: &Claim, came: &Came) {
        let now = now();
        self.means.metrics.run_counter(came.state).inc();
        if came.state.is_final() {
            self.means.metrics.run.observe(now.millis_since(claim.capture.received_at) as f64 / 1e3);
        }
        self.means.tally.run(claim, came, now);
    }
}
