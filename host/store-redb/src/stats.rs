//! Counts: the file of their trait in `hookbox-store`, on redb. Rows of one minute or hour lie beside one another, the oldest
//! first, so that adding touches one place of the file and dropping begins at its start.

use std::ops::Bound;

use async_trait::async_trait;
use hookbox_model::{AutomationId, Counted, RunId, StatsRow, StatsSpan, Timestamp, WorkspaceId};
use hookbox_store::{QueueDepths, Stats, StoreError};

use crate::apply::{self, stats_table};
use crate::between::Between;
use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::record;
use crate::snapshot::Snapshot;
use crate::store::RedbStore;
use crate::tables::Fixed;

/// What rows of counts are called in messages.
const WHAT: &str = "row of counts";

#[async_trait]
impl Stats for RedbStore {
    async fn add(&self, rows: Vec<StatsRow>) -> Result<(), StoreError> {
        self.change(move |batch| rows.iter().try_for_each(|row| apply::add_counts(batch, row))).await
    }

    async fn read(
        &self,
        workspace: WorkspaceId,
        span: StatsSpan,
        (from, to): (Timestamp, Timestamp),
        see: &mut (dyn FnMut(StatsRow) + Send),
    ) -> Result<(), StoreError> {
        let mut next = Some(from);
        while let Some(at) = next.filter(|at| *at < to) {
            next = self.read(|snapshot| step(snapshot, workspace, span, (at, to), see))?;
            // A week of a large workspace takes a while; others are served between its hours.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn drop_before(&self, span: StatsSpan, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let oldest = self.read(|snapshot| first_from(snapshot, span, &[]))?;
        if oldest.is_none_or(|row| key::number_at(&row, 0) >= before.as_millis()) {
            return Ok(0);
        }
        self.change(move |batch| apply::drop_counts(batch, span, before, limit)).await
    }

    async fn queue(&self, workspace: WorkspaceId, now: Timestamp) -> Result<QueueDepths, StoreError> {
        let captures = unfinished(self, workspace);
        let rows_max = self.config().queue_count_rows_max;
        self.read(|snapshot| {
            let count = |table| count(snapshot, table, (workspace, None), rows_max);
            Ok(QueueDepths {
                captures,
                runs: count(Fixed::Timers)?,
                due: due(snapshot, (workspace, now), rows_max)?,
                held: count(Fixed::HeldRuns)?,
                outbox: count(Fixed::Outbox)?,
            })
        })
    }

    async fn waiting(&self, workspace: WorkspaceId, now: Timestamp) -> Result<u64, StoreError> {
        let captures = unfinished(self, workspace);
        let due = self.read(|snapshot| due(snapshot, (workspace, now), self.config().queue_count_rows_max))?;
        Ok(captures.saturating_add(due))
    }
}

/// Captures of a workspace whose run was never committed.
fn unfinished(store: &RedbStore, workspace: WorkspaceId) -> u64 {
    let mark = store.core().pending.lock().backlog(workspace).and_then(|backlog| backlog.mark());
    mark.map_or(0, |mark| mark.unfinished)
}

/// How many runs of a workspace are due at `now`, up to a limit.
fn due(snapshot: &Snapshot, (workspace, now): (WorkspaceId, Timestamp), rows_max: usize) -> Result<u64, StoreError> {
    let last = key::timer(workspace, now.as_millis(), RunId::from_bytes([u8::MAX; key::ID]));
    count(snapshot, Fixed::Timers, (workspace, Some(&last)), rows_max)
}

/// Shows the rows of the first minute or hour from `at` on in which anything was counted; from where to go on.
fn step(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    span: StatsSpan,
    (at, to): (Timestamp, Timestamp),
    see: &mut (dyn FnMut(StatsRow) + Send),
) -> Result<Option<Timestamp>, StoreError> {
    let name = stats_table(span).into();
    let Some(found) = first_from(snapshot, span, &key::stats_of(at, workspace))? else { return Ok(None) };
    let found_at = Timestamp::from_millis(key::number_at(&found, 0));
    if key::id_at(&found, 8) != *workspace.as_bytes() {
        // Another workspace's: ours may come after it in the same moment, or else in a later one.
        let is_behind = key::id_at(&found, 8) < *workspace.as_bytes() && found_at > at;
        return Ok(Some(if is_behind { found_at } else { found_at.plus_millis(1) }));
    }
    if found_at >= to {
        return Ok(None);
    }
    let Some(rows) = snapshot.table(name)? else { return Ok(None) };
    let prefix = key::stats_of(found_at, workspace);
    for row in paging::range(&rows, &Bound::Included(prefix.to_vec()), &prefix)? {
        let (key, value) = row.map_err(unreadable)?;
        let read = read_row(workspace, found_at, key.value(), value.value());
        match snapshot.noted(name, key.value(), read) {
            Ok(row) => see(row),
            Err(StoreError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(found_at.plus_millis(1)))
}

/// The first key of a span's table that is not before `start`.
fn first_from(snapshot: &Snapshot, span: StatsSpan, start: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(rows) = snapshot.table(stats_table(span).into())? else { return Ok(None) };
    let first = Between::of(&rows, (Bound::Included(start), Bound::Unbounded))?.next();
    first.map(|row| row.map(|(key, _)| key.value().to_vec()).map_err(unreadable)).transpose()
}

fn read_row(workspace: WorkspaceId, at: Timestamp, key: &[u8], value: &[u8]) -> Result<StatsRow, StoreError> {
    Ok(StatsRow { workspace, at, counted: counted(key, value)? })
}

/// What a row counts, and of what.
pub(crate) fn counted(key: &[u8], value: &[u8]) -> Result<Counted, StoreError> {
    let damaged = |reason: &str| StoreError::Damaged { what: WHAT, reason: reason.to_owned() };
    match key::stats_parts(key) {
        Some((apply::RUNS, id)) => {
            let id = id.try_into().map_err(|_| damaged("its key has no id of an automation"))?;
            Ok(Counted::Runs(AutomationId::from_bytes(id), record::open(key, value)?))
        }
        Some((apply::CALLS, name)) => {
            let name = std::str::from_utf8(name).map_err(|_| damaged("its key has no name of a plugin"))?;
            Ok(Counted::Calls(name.to_owned(), record::open(key, value)?))
        }
        Some((apply::QUEUE, [])) => Ok(Counted::Queue(record::open(key, value)?)),
        Some(_) | None => Err(damaged("its key does not say what it counts")),
    }
}

/// How many rows of a workspace a table has, those up to `last` if there is one, up to a limit.
fn count(
    snapshot: &Snapshot,
    table: Fixed,
    (workspace, last): (WorkspaceId, Option<&[u8]>),
    rows_max: usize,
) -> Result<u64, StoreError> {
    let Some(rows) = snapshot.table(table.into())? else { return Ok(0) };
    let start = Bound::Included(workspace.as_bytes().to_vec());
    let mut counted = 0;
    for row in paging::range(&rows, &start, workspace.as_bytes())?.take(rows_max) {
        let (key, _) = row.map_err(unreadable)?;
        if last.is_some_and(|last| key.value() > last) {
            break;
        }
        counted += 1;
    }
    Ok(counted)
}
