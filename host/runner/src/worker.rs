//! The loop that claims runs and puts each into its contact's line; start and drain.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use hookbox_model::{RunFailure, RunState};
use hookbox_sandbox::Sandbox;
use hookbox_store::{Claim, CommitError, Known, RunCommit, Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{Instrument, debug, debug_span, error, warn};

use crate::catalog::Catalog;
use crate::clock::now;
use crate::line::{Key, Lines};
use crate::step::{self, Brought};
use crate::subject::Subject;
use crate::turn::{Means, Turn, ended};
use crate::{Config, Metrics};

/// Brings claimed runs on until it is told to stop.
pub struct Runner {
    means: Means,
    lines: Lines<Turn>,
    places: Arc<Semaphore>,
}

/// Failures of the store end the claiming for so long, in milliseconds, so that a broken store is not asked in a loop.
const PAUSE_MS: u64 = 200;

impl Runner {
    /// A runner that has not begun.
    pub fn new(store: Arc<dyn Store>, sandbox: Sandbox, config: Config, metrics: Metrics) -> Arc<Self> {
        let lines = Lines::new(config.contacts_kept_max);
        let places = Arc::new(Semaphore::new(config.runs_max));
        let catalog = Catalog::new(store.clone(), sandbox.clone(), &config, metrics.clone());
        Arc::new(Self { means: Means { store, sandbox, catalog, config, metrics }, lines, places })
    }

    /// Claims and runs until `shutdown` resolves, then drains: what runs may end within the grace time, what only waited
    /// for its turn is handed back. What is still running after that is found again at the next start.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()> + Send) {
        tokio::pin!(shutdown);
        loop {
            let place = tokio::select! {
                biased;
                () = &mut shutdown => break,
                place = self.places.clone().acquire_owned() => place.expect("the semaphore is never closed"),
            };
            match self.claim_from(place).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    biased;
                    () = &mut shutdown => break,
                    () = self.means.store.runs().wait_for_work() => {}
                },
                Err(error) => {
                    warn!(%error, "no runs could be claimed");
                    tokio::select! {
                        biased;
                        () = &mut shutdown => break,
                        () = tokio::time::sleep(Duration::from_millis(PAUSE_MS)) => {}
                    }
                }
            }
        }
        self.drain().await;
    }

    /// Claims up to as many runs as there are places. `false` when there was nothing to claim.
    async fn claim_from(self: &Arc<Self>, mut places: OwnedSemaphorePermit) -> Result<bool, StoreError> {
        let more = self.places.available_permits().min(self.means.config.claim_max.saturating_sub(1));
        if let Ok(further) = self.places.clone().try_acquire_many_owned(u32::try_from(more).unwrap_or(0)) {
            places.merge(further);
        }
        let claims = self.means.store.runs().claim(places.num_permits()).await?;
        let any = !claims.is_empty();
        for claim in claims {
            let place = places.split(1).expect("no more claims than places were asked for");
            self.begin(claim, place).await;
        }
        let free = self.places.available_permits() + places.num_permits();
        self.means
            .metrics
            .claimed
            .set(i64::try_from(self.means.config.runs_max.saturating_sub(free)).unwrap_or(i64::MAX));
        Ok(any)
    }

    /// Finds out what a claimed run is about and puts it into its contact's line.
    async fn begin(self: &Arc<Self>, claim: Claim, place: OwnedSemaphorePermit) {
        let capture = &claim.capture;
        let plan = match self
            .means
            .catalog
            .plan(capture.workspace, capture.automation, capture.automation_version)
            .await
        {
            Ok(Some(plan)) => plan,
            Ok(None) => {
                return self.end(claim, place, RunFailure::new("host", "no-automation", "the automation was removed"));
            }
            Err(error) => return self.give_back(&claim, &error).await,
        };
        let resolved = match self.means.catalog.resolve(&plan).await {
            Ok(resolved) => resolved,
            Err(error) => return self.give_back(&claim, &error).await,
        };
        if claim.interruptions >= self.means.config.interruptions_max {
            let message = format!("the host ended {} times while this run was under way", claim.interruptions);
            return self.end(claim, place, RunFailure::new("host", "interrupted", message));
        }
        match Subject::find(&plan.mapping, &resolved.names.country, capture) {
            Ok(subject) => {
                let key = (capture.workspace, subject.identifier.clone());
                self.join(key, Turn { claim, plan, resolved, subject, conflicts: 0, _place: place });
            }
            Err(failure) => self.end(claim, place, failure),
        }
    }

    fn join(self: &Arc<Self>, key: Key, turn: Turn) {
        let Some(turn) = self.lines.join(&key, turn) else { return };
        // Boxed as a trait object: `follow` can come back here, and its type would contain itself.
        let follow: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(self.clone().follow(key, turn));
        tokio::spawn(follow);
    }

    /// Brings on the first run of a line and all that join it meanwhile.
    async fn follow(self: Arc<Self>, key: Key, first: Turn) {
        let mut turn = first;
        let mut kept = self.lines.begin(&key);
        loop {
            let brought = self.bring_on(&turn, kept.known.take()).await;
            let (commit, left) = match brought {
                Ok(Brought { commit, known }) => (commit, known),
                Err(error) => {
                    self.give_back(&turn.claim, &error).await;
                    match self.lines.next(&key, kept.leaving(None)) {
                        Some((next, then)) => (turn, kept) = (next, then),
                        None => return,
                    }
                    continue;
                }
            };
            let state = commit.run.state;
            let receipt = self.means.store.runs().commit_run(commit);
            let settled = (turn, state, receipt);
            match self.lines.next(&key, kept.leaving(Some(left))) {
                Some((next, then)) => {
                    let (runner, key) = (self.clone(), key.clone());
                    let (settled_turn, state, receipt) = settled;
                    tokio::spawn(async move { runner.settle(key, settled_turn, state, receipt.await).await });
                    (turn, kept) = (next, then);
                }
                None => {
                    let (turn, state, receipt) = settled;
                    return self.settle(key, turn, state, receipt.await).await;
                }
            }
        }
    }

    /// Runs the steps. A panic of ours ends the run as a dead letter instead of stopping its line for ever.
    async fn bring_on(&self, turn: &Turn, known: Option<Known>) -> Result<Brought, StoreError> {
        let capture = &turn.claim.capture;
        let span = debug_span!("run", run.id = %turn.claim.run_id(), capture.id = %capture.id);
        let known = match known {
            Some(known) => known,
            None => turn.subject.read_contact(&*self.means.store, capture.workspace).await?,
        };
        let steps = AssertUnwindSafe(step::bring_on(&self.means, turn, known.clone())).catch_unwind().instrument(span);
        match steps.await {
            Ok(brought) => brought,
            Err(_) => {
                error!(capture.id = %capture.id, "a run panicked; it becomes a dead letter");
                let run = ended(
                    &turn.claim,
                    RunFailure::new("host", "panic", "the host failed while running this; see its log"),
                );
                Ok(Brought { commit: RunCommit { run, contact: None }, known })
            }
        }
    }

    async fn settle(self: Arc<Self>, key: Key, mut turn: Turn, state: RunState, result: Result<(), CommitError>) {
        let run_id = turn.claim.run_id();
        match result {
            Ok(()) => self.count(&turn.claim, state),
            Err(CommitError::ContactChanged) => {
                self.lines.forget(&key);
                self.means.metrics.conflicts.inc();
                turn.conflicts += 1;
                if turn.conflicts > self.means.config.conflicts_max {
                    warn!(run.id = %run_id, "the contact changed under the run too often; it is given back");
                    return self.means.store.runs().release(&[(turn.claim.capture.workspace, run_id)]).await;
                }
                self.join(key, turn);
            }
            Err(CommitError::RunChanged) => {
                self.lines.forget(&key);
                debug!(run.id = %run_id, "somebody else brought the run on; this work is discarded");
            }
            Err(CommitError::Store(error)) => {
                self.lines.forget(&key);
                self.give_back(&turn.claim, &error).await;
            }
        }
    }

    /// Commits a run that ends before any step.
    fn end(self: &Arc<Self>, claim: Claim, place: OwnedSemaphorePermit, failure: RunFailure) {
        let receipt = self.means.store.runs().commit_run(RunCommit { run: ended(&claim, failure), contact: None });
        let runner = self.clone();
        tokio::spawn(async move {
            match receipt.await {
                Ok(()) => runner.count(&claim, RunState::Failed),
                Err(CommitError::Store(error)) => runner.give_back(&claim, &error).await,
                Err(CommitError::RunChanged | CommitError::ContactChanged) => {}
            }
            drop(place);
        });
    }

    async fn give_back(&self, claim: &Claim, error: &StoreError) {
        let run_id = claim.run_id();
        warn!(run.id = %run_id, %error, "a run is given back");
        self.means.store.runs().release(&[(claim.capture.workspace, run_id)]).await;
    }

    fn count(&self, claim: &Claim, state: RunState) {
        self.means.metrics.run_counter(state).inc();
        if state.is_final() {
            self.means.metrics.run.observe(now().millis_since(claim.capture.received_at) as f64 / 1e3);
        }
    }

    async fn drain(&self) {
        let waiting = self.lines.take_waiting();
        let ids: Vec<_> = waiting.iter().map(|turn| (turn.claim.capture.workspace, turn.claim.run_id())).collect();
        self.means.store.runs().release(&ids).await;
        drop(waiting);
        let all = u32::try_from(self.means.config.runs_max).unwrap_or(u32::MAX);
        let ended =
            tokio::time::timeout(Duration::from_millis(self.means.config.grace_ms), self.places.acquire_many(all))
                .await;
        if ended.is_err() {
            let left = self.means.config.runs_max - self.places.available_permits();
            warn!(runs = left, "runs did not end within the grace time; the next start goes on with them");
        }
    }
}
