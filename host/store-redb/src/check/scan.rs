//! Going through tables and looking up what they name.

use hookbox_store::StoreError;

use crate::error::unreadable;
use crate::record::{self, Record};
use crate::snapshot::Snapshot;
use crate::tables::Name;

/// Calls `look` with every readable record of a table; unreadable ones are the business of `rows`.
pub(super) fn each<R: Record>(
    snapshot: &Snapshot,
    name: impl Into<Name>,
    mut look: impl FnMut(&[u8], R) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    keys(snapshot, name, |key, value| match record::open::<R>(key, value) {
        Ok(record) => look(key, record),
        Err(_) => Ok(()),
    })
}

/// Calls `look` with every row of a table.
pub(super) fn keys(
    snapshot: &Snapshot,
    name: impl Into<Name>,
    mut look: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let Some(rows) = snapshot.table(name.into())? else { return Ok(()) };
    for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
        let (key, value) = row.map_err(unreadable)?;
        look(key.value(), value.value())?;
    }
    Ok(())
}

/// A record, or nothing when it is missing or unreadable.
pub(super) fn lookup<R: Record>(snapshot: &Snapshot, name: impl Into<Name>, key: &[u8]) -> Option<R> {
    snapshot.record::<R>(name, key).ok().flatten()
}
