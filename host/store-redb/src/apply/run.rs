//! Committing steps of a run: the run's record, its index rows and timer, and everything it changes of
//! its contact and of plugin state.

use hookbox_model::{
    Audited, Automation, AutomationId, AutomationState, Capture, ContactId, Plugin, Run, RunId, RunState, StateUsage,
    Timestamp, WorkspaceId,
};
use hookbox_store::{CommitError, StoreError};

use super::audit::next_entry;
use super::contact::{apply_contact, check_contact, note_run};
use super::state::{check_state, write_state};
use super::stats::count_cancelled;
use super::unfinished;
use crate::batch::{Batch, Brought, News, RunKey, Standing};
use crate::catalog::EVERYWHERE;
use crate::error::Fault;
use crate::key;
use crate::record::{Record, seal, seal_index};
use crate::tables::{Daily, Fixed};
use crate::unit::{RunHead, RunUnit, kept};

/// The ids in one row of the index by automation were made within so many milliseconds, so that a page that begins at an
/// id need look at no row beyond.
pub(crate) const RUNS_SPAN_MS: u64 = 1_000;

/// Writes a commit, if the run, its contact and plugin state are where they were read. `now` decides what state has expired, and
/// `state_max` how much a plugin may keep; `leaving` is the row of the plugin version that is being removed.
pub(crate) fn commit_run(
    batch: &mut Batch<'_>,
    mut unit: RunUnit,
    (now, state_max): (Timestamp, StateUsage),
    leaving: Option<&[u8]>,
) -> Result<(), Fault<CommitError>> {
    let stored = check_run(batch, &unit)?;
    check_plugins(batch, &unit, stored.as_ref(), leaving)?;
    let state = check_state(batch, std::mem::take(&mut unit.state), now, state_max)?;
    let mut found = found_contact(&unit.run, stored.as_ref());
    // The last check: it takes new identifiers, and gives them back only when it is itself what refuses.
    if let Some(contact) = unit.contact.take() {
        let checked = check_contact(batch, &contact)?;
        // Of the contact that the commit writes it is noted with what else changes, so that its row is written once.
        let noted = found.take_if(|found| *found == contact.after.id).map(|_| unit.run.id);
        apply_contact(batch, contact, (checked, noted)).map_err(unfinished)?;
    }
    write_state::<CommitError>(batch, state)?;
    write::<CommitError>(batch, &unit, stored.as_ref(), found)?;
    unit.begins.iter().try_for_each(|begun| bring(batch, begun, None))
}

/// The contact of a run, if that was not known of it before.
fn found_contact(run: &RunHead, stored: Option<&Run>) -> Option<ContactId> {
    run.contact.filter(|contact| stored.and_then(|run| run.contact) != Some(*contact))
}

/// Writes a run and tells the queue in memory of it.
fn bring<R>(batch: &mut Batch<'_>, unit: &RunUnit, stored: Option<&Run>) -> Result<(), Fault<R>> {
    write(batch, unit, stored, found_contact(&unit.run, stored))
}

/// As [`bring`]; `found` is the contact that it is still to be noted with.
fn write<R>(
    batch: &mut Batch<'_>,
    unit: &RunUnit,
    stored: Option<&Run>,
    found: Option<ContactId>,
) -> Result<(), Fault<R>> {
    write_run(batch, unit, stored)?;
    if let Some(contact) = found {
        note_run(batch, (unit.run.workspace, unit.run.id), contact)?;
    }
    let run = &unit.run;
    let finishes = stored.is_none().then(|| run.id.retyped()).filter(|id| *id == run.capture);
    let (key, automation, state, standing) = ((run.workspace, run.id), run.automation, run.state, run.standing);
    batch.news.push(News::Brought(Brought { key, automation, state, finishes, standing }));
    Ok(())
}

/// Ends a run that is not final, begun or not; `Missing` when there is none.
pub(crate) fn cancel_run(
    batch: &mut Batch<'_>,
    (workspace, id): RunKey,
    at: Timestamp,
    audited: &Audited,
) -> Result<(), Fault> {
    let row = key::pair(workspace, id.as_bytes());
    let made_at = id.made_at();
    let stored = batch.record::<Run>(Daily::Runs.at(made_at), &row)?;
    if stored.as_ref().is_some_and(|run| run.state.is_final()) {
        return Ok(());
    }
    let (begun, captured_at) = match &stored {
        Some(run) => (run.clone(), None),
        None => {
            let capture = batch.record::<Capture>(Daily::Captures.at(made_at), &row)?;
            let capture = capture.ok_or(StoreError::Missing { what: "run" })?;
            (Run::first_of(&capture, at), Some(capture.received_at))
        }
    };
    let revision = begun.revision.saturating_add(1);
    let run = Run { state: RunState::Cancelled, revision, due_at: None, finished_at: Some(at), ..begun };
    let (unit, entry) = (RunUnit::of(&run, true)?, next_entry(batch, workspace, audited)?);
    bring::<StoreError>(batch, &unit, stored.as_ref())?;
    count_cancelled(batch, &run, captured_at, at).map_err(unfinished)?;
    Ok(entry.write(batch)?)
}

/// Adds a run that repeats another, and notes it there.
pub(crate) fn replay_run(batch: &mut Batch<'_>, run: &Run, audited: &Audited) -> Result<(), Fault> {
    let Some(replay) = run.replay else { return Err(StoreError::Missing { what: "run" }.into()) };
    let row = key::pair(run.workspace, replay.of.as_bytes());
    let runs = Daily::Runs.at(replay.of.made_at());
    let original = batch.record::<Run>(runs, &row)?.ok_or(StoreError::Missing { what: "run" })?;
    if !original.state.is_final() || original.replayed_by.is_some() {
        return Err(StoreError::Stale { what: "run" }.into());
    }
    let capture = key::pair(run.workspace, run.capture.as_bytes());
    if !batch.contains::<StoreError>(Daily::Captures.at(run.capture.made_at()), &capture)? {
        return Err(StoreError::Missing { what: "capture" }.into());
    }
    let unit = RunUnit::of(run, true)?;
    if batch.contains::<StoreError>(Daily::Runs.at(run.id.made_at()), &unit.key)? {
        return Err(StoreError::Exists { what: "run", name: run.id.to_string() }.into());
    }
    let revision = original.revision.saturating_add(1);
    let entry = next_entry(batch, run.workspace, audited)?;
    let noted = seal(&row, &Run { replayed_by: Some(run.id), revision, ..original })?;
    batch.put(runs, &row, &noted)?;
    bring::<StoreError>(batch, &unit, None)?;
    Ok(entry.write(batch)?)
}

/// Makes up to `limit` held runs of an automation due at once, oldest first; how many are held no more.
pub(crate) fn release_held(
    batch: &mut Batch<'_>,
    workspace: WorkspaceId,
    automation: AutomationId,
    limit: usize,
) -> Result<usize, Fault> {
    let rows = batch.first_keys::<StoreError>(Fixed::HeldRuns, &key::pair(workspace, automation.as_bytes()), limit)?;
    let mut gone = 0;
    for row in &rows {
        let id = RunId::from_bytes(key::id_at(row, 2 * key::ID));
        let of = key::pair(workspace, id.as_bytes());
        match batch.record::<Run>(Daily::Runs.at(id.made_at()), &of) {
            Ok(Some(held)) if held.state == RunState::Held => {
                let revision = held.revision.saturating_add(1);
                let due = Run { state: RunState::Queued, revision, ..held.clone() };
                bring(batch, &RunUnit::of(&due, true)?, Some(&held))?;
                gone += 1;
            }
            // A damaged run was noted and can never be run; it must not keep the others from it.
            Ok(_) | Err(Fault::Refused(_)) => gone += usize::from(batch.remove(Fixed::HeldRuns, row)?),
            Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
        }
    }
    Ok(gone)
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
    if run.standing == Standing::Parked {
        let automation = key::pair(run.workspace, run.automation.as_bytes());
        let stored = batch.record::<Automation>(Fixed::Automations, &automation)?;
        if stored.is_none_or(|automation| automation.state != AutomationState::Paused) {
            return Err(CommitError::AutomationChanged.into());
        }
    }
    for begun in &unit.begins {
        if batch.contains::<CommitError>(Daily::Runs.at(begun.run.id.made_at()), &begun.key)? {
            return Err(CommitError::RunChanged.into());
        }
    }
    Ok(stored)
}

/// Looks that the plugin versions are there that the run begins to keep to: one that was removed while it ran must not be waited
/// for. It is `Stale` then, and begins anew with what is active.
fn check_plugins(
    batch: &mut Batch<'_>,
    unit: &RunUnit,
    stored: Option<&Run>,
    leaving: Option<&[u8]>,
) -> Result<(), Fault<CommitError>> {
    for digest in &unit.keeps {
        if stored.is_some_and(|stored| kept(stored).any(|known| known == *digest)) {
            continue;
        }
        let [own, of_all] = [unit.run.workspace.as_bytes(), &EVERYWHERE].map(|home| key::with(home, digest.as_bytes()));
        let is_own = leaving != Some(own.as_slice()) && batch.contains::<CommitError>(Fixed::Plugins, &own)?;
        if !is_own && !batch.contains::<CommitError>(Fixed::Plugins, &of_all)? {
            return Err(StoreError::Stale { what: Plugin::WHAT }.into());
        }
    }
    Ok(())
}

fn write_run<R>(batch: &mut Batch<'_>, unit: &RunUnit, stored: Option<&Run>) -> Result<(), Fault<R>> {
    let run = &unit.run;
    let made_at = run.id.made_at();
    batch.put(Daily::Runs.at(made_at), &unit.key, &unit.value)?;
    if stored.is_none() {
        let of = (run.workspace, run.automation, made_at.day());
        batch.first_runs.entry(of).or_default().push(run.id);
        if run.id.as_bytes() != run.capture.as_bytes() {
            let index = key::triple(run.workspace, run.capture.as_bytes(), run.id.as_bytes());
            batch.append_mark(Daily::RunCaptures.at(run.capture.made_at()), &index);
        }
    }
    if run.state == RunState::Failed {
        batch.append_mark(Daily::RunFailures.at(made_at), &unit.key);
    }
    let was_held = stored.is_some_and(|stored| stored.state == RunState::Held);
    if was_held != (run.state == RunState::Held) {
        let row = key::triple(run.workspace, run.automation.as_bytes(), run.id.as_bytes());
        if was_held {
            batch.remove(Fixed::HeldRuns, &row)?;
        } else {
            batch.put(Fixed::HeldRuns, &row, &seal_index(&row, &[]))?;
        }
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
    // One that came as far as to wait is not to blame for what happens to hosts meanwhile.
    if run.state.is_final() || run.state == RunState::Waiting {
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
