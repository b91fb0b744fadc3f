//! Rows between two keys, and no others.
//!
//! Where a page of the file is damaged in itself, a range can give keys from before its start. Whoever goes on from the last key that
//! was read would then look at the same rows again, without an end.

use std::ops::{Bound, RangeBounds};

use hookbox_store::StoreError;
use redb::{AccessGuard, StorageError};

use crate::error::unreadable;
use crate::snapshot::Rows;

/// A row as a range gives it.
pub(crate) type Row = Result<(AccessGuard<'static, &'static [u8]>, AccessGuard<'static, &'static [u8]>), StorageError>;

/// The rows of a table between two keys, in order; a row with a key from elsewhere is a damaged page.
pub(crate) struct Between {
    rows: redb::Range<'static, &'static [u8], &'static [u8]>,
    bounds: (Bound<Vec<u8>>, Bound<Vec<u8>>),
}

impl Between {
    /// The rows of a table between these bounds.
    pub(crate) fn of(rows: &Rows, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Result<Self, StoreError> {
        let found = rows.range::<&[u8]>(bounds).map_err(unreadable)?;
        Ok(Self { rows: found, bounds: (bounds.0.map(<[u8]>::to_vec), bounds.1.map(<[u8]>::to_vec)) })
    }

    fn checked(&self, row: Row) -> Row {
        let (key, value) = row?;
        let bounds = (self.bounds.0.as_ref().map(Vec::as_slice), self.bounds.1.as_ref().map(Vec::as_slice));
        if RangeBounds::<[u8]>::contains(&bounds, key.value()) {
            Ok((key, value))
        } else {
            Err(StorageError::Corrupted("a key stands where it does not belong".into()))
        }
    }
}

impl Iterator for Between {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.rows.next().map(|row| self.checked(row))
    }
}

impl DoubleEndedIterator for Between {
    fn next_back(&mut self) -> Option<Row> {
        self.rows.next_back().map(|row| self.checked(row))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use redb::{Database, ReadableDatabase, StorageError, TableDefinition, backends::InMemoryBackend};

    use super::Between;

    #[test]
    fn a_key_from_elsewhere_is_damage() -> Result<(), redb::Error> {
        const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
        let database = Database::builder().create_with_backend(InMemoryBackend::new())?;
        let write = database.begin_write()?;
        for key in ["a", "b", "c"] {
            write.open_table(TABLE)?.insert(key.as_bytes(), b"".as_slice())?;
        }
        write.commit()?;
        let rows = database.begin_read()?.open_table(TABLE)?;
        // As if the page had said that `a` and `c` lie between the bounds.
        let bounds = (Bound::Included(b"b".to_vec()), Bound::Excluded(b"c".to_vec()));
        let read: Vec<bool> = Between { rows: rows.range::<&[u8]>(..)?, bounds }
            .map(|row| !matches!(row, Err(StorageError::Corrupted(_))))
            .collect();
        assert_eq!(read, [false, true, false]);
        Ok(())
    }
}
