//! Counting runs: page after page of one snapshot, up to so many rows and for so long.

use std::cell::Cell;
use std::time::{Duration, Instant};

use hookbox_model::WorkspaceId;
use hookbox_store::{PageRequest, RunCount, RunFilter, StoreError};

use super::page::page;
use crate::paging::Reach;
use crate::snapshot::Snapshot;

/// How many runs `filter` wants among the first `rows_max` rows that may hold one, as far as it gets in `millis_max`.
pub(super) fn count(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    filter: &RunFilter,
    (rows_max, millis_max): (usize, u64),
    reach: Reach<'_>,
) -> Result<RunCount, StoreError> {
    let (begun, patience) = (Instant::now(), Duration::from_millis(millis_max));
    let (mut count, mut rows_left, mut after) = (0, rows_max.max(1), None);
    loop {
        let wanted = PageRequest { after, limit: PageRequest::LIMIT_MAX };
        let looked = Cell::new(0);
        // As many rows as a page may have items: it ends with the rows, or earlier with its bytes.
        let reach = Reach { rows_max: rows_left.min(PageRequest::LIMIT_MAX), looked: Some(&looked), ..reach };
        let found = page(snapshot, workspace, filter, (&wanted, reach))?;
        count += found.items.len() as u64;
        rows_left = rows_left.saturating_sub(looked.get());
        after = found.next;
        if after.is_none() || rows_left == 0 || begun.elapsed() >= patience {
            return Ok(RunCount { count, more: after.is_some() });
        }
    }
}
