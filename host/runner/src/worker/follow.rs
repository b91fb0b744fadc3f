//! Brings on the runs of a line, one after the other, and settles what their commits come to.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use hookbox_store::{CommitError, CommitReceipt, Known, RunCommit, StoreError};
use tracing::{Instrument, debug, debug_span, error};

use super::Runner;
use crate::clock::now;
use crate::line::{Key, Next};
use crate::stats::Came;
use crate::step::{self, Brought};
use crate::submitted::{Overtaken, Ticket};
use crate::turn::{Turn, ended, panicked};

/// A run whose commit is under way.
struct Settling {
    turn: Turn,
    came: Came,
    /// The contact's version as the commit leaves it.
    version: u64,
    /// The plugin state that the commit leaves, if it leaves any.
    ticket: Option<Ticket>,
}

impl Runner {
    pub(super) fn join(self: &Arc<Self>, key: Key, turn: Turn) {
        let next = self.lines.join(&key, turn.number, turn);
        self.go_on(key, next);
    }

    fn go_on(self: &Arc<Self>, key: Key, next: Option<Next<Turn>>) {
        let Some(next) = next else { return };
        // Boxed as a trait object: `follow` can come back here, and its type would contain itself.
        let follow: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(self.clone().follow(key, next));
        tokio::spawn(follow);
    }

    /// Brings on a run of a line and all that wait behind it.
    async fn follow(self: Arc<Self>, key: Key, first: Next<Turn>) {
        let mut next = Some(first);
        while let Some((turn, known)) = next {
            next = match self.bring_to_commit(turn, known).await {
                Some((settling, receipt, left)) => {
                    let next = self.lines.ended(&key, left);
                    if next.is_none() {
                        return self.settle(key, settling, receipt.await);
                    }
                    let (runner, key) = (self.clone(), key.clone());
                    tokio::spawn(async move { runner.settle(key, settling, receipt.await) });
                    next
                }
                None => self.lines.given_up(&key),
            };
        }
    }

    /// Brings a run on until its commit is in the store's line, which keeps commits in the order of their runs. A run that was
    /// overtaken by another on its way there begins anew, and nobody saw anything of it. `None` when the run was set aside.
    async fn bring_to_commit(
        self: &Arc<Self>,
        mut turn: Turn,
        known: Option<Known>,
    ) -> Option<(Settling, CommitReceipt, Known)> {
        let workspace = turn.claim.capture.workspace;
        let runs = self.means.store.runs();
        loop {
            let held = self.contended.hold(workspace, &turn.contended).await;
            let (commit, left) = match self.bring_on(&mut turn, known.clone()).await {
                Ok(Brought { commit, known }) => (commit, known),
                Err(error) => {
                    let Turn { claim, _place, .. } = turn;
                    self.set_aside(claim, error, _place);
                    return None;
                }
            };
            let (came, version) = (Came::of(&commit.run), left.contact.version);
            match self.means.around.submitted.submit(commit, now(), |commit| runs.commit_run(commit)) {
                Ok((receipt, ticket)) => return Some((Settling { turn, came, version, ticket }, receipt, left)),
                Err(Overtaken { plugin }) => turn = self.conflicted(turn, Some(plugin))?,
            }
            drop(held);
        }
    }

    /// Counts a conflict, and gives the turn to be begun anew; `None` when that was so often that the run was given back.
    fn conflicted(self: &Arc<Self>, mut turn: Turn, plugin: Option<String>) -> Option<Turn> {
        self.means.metrics.conflicts.inc();
        turn.conflicts += 1;
        if turn.conflicts <= self.means.config.conflicts_max {
            turn.contended.extend(plugin);
            return Some(turn);
        }
        let Turn { claim, _place, .. } = turn;
        let what = if plugin.is_some() { "plugin state" } else { "contact" };
        self.set_aside(claim, StoreError::Stale { what }, _place);
        None
    }

    /// Runs the steps. A panic of ours ends the run as a dead letter instead of stopping its line for ever.
    async fn bring_on(&self, turn: &mut Turn, known: Option<Known>) -> Result<Brought, StoreError> {
        let capture = &turn.claim.capture;
        let span = debug_span!("run", run.id = %turn.claim.run_id(), capture.id = %capture.id);
        let known = self.contact_of(turn, known).await?;
        let steps = AssertUnwindSafe(step::bring_on(&self.means, turn, known.clone())).catch_unwind().instrument(span);
        let brought = steps.await;
        match brought {
            Ok(brought) => brought,
            Err(_) => {
                error!(run.id = %turn.claim.run_id(), "a run panicked; it becomes a dead letter");
                let run = ended(&turn.claim, panicked());
                Ok(Brought { commit: RunCommit { run, contact: None, begins: Vec::new(), state: Vec::new() }, known })
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
        let Settling { mut turn, came, version, ticket } = settling;
        match (&result, &ticket) {
            (Ok(()), Some(ticket)) => self.means.around.submitted.written(ticket),
            (Err(_), Some(ticket)) => self.means.around.submitted.refused(ticket),
            (_, None) => {}
        }
        let again = |turn: Turn| (turn.number, turn);
        let next = match result {
            Ok(()) => {
                self.count(&turn.claim, &came);
                self.lines.settled(&key, version)
            }
            Err(CommitError::ContactChanged) => self.lines.refused(&key, self.conflicted(turn, None).map(again)),
            Err(CommitError::StateChanged { plugin }) => {
                self.lines.refused(&key, self.conflicted(turn, Some(plugin)).map(again))
            }
            // It begins anew once, and the step that adds to the plugin's state fails.
            Err(CommitError::StateFull { ref plugin, .. }) => {
                let why = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
                turn.full.insert(plugin.clone(), why);
                let plugin = plugin.clone();
                self.lines.refused(&key, self.conflicted(turn, Some(plugin)).map(again))
            }
            Err(CommitError::AutomationChanged) => {
                let Turn { claim, _place, .. } = turn;
                self.give_back(claim, CommitError::AutomationChanged.to_string(), _place);
                self.lines.refused(&key, None)
            }
            Err(CommitError::RunChanged) => {
                debug!(run.id = %turn.claim.run_id(), "somebody else brought the run on; this work is discarded");
                self.lines.refused(&key, None)
            }
            Err(CommitError::Store(error)) => {
                let Turn { claim, _place, .. } = turn;
                self.set_aside(claim, error, _place);
                self.lines.refused(&key, None)
            }
        };
        self.go_on(key, next);
    }
}
