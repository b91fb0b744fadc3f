//! What became of a capture, as its runs say: as many of them as are read, and those that failed beyond.

use std::cell::Cell;
use std::ops::Bound;

use hookbox_model::{CaptureId, Run, RunId, RunState, WorkspaceId};
use hookbox_store::{CaptureRuns, StoreError};

use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::snapshot::Snapshot;
use crate::tables::Daily;

/// The runs of the capture `id`, which is there. `is_claimed` tells of a run that was not committed whether a host is at it; what is
/// read is counted into `bytes`, rows of indexes too.
pub(super) fn outcome(
    snapshot: &Snapshot,
    (workspace, id): (WorkspaceId, CaptureId),
    is_claimed: &dyn Fn(RunId) -> bool,
    bytes: &Cell<usize>,
) -> Result<CaptureRuns, StoreError> {
    let mut runs = CaptureRuns::default();
    let (mut read, mut failures) = (0, 0);
    let mut see = |run: RunId| -> Result<(), StoreError> {
        runs.count += 1;
        if runs.first.len() < CaptureRuns::TOLD_MAX {
            runs.first.push(run);
        }
        if read < CaptureRuns::READ_MAX {
            read += 1;
        } else if failures < CaptureRuns::READ_MAX && is_failure(snapshot, (workspace, run), bytes)? {
            failures += 1;
        } else {
            return Ok(());
        }
        if let Some(state) = state(snapshot, (workspace, run), is_claimed, bytes)? {
            *runs.states.entry(state).or_default() += 1;
        }
        Ok(())
    };
    // Its first run carries its UUID, committed or not.
    see(id.retyped())?;
    let row = key::pair(workspace, id.as_bytes());
    if let Some(rows) = snapshot.table(Daily::RunCaptures.at(id.made_at()))? {
        for further in paging::range(&rows, &Bound::Included(row.to_vec()), &row)?.take(CaptureRuns::COUNTED_MAX - 1) {
            let (key, value) = further.map_err(unreadable)?;
            weigh(bytes, key.value().len() + value.value().len());
            see(RunId::from_bytes(key::id_at(key.value(), 2 * key::ID)))?;
        }
    }
    Ok(runs)
}

/// Whether the index says that a run failed.
fn is_failure(
    snapshot: &Snapshot,
    (workspace, run): (WorkspaceId, RunId),
    bytes: &Cell<usize>,
) -> Result<bool, StoreError> {
    let row = key::pair(workspace, run.as_bytes());
    weigh(bytes, row.len());
    snapshot.contains(Daily::RunFailures.at(run.made_at()), &row)
}

fn weigh(bytes: &Cell<usize>, more: usize) {
    bytes.set(bytes.get().saturating_add(more));
}

/// Where a run stands; nothing when it was replayed.
fn state(
    snapshot: &Snapshot,
    (workspace, id): (WorkspaceId, RunId),
    is_claimed: &dyn Fn(RunId) -> bool,
    bytes: &Cell<usize>,
) -> Result<Option<RunState>, StoreError> {
    let row = key::pair(workspace, id.as_bytes());
    let state = match snapshot.weighed::<Run>(Daily::Runs.at(id.made_at()), &row, bytes) {
        Ok(Some(run)) if run.replayed_by.is_some() => return Ok(None),
        Ok(Some(run)) => run.state,
        Ok(None) => RunState::Queued,
        // It was noted, and is never brought on.
        Err(StoreError::Damaged { .. }) => RunState::Failed,
        Err(error) => return Err(error),
    };
    let is_running = state == RunState::Queued && is_claimed(id);
    Ok(Some(if is_running { RunState::Running } else { state }))
}
