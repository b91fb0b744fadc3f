//! Pages of captures, newest first: by automation and time from the rows themselves, by state and text from what is read beside them.
//! What is read of their runs counts towards the bytes of a page.

use std::cell::Cell;

use hookbox_model::{AutomationId, Capture, CaptureId, Run, RunId, WorkspaceId};
use hookbox_store::{CaptureFilter, CaptureRuns, Page, PageRequest, StoreError};

use super::outcome::outcome;
use crate::key;
use crate::paging::{self, Collector, Reach, Span};
use crate::record::{self, Record};
use crate::snapshot::Snapshot;
use crate::tables::Daily;
use crate::text::Needle;

/// A page of the captures that `filter` wants. `is_claimed` tells of a run that was not committed whether a host is at it.
pub(super) fn page(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    filter: &CaptureFilter,
    is_claimed: &dyn Fn(RunId) -> bool,
    (page, reach): (&PageRequest, Reach<'_>),
) -> Result<Page<Capture>, StoreError> {
    let beside = Cell::new(0);
    let bounds = (page, Reach { beside: Some(&beside), ..reach });
    look(snapshot, workspace, filter, bounds, |capture| {
        let has_state = match filter.state {
            None => true,
            Some(state) => outcome(snapshot, (workspace, capture.id), is_claimed, &beside)?.state() == state,
        };
        Ok(has_state.then_some(capture))
    })
}

/// The same page, and what the runs of each capture say of it.
pub(super) fn page_with_runs(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    filter: &CaptureFilter,
    is_claimed: &dyn Fn(RunId) -> bool,
    (page, reach): (&PageRequest, Reach<'_>),
) -> Result<Page<(Capture, CaptureRuns)>, StoreError> {
    let beside = Cell::new(0);
    let bounds = (page, Reach { beside: Some(&beside), ..reach });
    look(snapshot, workspace, filter, bounds, |capture| {
        let runs = outcome(snapshot, (workspace, capture.id), is_claimed, &beside)?;
        Ok(filter.state.is_none_or(|state| runs.state() == state).then_some((capture, runs)))
    })
}

/// What `told` makes of the captures that suit `filter`, their state aside.
fn look<T>(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    filter: &CaptureFilter,
    (page, reach): (&PageRequest, Reach<'_>),
    told: impl Fn(Capture) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let needle = filter.text.as_deref().map(Needle::new);
    if let Some(id) = filter.text.as_deref().map_or(Ok(None), |text| named(snapshot, workspace, text.trim()))? {
        return looked_up(snapshot, (workspace, id), page, |capture| match suits(filter, &capture) {
            true => told(capture),
            false => Ok(None),
        });
    }
    let (span, bounds) = (Span { from: filter.from, to: filter.to }, (page, reach));
    let of_workspace = (workspace.as_bytes().as_slice(), span);
    paging::newest_first(snapshot, Daily::Captures, of_workspace, bounds, |key, value| {
        let payload = record::open_index(key, value, Capture::WHAT)?;
        // Id, workspace and automation come first in postcard, 16 bytes each: others need not be decoded.
        let of = AutomationId::from_bytes(key::id_at(payload, 2 * key::ID));
        if filter.automation.is_some_and(|wanted| wanted != of) {
            return Ok(None);
        }
        let capture: Capture = record::open(key, value)?;
        match needle.as_ref().is_none_or(|needle| has_text(needle, &capture)) {
            true => told(capture),
            false => Ok(None),
        }
    })
}

/// The capture that a text names when it is the whole id of a capture or of a run; nothing has to be looked through then.
fn named(snapshot: &Snapshot, workspace: WorkspaceId, text: &str) -> Result<Option<CaptureId>, StoreError> {
    if let Ok(capture) = text.parse() {
        return Ok(Some(capture));
    }
    let Ok(run) = text.parse::<RunId>() else { return Ok(None) };
    match snapshot.record::<Run>(Daily::Runs.at(run.made_at()), &key::pair(workspace, run.as_bytes())) {
        Ok(Some(run)) => Ok(Some(run.capture)),
        // The first run of a capture carries its UUID, committed or not.
        Ok(None) | Err(StoreError::Damaged { .. }) => Ok(Some(run.retyped())),
        Err(error) => Err(error),
    }
}

/// The page of the one capture with this id.
fn looked_up<T>(
    snapshot: &Snapshot,
    (workspace, id): (WorkspaceId, CaptureId),
    page: &PageRequest,
    told: impl Fn(Capture) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let after = paging::cursor(page)?.map(|after| CaptureId::from_bytes(key::id_at(&after, 0)));
    let mut collector = Collector::new(page, Reach { rows_max: 1, bytes_max: usize::MAX, beside: None, looked: None });
    if after.is_none_or(|after| id < after) && collector.admits(id.as_bytes()) {
        let row = key::pair(workspace, id.as_bytes());
        let found = snapshot.record::<Capture>(Daily::Captures.at(id.made_at()), &row);
        collector.add(found.and_then(|found| found.map_or(Ok(None), &told)))?;
    }
    Ok(collector.finish())
}

/// Whether a capture is of the automation and of the time that is wanted.
fn suits(filter: &CaptureFilter, capture: &Capture) -> bool {
    let made_at = capture.id.made_at();
    filter.automation.is_none_or(|automation| capture.automation == automation)
        && filter.from.is_none_or(|from| made_at >= from)
        && filter.to.is_none_or(|to| made_at < to)
}

/// Whether the text is in what identifies a capture, or in what was sent.
fn has_text(needle: &Needle, capture: &Capture) -> bool {
    needle.is_in(&capture.id.to_string())
        || capture.from.is_some_and(|from| needle.is_in(&from.to_string()))
        || needle.is_in(capture.body.text())
}
