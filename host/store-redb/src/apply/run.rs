//! Committing steps of a run: the run's record, its index rows and timer, and everything it changes of its contact.

use hookbox_model::{Run, RunId, RunState};
use hookbox_store::{CommitError, StoreError};

use super::contact::{apply_contact, check_contact};
use crate::batch::{Batch, Brought, News};
use crate::error::Fault;
use crate::key;
use crate::record::seal_index;
use crate::tables::{Daily, Fixed};
use crate::unit::{RunHead, RunUnit};

/// The ids in one row of the index by automation were made within so many milliseconds, so that a page that begins at an
/// id need look at no row beyond.
pub(crate) const RUNS_SPAN_MS: u64 = 1_000;

/// Writes a commit, if the run and its contact are where they were read.
pub(crate) fn commit_run(batch: &mut Batch<'_>, mut unit: RunUnit) -> Result<(), Fault<CommitError>> {
    let stored = check_run(batch, &unit)?;
    if let Some(contact) = unit.contact.take() {
        let checked = check_contact(batch, &contact)?;
        apply_contact(batch, contact, checked).map_err(unfinished)?;
    }
    write_run(batch, &unit, stored.as_ref())?;
    let run = &unit.run;
    let finishes = stored.is_none().then(|| run.id.retyped()).filter(|id| *id == run.capture);
    batch.news.push(News::Brought(Brought { key: (run.workspace, run.id), finishes, standing: run.standing }));
    Ok(())
}

/// A refusal after the first write would leave half a unit in the batch: then the batch must fail.
fn unfinished(fault: Fault) -> Fault<CommitError> {
    match fault {
        Fault::Refused(error) => Fault::Disk(redb::Error::Corrupted(error.to_string())),
        Fault::Disk(error) => Fault::Disk(error),
    }
}

/// The run that is stored now, if the commit may follow it.
fn check_run(batch: &mut Batch<'_>, unit: &RunUnit) -> Result<Option<Run>, Fault<CommitError>> {
    let run = &unit.run;
    let runs = Daily::Runs.at(run.id.made_at());
    let stored = batch.record::<Run>(runs, &unit.key)?;
    let follows = match &stored {
        Some(stored) => !stored.state.is_final() && run.revision.checked_sub(1) == Some(stored.revision),
        None => run.revision == 1,
    };
    if !follows {
        return Err(CommitError::RunChanged.into());
    }
    if stored.is_none() && !unit.claimed {
        let capture = key::pair(run.workspace, run.capture.as_bytes());
        if !batch.contains::<CommitError>(Daily::Captures.at(run.capture.made_at()), &capture)? {
            return Err(StoreError::Missing { what: "capture" }.into());
        }
    }
    Ok(stored)
}

fn write_run(batch: &mut Batch<'_>, unit: &RunUnit, stored: Option<&Run>) -> Result<(), Fault<CommitError>> {
    let run = &unit.run;
    let made_at = run.id.made_at();
    batch.put(Daily::Runs.at(made_at), &unit.key, &unit.value)?;
    if let Some(contact) = run.contact.filter(|contact| stored.and_then(|run| run.contact) != Some(*contact)) {
        let index = key::triple(run.workspace, contact.as_bytes(), run.id.as_bytes());
        batch.append_mark(Daily::RunContacts.at(made_at), &index);
    }
    if stored.is_none() {
        let of = (run.workspace, run.automation, made_at.day());
        batch.first_runs.entry(of).or_default().push(run.id);
    }
    if run.state == RunState::Failed {
        batch.append_mark(Daily::RunFailures.at(made_at), &unit.key);
    }
    let (before, after) = (stored.and_then(|stored| RunHead::of(stored).due()), run.due());
    if before != after {
        if let Some(due) = before {
            batch.retract(Fixed::Timers, &key::timer(run.workspace, due, run.id));
        }
        if let Some(due) = after {
            batch.append_mark(Fixed::Timers, &key::timer(run.workspace, due, run.id));
        }
    }
    if run.state.is_final() {
        batch.remove(Fixed::Interruptions, &unit.key)?;
    }
    Ok(())
}

/// One row for the runs of an automation that this batch brought: their ids, newest first, under the newest.
pub(super) fn index_by_automation(batch: &mut Batch<'_>) -> Result<(), Fault> {
    for ((workspace, automation, day), mut runs) in std::mem::take(&mut batch.first_runs) {
        runs.sort_unstable_by(|one, other| other.cmp(one));
        for row in spans(&runs) {
            let index = key::triple(workspace, automation.as_bytes(), row[0].as_bytes());
            let payload = row.iter().flat_map(|run| *run.as_bytes()).collect::<Vec<u8>>();
            batch.put(crate::tables::Name::Daily(Daily::RunAutomations, day), &index, &seal_index(&index, &payload))?;
        }
    }
    Ok(())
}

/// Cuts ids, newest first, into rows that span at most [`RUNS_SPAN_MS`]. No row is empty.
fn spans(runs: &[RunId]) -> impl Iterator<Item = &[RunId]> {
    let mut rest = runs;
    std::iter::from_fn(move || {
        let newest = rest.first()?.made_at();
        let within = rest.iter().take_while(|run| newest.millis_since(run.made_at()) <= RUNS_SPAN_MS).count();
        let (row, later) = rest.split_at(within);
        rest = later;
        Some(row)
    })
}
