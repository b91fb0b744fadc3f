//! Rows between two keys, and no others.
//!
//! Where a page of the file is damaged in itself, a range can begin with keys from before its start. Whoever goes on from the last key
//! that was read would then look at the same rows again, without an end.

use std::ops::{Bound, RangeBounds};

use hookbox_store::StoreError;
use redb::{AccessGuard, StorageError};

use crate::error::unreadable;
use crate::snapshot::Rows;

/// A row as a range gives it.
pub(crate) type Row = Result<(AccessGuard<'static, &'static [u8]>, AccessGuard<'static, &'static [u8]>), StorageError>;

/// Where a row that is damaged is noted.
type Note = Box<dyn Fn(&[u8], &StoreError) + Send>;

/// The rows of a table between two keys, in order. One with a key from elsewhere is noted as damaged and left out.
pub(crate) struct Between {
    rows: redb::Range<'static, &'static [u8], &'static [u8]>,
    bounds: (Bound<Vec<u8>>, Bound<Vec<u8>>),
    note: Note,
}

impl Between {
    /// The rows of a table between these bounds.
    pub(crate) fn of(rows: &Rows, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Result<Self, StoreError> {
        let found = rows.range::<&[u8]>(bounds).map_err(unreadable)?;
        let bounds = (bounds.0.map(<[u8]>::to_vec), bounds.1.map(<[u8]>::to_vec));
        Ok(Self { rows: found, bounds, note: Box::new(rows.noting()) })
    }

    fn belongs(&self, row: &Row) -> bool {
        let Ok((key, _)) = row else { return true };
        let bounds = (self.bounds.0.as_ref().map(Vec::as_slice), self.bounds.1.as_ref().map(Vec::as_slice));
        let belongs = RangeBounds::<[u8]>::contains(&bounds, key.value());
        if !belongs {
            let reason = "its key stands where it does not belong".into();
            (self.note)(key.value(), &StoreError::Damaged { what: "page", reason });
        }
        belongs
    }
}

impl Iterator for Between {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            let row = self.rows.next()?;
            if self.belongs(&row) {
                return Some(row);
            }
        }
    }
}

impl DoubleEndedIterator for Between {
    fn next_back(&mut self) -> Option<Row> {
        loop {
            let row = self.rows.next_back()?;
            if self.belongs(&row) {
                return Some(row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;
    use std::sync::{Arc, Mutex};

    use redb::{Database, ReadableDatabase, TableDefinition, backends::InMemoryBackend};

    use super::Between;

    #[test]
    fn a_key_from_elsewhere_is_noted_and_left_out() -> Result<(), redb::Error> {
        const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
        let database = Database::builder().create_with_backend(InMemoryBackend::new())?;
        let write = database.begin_write()?;
        for key in ["a", "b", "c"] {
            write.open_table(TABLE)?.insert(key.as_bytes(), b"".as_slice())?;
        }
        write.commit()?;
        let rows = database.begin_read()?.open_table(TABLE)?;
        let noted = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        // As if the page had said that `a` and `c` lie between the bounds.
        let bounds = (Bound::Included(b"b".to_vec()), Bound::Excluded(b"c".to_vec()));
        let found = Arc::clone(&noted);
        let note = Box::new(move |key: &[u8], _: &_| found.lock().expect("nobody panicked with it").push(key.to_vec()));
        let read: Result<Vec<Vec<u8>>, _> = Between { rows: rows.range::<&[u8]>(..)?, bounds, note }
            .map(|row| row.map(|(key, _)| key.value().to_vec()))
            .collect();
        assert_eq!(read?, [b"b"]);
        assert_eq!(*noted.lock().expect("nobody panicked with it"), [b"a", b"c"]);
        Ok(())
    }
}
