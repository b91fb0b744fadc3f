//! From where to look for runs that are due.
//!
//! Runs that are due at once (queued, replayed, released) and those that are due at a time take turns: however many there are
//! of the first, a timer that comes due waits for few of them.

use std::ops::Bound;

use hookbox_model::{RunId, WorkspaceId};
use hookbox_store::StoreError;

use crate::error::unreadable;
use crate::key;
use crate::snapshot::Snapshot;
use crate::tables::Fixed;

/// A due time in milliseconds and a run: rows of `timers` are in this order.
pub(super) type Timer = (u64, RunId);

/// Where to look in one workspace.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// No unclaimed run that is due at once comes before this one.
    at_once: Option<Timer>,
    /// No unclaimed run that is due at a time comes before this one.
    timed: Option<Timer>,
    /// Those with a time are looked at first the next time.
    timed_first: bool,
}

impl Timers {
    /// When there is something to look for, in milliseconds.
    pub(super) fn first(&self) -> Option<u64> {
        self.at_once.into_iter().chain(self.timed).map(|(due_ms, _)| due_ms).min()
    }

    /// Makes sure that a timer is found.
    pub(super) fn expect(&mut self, timer: Timer) {
        let known = if timer.0 == 0 { &mut self.at_once } else { &mut self.timed };
        *known = Some(known.map_or(timer, |known| known.min(timer)));
    }

    /// The next run that is due and not `taken`.
    pub(super) fn next(
        &mut self,
        snapshot: &Snapshot,
        workspace: WorkspaceId,
        now_ms: u64,
        taken: impl Fn(RunId) -> bool,
    ) -> Result<Option<RunId>, StoreError> {
        for _ in 0..2 {
            let timed = self.timed_first;
            self.timed_first = !timed;
            let (from, until) = if timed { (&mut self.timed, now_ms) } else { (&mut self.at_once, 0) };
            let Some(start) = from.filter(|(due_ms, _)| *due_ms <= until) else { continue };
            let found = timer_from(snapshot, workspace, start, until, &taken)?;
            *from = found.next.filter(|(due_ms, _)| timed || *due_ms == 0);
            if found.run.is_some() {
                return Ok(found.run);
            }
        }
        Ok(None)
    }
}

/// What looking for a due timer found.
struct Found {
    /// A run that is due.
    run: Option<RunId>,
    /// From where to look next.
    next: Option<Timer>,
}

/// The first timer from `from` on that is due and not `taken`.
fn timer_from(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    from: Timer,
    now_ms: u64,
    taken: impl Fn(RunId) -> bool,
) -> Result<Found, StoreError> {
    let Some(timers) = snapshot.table(Fixed::Timers.into())? else { return Ok(Found { run: None, next: None }) };
    let start = Bound::Included(key::timer(workspace, from.0, from.1).to_vec());
    let mut run = None;
    for row in crate::paging::range(&timers, &start, workspace.as_bytes())? {
        let (key, _) = row.map_err(unreadable)?;
        let (due, id) = (key::due_of(key.value()), RunId::from_bytes(key::id_at(key.value(), 24)));
        if due > now_ms || run.is_some() {
            return Ok(Found { run, next: Some((due, id)) });
        }
        if !taken(id) {
            run = Some(id);
        }
    }
    Ok(Found { run, next: None })
}
