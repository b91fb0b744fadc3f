//! The loop that claims runs and puts each into its contact's line; start and drain.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use hookbox_model::{DryRun, DryRunReport, Identifier, Order, Run, RunFailure, RunState};
use hookbox_sandbox::Sandbox;
use hookbox_store::{Claim, CommitError, Known, RunCommit, Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{Instrument, debug, debug_span, error, warn};

use crate::catalog::{Catalog, Plan, Resolved};
use crate::clock::now;
use crate::line::{Key, Lines};
use crate::rehearse;
use crate::step::{self, Brought};
use crate::subject::Subject;
use crate::turn::{Means, Turn, ended, held};
use crate::{Config, Metrics};

/// Brings claimed runs on until it is told to stop.
pub struct Runner {
    means: Means,
    lines: Lines<Turn>,
    places: Arc<Semaphore>,
}

/// After a failure of the store neither claiming nor the run goes on for so long, in milliseconds: a broken store is not
/// asked in a loop.
const PAUSE_MS: u64 = 200;

impl Runner {
    /// A runner that has not begun.
    pub fn new(store: Arc<dyn Store>, sandbox: Sandbox, config: Config, metrics: Metrics) -> Arc<Self> {
        let lines = Lines::new();
        let places = Arc::new(Semaphore::new(config.runs_max));
        let catalog = Catalog::new(store.clone(), sandbox.clone(), &config, metrics.clone());
        Arc::new(Self { means: Means { store, sandbox, catalog, config, metrics }, lines, places })
    }

    /// What an automation would do with a payload. Nothing is committed; it can be repeated at will. Fails only when the store
    /// cannot be read: why a run would fail is in the report.
    pub async fn dry_run(&self, asked: DryRun) -> Result<DryRunReport, StoreError> {
        rehearse::dry_run(&self.means, asked).await
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
        if claim.interruptions >= self.means.config.interruptions_max {
            let message = format!("the host ended {} times while this run was under way", claim.interruptions);
            return self.end(claim, RunFailure::new("host", "interrupted", message), Some(place));
        }
        match AssertUnwindSafe(self.look_up(&claim)).catch_unwind().await {
            Ok(Ok(Looked::Found(plan, resolved, subject))) => {
                let turn = Turn { claim, plan, resolved, subject, conflicts: 0, rehearsal: false, _place: Some(place) };
                self.join(key_of(&turn), turn);
            }
            Ok(Ok(Looked::Paused)) => {
                let run = held(&claim);
                self.commit_alone(claim, run, Some(place));
            }
            Ok(Ok(Looked::Failed(failure))) => self.end(claim, failure, Some(place)),
            Ok(Err(error)) => self.set_aside(claim, error, Some(place)),
            Err(_) => self.end(claim, panicked(), Some(place)),
        }
    }

    /// The automation and whom the run is about; or why the run cannot begin.
    async fn look_up(&self, claim: &Claim) -> Result<Looked, StoreError> {
        let (capture, catalog) = (&claim.capture, &self.means.catalog);
        let version = claim.run.as_ref().map_or(capture.automation_version, |run| run.automation_version);
        let plan = catalog.plan(capture.workspace, capture.automation, version).await?;
        let Some(plan) = plan else {
            return Ok(Looked::Failed(RunFailure::new("host", "no-automation", "the automation was removed")));
        };
        let resolved = catalog.resolve(&plan).await?;
        if resolved.paused && claim.run.is_none() {
            return Ok(Looked::Paused);
        }
        let has_contact = claim.run.as_ref().is_some_and(|run| run.contact.is_some());
        Ok(match Subject::find(&plan.mapping, &resolved.names.country, capture.body.value()) {
            Ok(subject) => Looked::Found(plan, resolved, Some(subject)),
            Err(_) if has_contact => Looked::Found(plan, resolved, None),
            Err(failure) => Looked::Failed(failure),
        })
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
        let mut left = self.lines.begin(&key);
        loop {
            let (settling, known) = match self.bring_on(&turn, left.known.take()).await {
                Ok(Brought { commit, known }) => {
                    let settling = Settling { turn, state: commit.run.state, version: known.contact.version };
                    (Some((settling, self.means.store.runs().commit_run(commit))), Some(known))
                }
                Err(error) => {
                    let Turn { claim, _place, .. } = turn;
                    self.set_aside(claim, error, _place);
                    (None, None)
                }
            };
            let next = self.lines.next(&key, left.with(known));
            match (settling, next) {
                (Some((settling, receipt)), None) => {
                    return self.settle(key, settling, receipt.await);
                }
                (Some((settling, receipt)), Some(then)) => {
                    let (runner, key) = (self.clone(), key.clone());
                    tokio::spawn(async move { runner.settle(key, settling, receipt.await) });
                    (turn, left) = then;
                }
                (None, Some(then)) => (turn, left) = then,
                (None, None) => return,
            }
        }
    }

    /// Runs the steps. A panic of ours ends the run as a dead letter instead of stopping its line for ever.
    async fn bring_on(&self, turn: &Turn, known: Option<Known>) -> Result<Brought, StoreError> {
        let capture = &turn.claim.capture;
        let span = debug_span!("run", run.id = %turn.claim.run_id(), capture.id = %capture.id);
        let known = self.contact_of(turn, known).await?;
        let steps = AssertUnwindSafe(step::bring_on(&self.means, turn, known.clone())).catch_unwind().instrument(span);
        match steps.await {
            Ok(brought) => brought,
            Err(_) => {
                error!(run.id = %turn.claim.run_id(), "a run panicked; it becomes a dead letter");
                let run = ended(&turn.claim, panicked());
                Ok(Brought { commit: RunCommit { run, contact: None, begins: Vec::new() }, known })
            }
        }
    }

    /// The contact: that of the run if it has one, whatever finds it now; else the one its identifier finds.
    async fn contact_of(&self, turn: &Turn, known: Option<Known>) -> Result<Known, StoreError> {
        let workspace = turn.claim.capture.workspace;
        let begun_with = turn.claim.run.as_ref().and_then(|run| run.contact);
        match (begun_with, known) {
            (None, Some(known)) => Ok(known),
            (Some(id), Some(known)) if known.contact.id == id => Ok(known),
            (Some(id), _) => {
                let known = self.means.store.contacts().known(workspace, id).await?;
                known.ok_or(StoreError::Missing { what: "contact" })
            }
            (None, None) => match &turn.subject {
                Some(subject) => subject.read_contact(&*self.means.store, workspace).await,
                None => Err(StoreError::Missing { what: "contact" }),
            },
        }
    }

    fn settle(self: &Arc<Self>, key: Key, settling: Settling, result: Result<(), CommitError>) {
        let Settling { mut turn, state, version } = settling;
        match result {
            Ok(()) => {
                self.lines.settled(&key, version);
                self.count(&turn.claim, state);
            }
            Err(CommitError::ContactChanged) => {
                self.lines.refused(&key);
                self.means.metrics.conflicts.inc();
                turn.conflicts += 1;
                if turn.conflicts > self.means.config.conflicts_max {
                    let Turn { claim, _place, .. } = turn;
                    return self.set_aside(claim, StoreError::Stale { what: "contact" }, _place);
                }
                self.join(key, turn);
            }
            Err(CommitError::AutomationChanged) => {
                self.lines.refused(&key);
                let Turn { claim, _place, .. } = turn;
                self.begin_again(claim, _place);
            }
            Err(CommitError::RunChanged) => {
                self.lines.refused(&key);
                debug!(run.id = %turn.claim.run_id(), "somebody else brought the run on; this work is discarded");
            }
            Err(CommitError::Store(error)) => {
                self.lines.refused(&key);
                let Turn { claim, _place, .. } = turn;
                self.set_aside(claim, error, _place);
            }
        }
    }

    /// The automation changed under a run: it is looked at again.
    fn begin_again(self: &Arc<Self>, claim: Claim, place: Option<OwnedSemaphorePermit>) {
        let Some(place) = place else { return };
        let runner = self.clone();
        // As a trait object: what `begin` leads to can come back here, and its type would contain itself.
        let again: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move { runner.begin(claim, place).await });
        tokio::spawn(again);
    }

    /// Commits a run that ends before any step.
    fn end(self: &Arc<Self>, claim: Claim, failure: RunFailure, place: Option<OwnedSemaphorePermit>) {
        let run = ended(&claim, failure);
        self.commit_alone(claim, run, place);
    }

    /// Commits a run that saw no contact. `place` is held until it is on disk.
    fn commit_alone(self: &Arc<Self>, claim: Claim, run: Run, place: Option<OwnedSemaphorePermit>) {
        let state = run.state;
        let receipt = self.means.store.runs().commit_run(RunCommit { run, contact: None, begins: Vec::new() });
        let runner = self.clone();
        tokio::spawn(async move {
            match receipt.await {
                Ok(()) => runner.count(&claim, state),
                Err(CommitError::Store(error)) => runner.give_back_later(&claim, &error).await,
                Err(CommitError::AutomationChanged) => return runner.begin_again(claim, place),
                Err(CommitError::RunChanged | CommitError::ContactChanged) => {}
            }
            drop(place);
        });
    }

    /// A run that the store keeps from going on: for good if a record cannot be read, else for a while.
    fn set_aside(self: &Arc<Self>, claim: Claim, error: StoreError, place: Option<OwnedSemaphorePermit>) {
        match error {
            StoreError::Damaged { .. } | StoreError::Missing { .. } => {
                let message = format!("{error}; mend or restore the store, then replay the run");
                self.end(claim, RunFailure::new("host", "damaged", message), place);
            }
            StoreError::Exists { .. }
            | StoreError::Stale { .. }
            | StoreError::Busy
            | StoreError::DiskFull { .. }
            | StoreError::Unavailable { .. } => {
                let runner = self.clone();
                tokio::spawn(async move {
                    runner.give_back_later(&claim, &error).await;
                    drop(place);
                });
            }
        }
    }

    async fn give_back_later(&self, claim: &Claim, error: &StoreError) {
        let run_id = claim.run_id();
        warn!(run.id = %run_id, %error, "a run is given back");
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
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

/// What became of looking at a claimed run.
enum Looked {
    /// It can begin, or go on: what it needs for it.
    Found(Arc<Plan>, Arc<Resolved>, Option<Subject>),
    /// It begins when its automation is live again.
    Paused,
    /// It cannot begin.
    Failed(RunFailure),
}

/// The line a turn belongs to: its contact's, or one of its own if its automation keeps no order.
fn key_of(turn: &Turn) -> Key {
    let contact = || turn.claim.run.as_ref().and_then(|run| run.contact);
    let identifier = match &turn.subject {
        Some(subject) => subject.identifier.clone(),
        // Its contact stands in for what would find it; a line only hands on contacts that its identifier finds.
        None => Identifier::ExternalId(contact().map(|id| id.to_string()).unwrap_or_default()),
    };
    let alone = match turn.plan.automation.document.order {
        Order::PerContact => None,
        Order::None => Some(turn.claim.run_id()),
    };
    (turn.claim.capture.workspace, identifier, alone)
}

/// A run whose commit is under way.
struct Settling {
    turn: Turn,
    state: RunState,
    /// The contact's version as the commit leaves it.
    version: u64,
}

fn panicked() -> RunFailure {
    RunFailure::new("host", "panic", "the host failed while running this; see its log")
}
