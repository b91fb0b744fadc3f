//! Pages of runs, newest or oldest first, by the index that fits the filter.

use std::collections::BinaryHeap;
use std::ops::Bound;

use hookbox_model::{AutomationId, Run, RunId, RunState, WorkspaceId};
use hookbox_store::{Page, PageRequest, RunFilter, RunOrder, StoreError};

use crate::apply::RUNS_SPAN_MS;
use crate::error::unreadable;
use crate::key;
use crate::paging::{self, Collector, Reach};
use crate::record;
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Name};

/// A page of the runs that `filter` wants.
pub(super) fn page(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    filter: RunFilter,
    bounds: (&PageRequest, Reach),
) -> Result<Page<Run>, StoreError> {
    let wanted = |run: Run| {
        let automation = filter.automation.is_none_or(|automation| run.automation == automation);
        let state = filter.state.is_none_or(|state| run.state == state);
        let contact = filter.contact.is_none_or(|contact| run.contact == Some(contact));
        let replayed = filter.replayed.is_none_or(|replayed| run.replayed_by.is_some() == replayed);
        Some(run).filter(|_| automation && state && contact && replayed)
    };
    let read = |id: RunId| {
        let run = snapshot.record::<Run>(Daily::Runs.at(id.made_at()), &key::pair(workspace, id.as_bytes()))?;
        Ok(run.and_then(wanted))
    };
    if let Some(contact) = filter.contact {
        let prefix = key::pair(workspace, contact.as_bytes());
        return dated(snapshot, Daily::RunContacts, &prefix, (filter.order, bounds), |key, _| {
            read(RunId::from_bytes(key::id_at(key, 2 * key::ID)))
        });
    }
    if filter.state == Some(RunState::Failed) {
        return dated(snapshot, Daily::RunFailures, workspace.as_bytes(), (filter.order, bounds), |key, _| {
            read(RunId::from_bytes(key::id_at(key, key::ID)))
        });
    }
    // Rows of that index overlap in time and are made to be read backwards; forwards all runs are looked through.
    if let (Some(automation), RunOrder::NewestFirst) = (filter.automation, filter.order) {
        return of_automation(snapshot, workspace, automation, bounds, read);
    }
    dated(snapshot, Daily::Runs, workspace.as_bytes(), (filter.order, bounds), |key, value| {
        record::open::<Run>(key, value).map(wanted)
    })
}

/// Rows of daily tables in the order that is wanted.
fn dated(
    snapshot: &Snapshot,
    daily: Daily,
    prefix: &[u8],
    (order, bounds): (RunOrder, (&PageRequest, Reach)),
    item: impl FnMut(&[u8], &[u8]) -> Result<Option<Run>, StoreError>,
) -> Result<Page<Run>, StoreError> {
    match order {
        RunOrder::NewestFirst => paging::newest_first(snapshot, daily, prefix, bounds, item),
        RunOrder::OldestFirst => paging::oldest_first(snapshot, daily, prefix, bounds, item),
    }
}

/// Runs of one automation. A row holds the runs of one batch under the newest of them, so that rows overlap in time: a run
/// is next once no row can hold a newer one.
fn of_automation(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    automation: AutomationId,
    (page, reach): (&PageRequest, Reach),
    read: impl Fn(RunId) -> Result<Option<Run>, StoreError>,
) -> Result<Page<Run>, StoreError> {
    let mut collector = Collector::new(page, reach);
    let after = paging::cursor(page)?.map(|after| RunId::from_bytes(key::id_at(&after, 0)));
    let prefix = key::pair(workspace, automation.as_bytes());
    let day_max = after.map_or(u32::MAX, |after| after.made_at().day());
    for day in snapshot.days().range(..=day_max).rev() {
        let name = Name::Daily(Daily::RunAutomations, *day);
        let Some(rows) = snapshot.table(name)? else { continue };
        let end = after.map_or_else(|| key::end_of(&prefix), |after| Some(past_span(&prefix, after)));
        let bounds = (Bound::Included(prefix.as_slice()), end.as_deref().map_or(Bound::Unbounded, Bound::Excluded));
        let mut ready = BinaryHeap::new();
        for row in rows.range::<&[u8]>(bounds).map_err(unreadable)?.rev() {
            let (key, value) = row.map_err(unreadable)?;
            let newest = RunId::from_bytes(key::id_at(key.value(), 2 * key::ID));
            if !drain(&mut ready, Some(newest), &mut collector, &read)? {
                return Ok(collector.finish());
            }
            let payload = record::open_index(key.value(), value.value(), "index row of runs");
            let Ok(payload) = snapshot.noted(name, key.value(), payload) else { continue };
            let ids = payload.chunks_exact(key::ID).map(|id| RunId::from_bytes(key::id_at(id, 0)));
            ready.extend(ids.filter(|id| after.is_none_or(|after| *id < after)));
        }
        if !drain(&mut ready, None, &mut collector, &read)? {
            return Ok(collector.finish());
        }
    }
    Ok(collector.finish())
}

/// Moves ids newer than `newest` onto the page, newest first; says whether the page has room for more.
fn drain(
    ready: &mut BinaryHeap<RunId>,
    newest: Option<RunId>,
    collector: &mut Collector<Run>,
    read: impl Fn(RunId) -> Result<Option<Run>, StoreError>,
) -> Result<bool, StoreError> {
    while let Some(id) = ready.peek().copied().filter(|id| newest.is_none_or(|newest| *id > newest)) {
        if !collector.admits(id.as_bytes()) {
            return Ok(false);
        }
        ready.pop();
        collector.add(read(id))?;
    }
    Ok(true)
}

/// The key after every row that may hold a run older than `after`.
fn past_span(prefix: &[u8; 32], after: RunId) -> Vec<u8> {
    let millis = after.made_at().as_millis() + RUNS_SPAN_MS + 1;
    [prefix.as_slice(), &millis.to_be_bytes()[2..]].concat()
}
