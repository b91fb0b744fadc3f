//! What becomes of claimed runs: each is given its place in a line, is held, ends, or is split at its elements first.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use hookbox_model::{AutomationId, Capture, Identifier, Order, RunFailure, RunId, RunState, WorkspaceId};
use hookbox_store::{Claim, CommitError, CommitReceipt, RunCommit, StoreError};
use tokio::sync::OwnedSemaphorePermit;
use tracing::debug;

use super::Runner;
use crate::catalog::{Plan, Resolved};
use crate::clock::now;
use crate::line::Key;
use crate::split;
use crate::stats::Came;
use crate::subject::Subject;
use crate::turn::{Turn, empty, held, panicked};

/// What became of looking at a claimed run.
enum Looked {
    /// It can begin, or go on: what it needs for it.
    Found(Found),
    /// It begins when its automation is live again.
    Paused,
    /// It is of so many elements.
    Several(u32),
    /// It cannot begin.
    Failed(RunFailure),
}

struct Found {
    plan: Arc<Plan>,
    resolved: Arc<Resolved>,
    /// With the part of the payload that the run is about.
    capture: Arc<Capture>,
    subject: Option<Subject>,
}

/// What of a batch of claims is on disk before more is claimed, so that nothing that was captured later overtakes it.
#[derive(Default)]
struct Ahead {
    automations: HashSet<AutomationId>,
    /// Commits under way, each with what its run comes to.
    commits: Vec<(Claim, Came, CommitReceipt)>,
    /// Runs that are handed back.
    back: Vec<(WorkspaceId, RunId)>,
}

impl Runner {
    /// Begins claimed runs in their order. Each takes one of the places.
    ///
    /// A run that is split is handed back with its elements, which so are claimed before everything that was captured after
    /// it, and one that was to be held and can begin after all is handed back too; with either, what was claimed of its
    /// automation behind it. So the order per contact holds for elements, and while an automation is paused and resumed.
    pub(super) async fn begin(self: &Arc<Self>, claims: Vec<Claim>, places: &mut OwnedSemaphorePermit) {
        let mut ahead = Ahead::default();
        for claim in claims {
            let place = places.split(1).expect("no more claims than places were asked for");
            self.begin_one(claim, place, &mut ahead).await;
        }
        for (claim, came, receipt) in ahead.commits {
            match receipt.await {
                // Its elements begin; so far its capture is all there is to count.
                Ok(()) if came.state == RunState::Queued => {
                    self.means.tally.run(&claim, &came, now());
                    ahead.back.push(key_of_claim(&claim));
                }
                Ok(()) => self.count(&claim, &came),
                Err(CommitError::AutomationChanged) => ahead.back.push(key_of_claim(&claim)),
                Err(CommitError::Store(error)) => self.set_aside(claim, error, None),
                Err(
                    CommitError::RunChanged
                    | CommitError::ContactChanged
                    | CommitError::StateChanged { .. }
                    | CommitError::StateFull { .. },
                ) => {
                    debug!(run.id = %claim.run_id(), "somebody else brought the run on");
                }
            }
        }
        if !ahead.back.is_empty() {
            self.means.store.runs().release(&ahead.back).await;
        }
    }

    async fn begin_one(self: &Arc<Self>, mut claim: Claim, place: OwnedSemaphorePermit, ahead: &mut Ahead) {
        if claim.interruptions >= self.means.config.interruptions_max {
            let message = format!("the host ended {} times while this run was under way", claim.interruptions);
            return self.end(claim, RunFailure::new("host", "interrupted", message), Some(place));
        }
        match AssertUnwindSafe(self.look_up(&claim)).catch_unwind().await {
            Ok(Ok(Looked::Found(_)))
                if has_not_begun(&claim) && ahead.automations.contains(&claim.capture.automation) =>
            {
                ahead.back.push(key_of_claim(&claim));
            }
            Ok(Ok(Looked::Found(Found { plan, resolved, capture, subject }))) => {
                claim.capture = capture;
                let number = self.number.fetch_add(1, Ordering::Relaxed);
                let turn = Turn {
                    number,
                    claim,
                    plan,
                    resolved,
                    subject,
                    conflicts: 0,
                    contended: BTreeSet::new(),
                    full: BTreeMap::new(),
                    instead: None,
                    rehearsal: false,
                    as_of: None,
                    _place: Some(place),
                };
                self.join(key_of(&turn), turn);
            }
            Ok(Ok(Looked::Paused)) => {
                let run = held(&claim);
                self.commit_ahead(
                    claim,
                    RunCommit { run, contact: None, begins: Vec::new(), state: Vec::new() },
                    ahead,
                );
            }
            Ok(Ok(Looked::Several(0))) => {
                let run = empty(&claim);
                self.commit_alone(claim, run, Some(place));
            }
            Ok(Ok(Looked::Several(count))) => {
                let commit = split::split(&claim, count);
                self.commit_ahead(claim, commit, ahead);
            }
            Ok(Ok(Looked::Failed(failure))) => self.end(claim, failure, Some(place)),
            Ok(Err(error)) => self.set_aside(claim, error, Some(place)),
            Err(_) => self.end(claim, panicked(), Some(place)),
        }
    }

    fn commit_ahead(&self, claim: Claim, commit: RunCommit, ahead: &mut Ahead) {
        ahead.automations.insert(claim.capture.automation);
        let came = Came::of(&commit.run);
        ahead.commits.push((claim, came, self.means.store.runs().commit_run(commit)));
    }

    /// The automation and whom the run is about; or why the run cannot begin.
    async fn look_up(&self, claim: &Claim) -> Result<Looked, StoreError> {
        let (capture, catalog, run) = (&claim.capture, &self.means.catalog, claim.run.as_ref());
        let version = run.map_or(capture.automation_version, |run| run.automation_version);
        let plan = catalog.plan(capture.workspace, capture.automation, version).await?;
        let Some(plan) = plan else {
            return Ok(Looked::Failed(RunFailure::new("host", "no-automation", "the automation was removed")));
        };
        let resolved = catalog.resolve(&plan).await?;
        if resolved.paused && has_not_begun(claim) {
            return Ok(Looked::Paused);
        }
        let of_element = match run.and_then(|run| run.item) {
            Some(item) => split::element(&plan, capture, item),
            None => match split::count(&plan, capture) {
                Ok(None) => Ok(Arc::clone(capture)),
                Ok(Some(count)) => return Ok(Looked::Several(count)),
                Err(failure) => Err(failure),
            },
        };
        let capture = match of_element {
            Ok(capture) => capture,
            Err(failure) => return Ok(Looked::Failed(failure)),
        };
        let has_contact = run.is_some_and(|run| run.contact.is_some());
        let subject = match Subject::find(&plan.mapping, &resolved.names.country, capture.body.value()) {
            Ok(subject) => Some(subject),
            Err(_) if has_contact => None,
            Err(failure) => return Ok(Looked::Failed(failure)),
        };
        Ok(Looked::Found(Found { plan, resolved, capture, subject }))
    }
}

fn key_of_claim(claim: &Claim) -> (WorkspaceId, RunId) {
    (claim.capture.workspace, claim.run_id())
}

/// Whether a run is of what arrived and nothing of it was done. A replay was asked for, so pausing does not hold it.
fn has_not_begun(claim: &Claim) -> bool {
    claim.run.as_ref().is_none_or(|run| run.state == RunState::Queued && run.contact.is_none() && run.replay.is_none())
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
