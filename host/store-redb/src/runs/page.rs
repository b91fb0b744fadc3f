//! Pages of runs, newest or oldest first, by the index that fits the filter.

use std::cell::Cell;
use std::collections::BinaryHeap;
use std::ops::Bound;

use hookbox_model::{Run, RunId, RunState, WorkspaceId};
use hookbox_store::{Page, PageRequest, RunFilter, RunOrder, StoreError};

use super::search::Search;
use crate::apply::RUNS_SPAN_MS;
use crate::between::Between;
use crate::error::unreadable;
use crate::key;
use crate::paging::{self, Collector, Reach, Span};
use crate::recent::OfContact;
use crate::record;
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Name};

/// A page of the runs that `filter` wants.
pub(super) fn page(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    filter: &RunFilter,
    (page, reach): (&PageRequest, Reach<'_>),
) -> Result<Page<Run>, StoreError> {
    let beside = Cell::new(0);
    let search = filter.text.as_deref().map(|text| Search::new(snapshot, workspace, text, &beside));
    let wanted = |run: Run| -> Result<Option<Run>, StoreError> {
        let found = suits(filter, &run) && search.as_ref().map_or(Ok(true), |search| search.finds(&run))?;
        Ok(found.then_some(run))
    };
    let read = |id: RunId| {
        let key = key::pair(workspace, id.as_bytes());
        let run = snapshot.weighed::<Run>(Daily::Runs.at(id.made_at()), &key, &beside)?;
        run.map_or(Ok(None), wanted)
    };
    if let Some(ids) = search.as_ref().map_or(Ok(None), Search::looked_up)? {
        return looked_up(ids, filter, (page, reach), read);
    }
    let (span, bounds) = (Span { from: filter.from, to: filter.to }, (page, Reach { beside: Some(&beside), ..reach }));
    if let Some(contact) = filter.contact {
        let ids = OfContact::runs(snapshot, key::pair(workspace, contact.as_bytes()))?;
        let read = |id| read(RunId::from_bytes(id));
        return match filter.order {
            RunOrder::NewestFirst => ids.newest_first(span, bounds, read),
            RunOrder::OldestFirst => ids.oldest_first(span, bounds, read),
        };
    }
    let of_workspace = (workspace.as_bytes().as_slice(), span);
    if filter.state == Some(RunState::Failed) {
        return dated(snapshot, Daily::RunFailures, of_workspace, (filter.order, bounds), |key, _| {
            read(RunId::from_bytes(key::id_at(key, key::ID)))
        });
    }
    // Rows of that index overlap in time and are made to be read backwards; forwards all runs are looked through.
    if let (Some(automation), RunOrder::NewestFirst) = (filter.automation, filter.order) {
        return of_automation(snapshot, (&key::pair(workspace, automation.as_bytes()), span), bounds, read);
    }
    dated(snapshot, Daily::Runs, of_workspace, (filter.order, bounds), |key, value| {
        record::open::<Run>(key, value).and_then(wanted)
    })
}

/// Whether a run is one that a filter wants, as far as it tells by itself.
fn suits(filter: &RunFilter, run: &Run) -> bool {
    let made_at = run.id.made_at();
    filter.automation.is_none_or(|automation| run.automation == automation)
        && filter.state.is_none_or(|state| run.state == state)
        && filter.contact.is_none_or(|contact| run.contact == Some(contact))
        && filter.replayed.is_none_or(|replayed| run.replayed_by.is_some() == replayed)
        && filter.code.as_deref().is_none_or(|code| run.failure.as_ref().is_some_and(|failure| failure.code == code))
        && filter.from.is_none_or(|from| made_at >= from)
        && filter.to.is_none_or(|to| made_at < to)
}

/// The page of the few runs that an id names.
fn looked_up(
    mut ids: Vec<RunId>,
    filter: &RunFilter,
    (page, reach): (&PageRequest, Reach<'_>),
    read: impl Fn(RunId) -> Result<Option<Run>, StoreError>,
) -> Result<Page<Run>, StoreError> {
    let after = paging::cursor(page)?.map(|after| RunId::from_bytes(key::id_at(&after, 0)));
    ids.sort_unstable();
    if filter.order == RunOrder::NewestFirst {
        ids.reverse();
    }
    let is_past = |id: &RunId| match filter.order {
        RunOrder::NewestFirst => after.is_none_or(|after| *id < after),
        RunOrder::OldestFirst => after.is_none_or(|after| *id > after),
    };
    let reach = Reach { rows_max: ids.len(), bytes_max: usize::MAX, ..reach };
    let mut collector = Collector::new(page, reach);
    for id in ids.into_iter().filter(is_past) {
        if !collector.admits(id.as_bytes()) {
            break;
        }
        collector.add(read(id))?;
    }
    Ok(collector.finish())
}

/// Rows of daily tables in the order that is wanted.
fn dated(
    snapshot: &Snapshot,
    daily: Daily,
    of: (&[u8], Span),
    (order, bounds): (RunOrder, (&PageRequest, Reach<'_>)),
    item: impl FnMut(&[u8], &[u8]) -> Result<Option<Run>, StoreError>,
) -> Result<Page<Run>, StoreError> {
    match order {
        RunOrder::NewestFirst => paging::newest_first(snapshot, daily, of, bounds, item),
        RunOrder::OldestFirst => paging::oldest_first(snapshot, daily, of, bounds, item),
    }
}

/// Runs of one automation. A row holds the runs of one batch under the newest of them, so that rows overlap in time: a run
/// is next once no row can hold a newer one.
fn of_automation(
    snapshot: &Snapshot,
    (prefix, span): (&[u8; 32], Span),
    (page, reach): (&PageRequest, Reach<'_>),
    read: impl Fn(RunId) -> Result<Option<Run>, StoreError>,
) -> Result<Page<Run>, StoreError> {
    let mut collector = Collector::new(page, reach);
    let after = paging::cursor(page)?.map(|after| key::id_at(&after, 0));
    // Where it begins: before the last run of the page before it, and before what is too new.
    let after = after.into_iter().chain(span.end()).min().map(RunId::from_bytes);
    let first = RunId::from_bytes(span.first().unwrap_or_default());
    let day_max = after.map_or(u32::MAX, |after| after.made_at().day());
    if day_max < first.made_at().day() {
        return Ok(collector.finish());
    }
    let start = [prefix.as_slice(), first.as_bytes()].concat();
    for day in snapshot.days().range(first.made_at().day()..=day_max).rev() {
        let name = Name::Daily(Daily::RunAutomations, *day);
        let Some(rows) = snapshot.table(name)? else { continue };
        let end = after.map_or_else(|| key::end_of(prefix), |after| Some(past_span(prefix, after)));
        if end.as_ref().is_some_and(|end| *end <= start) {
            continue;
        }
        let bounds = (Bound::Included(start.as_slice()), end.as_deref().map_or(Bound::Unbounded, Bound::Excluded));
        let mut ready = BinaryHeap::new();
        for row in Between::of(&rows, bounds)?.rev() {
            let (key, value) = row.map_err(unreadable)?;
            let newest = RunId::from_bytes(key::id_at(key.value(), 2 * key::ID));
            if !drain(&mut ready, Some(newest), &mut collector, &read)? {
                return Ok(collector.finish());
            }
            let payload = record::open_index(key.value(), value.value(), "index row of runs");
            let Ok(payload) = snapshot.noted(name, key.value(), payload) else { continue };
            let ids = payload.chunks_exact(key::ID).map(|id| RunId::from_bytes(key::id_at(id, 0)));
            ready.extend(ids.filter(|id| *id >= first && after.is_none_or(|after| *id < after)));
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
    collector: &mut Collector<'_, Run>,
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
