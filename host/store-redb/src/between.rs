//! Rows between two keys, and no others.
//!
//! Where a page of the file is damaged in itself, a range can begin with keys from before its start. Whoever goes on from the last key
//! that was read would then look at the same rows again, without an end.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use hookbox_store::StoreError;
use redb::{AccessGuard, StorageError};

use crate::damage::Damage;
use crate::error::unreadable;
use crate::snapshot::Rows;
use crate::tables::Name;

/// A row as a range gives it.
pub(crate) type Row = Result<(AccessGuard<'static, &'static [u8]>, AccessGuard<'static, &'static [u8]>), StorageError>;

/// The rows of a table between two keys, in order. One with a key from elsewhere is noted as damaged and left out.
pub(crate) struct Between {
    rows: redb::Range<'static, &'static [u8], &'static [u8]>,
    bounds: (Bound<Vec<u8>>, Bound<Vec<u8>>),
    name: Name,
    damage: Arc<Damage>,
}

impl Between {
    /// The rows of a table between these bounds.
    pub(crate) fn of(rows: &Rows, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Result<Self, StoreError> {
        let found = rows.range::<&[u8]>(bounds).map_err(unreadable)?;
        let bounds = (bounds.0.map(<[u8]>::to_vec), bounds.1.map(<[u8]>::to_vec));
        Ok(Self { rows: found, bounds, name: rows.name, damage: Arc::clone(&rows.damage) })
    }

    fn belongs(&self, row: &Row) -> bool {
        let Ok((key, _)) = row else { return true };
        let bounds = (self.bounds.0.as_ref().map(Vec::as_slice), self.bounds.1.as_ref().map(Vec::as_slice));
        let belongs = RangeBounds::<[u8]>::contains(&bounds, key.value());
        if !belongs {
            let reason = "its key stands where it does not belong".into();
            self.damage.note(self.name, key.value(), &StoreError::Damaged { what: "page", reason });
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
    use std::sync::Arc;

    use redb::{Database, ReadableDatabase, TableDefinition, backends::InMemoryBackend};

    use super::Between;
    use crate::damage::Damage;
    use crate::tables::{Fixed, Name};

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
        let (name, damage) = (Name::from(Fixed::Timers), Arc::new(Damage::new(Default::default())));
        // As if the page had said that `a` and `c` lie between the bounds.
        let bounds = (Bound::Included(b"b".to_vec()), Bound::Excluded(b"c".to_vec()));
        let between = Between { rows: rows.range::<&[u8]>(..)?, bounds, name, damage: Arc::clone(&damage) };
        let read: Result<Vec<Vec<u8>>, _> = between.map(|row| row.map(|(key, _)| key.value().to_vec())).collect();
        assert_eq!(read?, [b"b"]);
        assert_eq!([b"a", b"b", b"c"].map(|key| damage.knows(name, key)), [true, false, true]);
        Ok(())
    }
}
