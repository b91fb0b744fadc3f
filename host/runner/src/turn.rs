//! A claimed run with what it needs, and the means to bring it on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hookbox_model::{Plugin, Run, RunFailure, RunState, Timestamp};
use hookbox_sandbox::Sandbox;
use hookbox_store::{Claim, Store};
use tokio::sync::OwnedSemaphorePermit;

use crate::catalog::{Catalog, Plan, Resolved};
use crate::clock::now;
use crate::quarantine::Quarantine;
use crate::stats::Tally;
use crate::subject::Subject;
use crate::surroundings::Around;
use crate::{Config, Metrics};

/// What every run is brought on with.
pub(crate) struct Means {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sandbox: Sandbox,
    pub(crate) catalog: Catalog,
    pub(crate) around: Arc<Around>,
    pub(crate) quarantine: Quarantine,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) tally: Tally,
}

/// A claimed run with what it needs.
pub(crate) struct Turn {
    /// The number of its claim: runs on one contact keep to the order of these.
    pub(crate) number: u64,
    pub(crate) claim: Claim,
    pub(crate) plan: Arc<Plan>,
    pub(crate) resolved: Arc<Resolved>,
    /// Whom its payload is about; absent when the run has its contact already and mapping no longer finds it.
    pub(crate) subject: Option<Subject>,
    /// How often its commit was refused because the contact or plugin state changed.
    pub(crate) conflicts: u32,
    /// The plugins whose state was changed under it.
    pub(crate) contended: BTreeSet<String>,
    /// The plugins that may keep no more state, and why: what adds to it fails.
    pub(crate) full: BTreeMap<String, String>,
    /// The version that a rehearsal runs of the plugin with its name.
    pub(crate) instead: Option<Arc<Plugin>>,
    /// Nothing of it will be committed: waits are over at once, failing steps are not tried again.
    pub(crate) rehearsal: bool,
    /// The moment that a rehearsal takes for now, whenever it is.
    pub(crate) as_of: Option<Timestamp>,
    /// Its place among the runs that may be claimed, given up when the turn is dropped; a rehearsal has none.
    pub(crate) _place: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// What the run takes for now.
    pub(crate) fn now(&self) -> Timestamp {
        self.as_of.unwrap_or_else(now)
    }

    /// What decides the jitter of its delays.
    pub(crate) fn seed(&self) -> u64 {
        let (high, low) = self.claim.run_id().uuid().as_u64_pair();
        high ^ low
    }
}

/// The run of a claim as it is.
pub(crate) fn run_of(claim: &Claim) -> Run {
    claim.run.clone().unwrap_or_else(|| Run::first_of(&claim.capture, now()))
}

/// A run of a paused automation that has not begun: it begins when the automation is live again.
pub(crate) fn held(claim: &Claim) -> Run {
    let mut run = run_of(claim);
    run.revision += 1;
    run.state = RunState::Held;
    run
}

/// The run of a capture that has no elements: done, without steps.
pub(crate) fn empty(claim: &Claim) -> Run {
    let mut run = run_of(claim);
    run.revision += 1;
    run.state = RunState::Succeeded;
    run.finished_at = Some(now());
    run
}

/// The run of a claim, ended as a dead letter.
pub(crate) fn ended(claim: &Claim, failure: RunFailure) -> Run {
    let mut run = run_of(claim);
    run.revision += 1;
    run.state = RunState::Failed;
    run.failure = Some(failure);
    run.due_at = None;
    run.finished_at = Some(now());
    run
}

/// Why a run ends that met a fault of ours.
pub(crate) fn panicked() -> RunFailure {
    RunFailure::new("host", "panic", "the host failed while running this; see its log")
}
