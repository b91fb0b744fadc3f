//! Who needs a version: runs that keep to it, and records that name its component.

use std::collections::BTreeSet;
use std::ops::Bound;

use hookbox_model::{Digest, Run, RunId, WorkspaceId};
use hookbox_store::StoreError;

use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Fixed};
use crate::unit::kept;

/// An unfinished run of a workspace that keeps to a version, if there is one. Every committed run that is not final has a timer or
/// is held, claimed or not; one that was never committed keeps to nothing yet. Reads each of them: to be called where that
/// may take its time.
pub(super) fn run_that_needs(
    snapshot: &Snapshot,
    workspace: WorkspaceId,
    digest: Digest,
) -> Result<Option<RunId>, StoreError> {
    for (table, at) in [(Fixed::Timers, 24), (Fixed::HeldRuns, 2 * key::ID)] {
        let Some(rows) = snapshot.table(table.into())? else { continue };
        let prefix = workspace.as_bytes();
        for row in paging::range(&rows, &Bound::Included(prefix.to_vec()), prefix)? {
            let (key, _) = row.map_err(unreadable)?;
            let id = RunId::from_bytes(key::id_at(key.value(), at));
            let of = key::pair(workspace, id.as_bytes());
            match snapshot.record::<Run>(Daily::Runs.at(id.made_at()), &of) {
                Ok(Some(run)) if kept(&run).any(|kept| kept == digest) => return Ok(Some(id)),
                // A damaged run was noted and can never be run: it needs nothing.
                Ok(_) | Err(StoreError::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(None)
}

/// The digests that records name, readable or not.
pub(crate) fn digests(snapshot: &Snapshot) -> Result<BTreeSet<Digest>, StoreError> {
    let Some(rows) = snapshot.table(Fixed::Plugins.into())? else { return Ok(BTreeSet::new()) };
    let mut digests = BTreeSet::new();
    for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
        let (key, _) = row.map_err(unreadable)?;
        let digest = key.value().get(key::ID..).and_then(|bytes| bytes.try_into().ok());
        digests.extend(digest.map(Digest::from_bytes));
    }
    Ok(digests)
}
