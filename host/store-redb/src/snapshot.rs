//! What the last commit left, for reads: one read transaction shared by all, replaced after each commit.
//!
//! Tables are opened once for each snapshot. Every value is verified; what is damaged is noted and answered as such.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hookbox_store::StoreError;
use parking_lot::RwLock;
use redb::{ReadOnlyTable, ReadTransaction, ReadableTableMetadata, TableError, TableHandle};

use crate::damage::Damage;
use crate::error::unreadable;
use crate::record::{self, Record};
use crate::tables::{Definition, Name};

/// A table of the file.
pub(crate) type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// A table of a snapshot.
pub(crate) struct Rows {
    table: Table,
    /// Its name.
    pub(crate) name: Name,
    /// Where damage in it is noted.
    pub(crate) damage: Arc<Damage>,
}

impl Deref for Rows {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}

/// The state of the file after one commit.
pub(crate) struct Snapshot {
    transaction: ReadTransaction,
    days: Arc<BTreeSet<u32>>,
    damage: Arc<Damage>,
    tables: RwLock<Vec<(Name, Arc<Rows>)>>,
}

impl Snapshot {
    /// A snapshot over `transaction`; `days` are those that have tables.
    pub(crate) fn new(transaction: ReadTransaction, days: Arc<BTreeSet<u32>>, damage: Arc<Damage>) -> Self {
        Self { transaction, days, damage, tables: RwLock::default() }
    }

    /// The days that have tables of history.
    pub(crate) fn days(&self) -> &BTreeSet<u32> {
        &self.days
    }

    /// A table; `None` when nothing was ever written to it.
    pub(crate) fn table(&self, name: Name) -> Result<Option<Arc<Rows>>, StoreError> {
        if let Some((_, rows)) = self.tables.read().iter().find(|(known, _)| *known == name) {
            return Ok(Some(Arc::clone(rows)));
        }
        let rows = match self.transaction.open_table(Definition::new(&name.text())) {
            Ok(table) => Arc::new(Rows { table, name, damage: Arc::clone(&self.damage) }),
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        self.tables.write().push((name, Arc::clone(&rows)));
        Ok(Some(rows))
    }

    /// The names of all tables there are.
    pub(crate) fn names(&self) -> Result<BTreeSet<String>, StoreError> {
        let handles = self.transaction.list_tables().map_err(unreadable)?;
        Ok(handles.map(|handle| handle.name().to_owned()).collect())
    }

    /// The table of this name, whether this version knows it or not.
    pub(crate) fn named(&self, name: &str) -> Result<Table, StoreError> {
        self.transaction.open_table(Definition::new(name)).map_err(unreadable)
    }

    /// How many rows a table has; the file knows it without counting.
    pub(crate) fn rows_in(&self, name: impl Into<Name>) -> Result<u64, StoreError> {
        self.table(name.into())?.map_or(Ok(0), |rows| rows.len().map_err(unreadable))
    }

    /// Whether there is a row under `key`.
    pub(crate) fn contains(&self, name: impl Into<Name>, key: &[u8]) -> Result<bool, StoreError> {
        let Some(rows) = self.table(name.into())? else { return Ok(false) };
        Ok(rows.get(key).map_err(unreadable)?.is_some())
    }

    /// The record under `key`.
    pub(crate) fn record<R: Record>(&self, name: impl Into<Name>, key: &[u8]) -> Result<Option<R>, StoreError> {
        self.read(name.into(), key, |value| record::open(key, value))
    }

    /// The record under `key`, whose bytes on disk are added to `bytes`.
    pub(crate) fn weighed<R: Record>(
        &self,
        name: impl Into<Name>,
        key: &[u8],
        bytes: &Cell<usize>,
    ) -> Result<Option<R>, StoreError> {
        self.read(name.into(), key, |value| {
            bytes.set(bytes.get().saturating_add(value.len()));
            record::open(key, value)
        })
    }

    /// The id that the index row under `key` points to; `what` names the row in messages.
    pub(crate) fn id(
        &self,
        name: impl Into<Name>,
        key: &[u8],
        what: &'static str,
    ) -> Result<Option<[u8; 16]>, StoreError> {
        self.read(name.into(), key, |value| record::open_id(key, value, what))
    }

    /// The payload of the index row under `key`.
    pub(crate) fn index(
        &self,
        name: impl Into<Name>,
        key: &[u8],
        what: &'static str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(name.into(), key, |value| record::open_index(key, value, what).map(<[u8]>::to_vec))
    }

    /// Passes `result` on, noting the row if it is damaged.
    pub(crate) fn noted<T>(&self, name: Name, key: &[u8], result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.inspect_err(|error| self.damage.note(name, key, error))
    }

    /// Whether this row was found damaged before.
    pub(crate) fn is_damaged(&self, name: Name, key: &[u8]) -> bool {
        self.damage.knows(name, key)
    }

    fn read<T>(
        &self,
        name: Name,
        key: &[u8],
        open: impl FnOnce(&[u8]) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Some(rows) = self.table(name)? else { return Ok(None) };
        let Some(value) = rows.get(key).map_err(unreadable)? else { return Ok(None) };
        self.noted(name, key, open(value.value())).map(Some)
    }
}

/// Runs a read; redb may panic on a page that is damaged in itself, which must end the read and not the host.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(StoreError::Damaged {
            what: "page",
            reason: "reading it panicked; run check-store and restore a backup".into(),
        })
    })
}
