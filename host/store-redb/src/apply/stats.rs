//! Adding counts to the rows of their minute and their hour, and dropping old ones.

use hookbox_model::{CallCounts, Counted, QueueCounts, Run, RunCounts, StatsRow, StatsSpan, Timestamp};
use hookbox_store::StoreError;

use super::unfinished;
use crate::batch::Batch;
use crate::error::Fault;
use crate::key;
use crate::record::{Record, seal};
use crate::tables::Fixed;

/// Adds counts to those of their minute and to those of their hour.
pub(crate) fn add_counts(batch: &mut Batch<'_>, row: &StatsRow) -> Result<(), Fault> {
    for span in [StatsSpan::Minute, StatsSpan::Hour] {
        let (table, at) = (stats_table(span), span.of(row.at));
        match &row.counted {
            Counted::Runs(automation, counts) => {
                let row = key::stats(at, row.workspace, RUNS, automation.as_bytes());
                merge(batch, table, &row, |stored: &mut RunCounts| stored.add(counts))?;
            }
            Counted::Calls(plugin, counts) => {
                let row = key::stats(at, row.workspace, CALLS, plugin.as_bytes());
                merge(batch, table, &row, |stored: &mut CallCounts| stored.add(counts))?;
            }
            Counted::Queue(counts) => {
                let row = key::stats(at, row.workspace, QUEUE, &[]);
                merge(batch, table, &row, |stored: &mut QueueCounts| stored.add(counts))?;
            }
        }
    }
    Ok(())
}

/// What stands in a key before the id of an automation.
pub(crate) const RUNS: u8 = b'a';

/// What stands in a key before the name of a plugin.
pub(crate) const CALLS: u8 = b'p';

/// What stands in a key of how much waited, with nothing behind it.
pub(crate) const QUEUE: u8 = b'q';

/// The table of a span.
pub(crate) const fn stats_table(span: StatsSpan) -> Fixed {
    match span {
        StatsSpan::Minute => Fixed::StatsMinutes,
        StatsSpan::Hour => Fixed::StatsHours,
    }
}

/// Counts a run that was ended at `at`, and its capture, if this was its first commit: the capture arrived at `captured_at` then.
pub(super) fn count_cancelled(
    batch: &mut Batch<'_>,
    run: &Run,
    captured_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<(), Fault> {
    let row = |at, counts| StatsRow { workspace: run.workspace, at, counted: Counted::Runs(run.automation, counts) };
    add_counts(batch, &row(at, RunCounts { cancelled: 1, ..RunCounts::default() }))?;
    let Some(captured_at) = captured_at else { return Ok(()) };
    let mut captured = RunCounts::default();
    captured.capture(captured_at);
    add_counts(batch, &row(captured_at, captured))
}

/// Drops up to `limit` rows of what began before `before`, oldest first; how many are gone.
pub(crate) fn drop_counts(
    batch: &mut Batch<'_>,
    span: StatsSpan,
    before: Timestamp,
    limit: usize,
) -> Result<usize, Fault> {
    let table = stats_table(span);
    let rows = batch.first_keys::<StoreError>(table, &[], limit)?;
    let old = rows.iter().take_while(|row| key::number_at(row, 0) < before.as_millis());
    let mut dropped = 0;
    for row in old {
        dropped += usize::from(batch.remove(table, row)?);
    }
    Ok(dropped)
}

/// Adds to the record under `row`. One that is damaged was noted; it begins anew, as nothing else is built on it.
fn merge<R: Record + Default>(
    batch: &mut Batch<'_>,
    table: Fixed,
    row: &[u8],
    add: impl FnOnce(&mut R),
) -> Result<(), Fault> {
    let mut stored = match batch.record::<R>(table, row) {
        Ok(stored) => stored.unwrap_or_default(),
        Err(Fault::Refused(_)) => R::default(),
        Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
    };
    add(&mut stored);
    let value = seal(row, &stored).map_err(|error| unfinished(error.into()))?;
    Ok(batch.put(table, row, &value)?)
}
