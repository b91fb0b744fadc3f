//! One write transaction and what its units have done to it so far.
//!
//! Tables are opened once for the whole batch. A unit reads its conditions here, through the transaction, so it sees what
//! earlier units of the batch wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use hookbox_model::{AutomationId, Capture, CaptureId, InboxId, MessageId, RunId, RunState, WorkspaceId};
use hookbox_store::StoreError;
use redb::{CursorError, ReadableTable, Table, TableError, WriteTransaction};

use crate::damage::Damage;
use crate::error::Fault;
use crate::record::{self, Record};
use crate::tables::{Definition, Name};

/// A run, named as the store keys it.
pub(crate) type RunKey = (WorkspaceId, RunId);

/// A message, named as the outbox keys it.
pub(crate) type MessageKey = (WorkspaceId, MessageId);

/// So many messages of one commit get places of their own; those beyond share the last, and stand by their ids.
const PLACES_PER_COMMIT: u64 = 1 << 20;

type Rows<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// What a unit did that the queue in memory must learn of once it is on disk.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// A capture was stored.
    Captured(Arc<Capture>),
    /// A run was committed.
    Brought(Brought),
    /// Runs were counted as interrupted so often.
    Counted(Vec<(RunKey, u32)>),
}

/// A committed run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brought {
    /// Which.
    pub(crate) key: RunKey,
    /// Its automation.
    pub(crate) automation: AutomationId,
    /// The state that it came to.
    pub(crate) state: RunState,
    /// It is the first commit of this capture's own run: the capture is no longer unfinished.
    pub(crate) finishes: Option<CaptureId>,
    /// Where it stands.
    pub(crate) standing: Standing,
}

/// Where a committed run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its host goes on with it; when it cannot, the run is due at once.
    Held,
    /// It waits until its automation is live again.
    Parked,
    /// It waits until this time in milliseconds.
    Due(u64),
    /// It is final.
    Final,
}

/// What a unit did to the outbox that its queue in memory must learn of once it is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutboxNews {
    /// A message is next in its conversation, and due at that time in milliseconds.
    Next {
        /// Its workspace.
        workspace: WorkspaceId,
        /// Its inbox.
        inbox: InboxId,
        /// When it is due, and which it is.
        due: (u64, MessageId),
    },
    /// Whoever had claimed this message has brought it on and lets go of it.
    Settled(MessageKey),
}

/// A row to be written at the end: its key, and its value unless it is to be removed.
type Deferred = (Vec<u8>, Option<Vec<u8>>);

/// A batch in the making.
pub(crate) struct Batch<'t> {
    transaction: &'t WriteTransaction,
    tables: Vec<(Name, Rows<'t>)>,
    days: Arc<BTreeSet<u32>>,
    damage: &'t Damage,
    wrote: bool,
    /// The number of the commit this becomes.
    sequence: u64,
    places: u64,
    /// Rows of tables that no unit reads, in the order they came; written together at the end.
    deferred: Vec<(Name, Vec<Deferred>)>,
    /// What the queue in memory must learn of.
    pub(crate) news: Vec<News>,
    /// What the queue of the outbox must learn of.
    pub(crate) outbox_news: Vec<OutboxNews>,
    /// Runs committed for the first time, by automation and day.
    pub(crate) first_runs: BTreeMap<(WorkspaceId, AutomationId, u32), Vec<RunId>>,
}

impl<'t> Batch<'t> {
    /// An empty batch that becomes the commit with this number; `days` are those that have tables.
    pub(crate) fn new(
        transaction: &'t WriteTransaction,
        sequence: u64,
        days: Arc<BTreeSet<u32>>,
        damage: &'t Damage,
    ) -> Self {
        Self {
            transaction,
            tables: Vec::with_capacity(24),
            days,
            damage,
            wrote: false,
            sequence,
            places: 0,
            deferred: Vec::with_capacity(8),
            news: Vec::new(),
            outbox_news: Vec::new(),
            first_runs: BTreeMap::new(),
        }
    }

    /// A place in line behind every one given before, in this commit or an earlier one. Never 0.
    pub(crate) fn next_place(&mut self) -> u64 {
        let place = self.places.min(PLACES_PER_COMMIT - 1);
        self.places += 1;
        self.sequence.saturating_mul(PLACES_PER_COMMIT).saturating_add(place)
    }

    /// Whether anything was written.
    pub(crate) const fn wrote(&self) -> bool {
        self.wrote
    }

    /// The days that have tables, with those this batch made.
    pub(crate) fn days(&self) -> Arc<BTreeSet<u32>> {
        Arc::clone(&self.days)
    }

    /// Whether a day has tables. One that retention dropped has none, and must not get one again.
    pub(crate) fn has_day(&self, day: u32) -> bool {
        self.days.contains(&day)
    }

    /// Whether there is a row under `key`.
    pub(crate) fn contains<R>(&mut self, name: impl Into<Name>, key: &[u8]) -> Result<bool, Fault<R>> {
        let Some(rows) = self.existing(name.into())? else { return Ok(false) };
        Ok(rows.get(key)?.is_some())
    }

    /// How many bytes the row under `key` has; 0 when there is none.
    pub(crate) fn bytes(&mut self, name: impl Into<Name>, key: &[u8]) -> Result<usize, redb::Error> {
        let Some(rows) = self.existing(name.into())? else { return Ok(0) };
        Ok(rows.get(key)?.map_or(0, |value| value.value().len()))
    }

    /// The record under `key`.
    pub(crate) fn record<T: Record>(&mut self, name: impl Into<Name>, key: &[u8]) -> Result<Option<T>, Fault> {
        self.read(name.into(), key, |value| record::open(key, value))
    }

    /// The id that the index row under `key` points to.
    pub(crate) fn id(
        &mut self,
        name: impl Into<Name>,
        key: &[u8],
        what: &'static str,
    ) -> Result<Option<[u8; 16]>, Fault> {
        self.read(name.into(), key, |value| record::open_id(key, value, what))
    }

    /// The payload of the index row under `key`.
    pub(crate) fn index(
        &mut self,
        name: impl Into<Name>,
        key: &[u8],
        what: &'static str,
    ) -> Result<Option<Vec<u8>>, Fault> {
        self.read(name.into(), key, |value| record::open_index(key, value, what).map(<[u8]>::to_vec))
    }

    /// Writes a row, in the place of the one there was.
    pub(crate) fn put(&mut self, name: impl Into<Name>, key: &[u8], value: &[u8]) -> Result<(), redb::Error> {
        self.wrote = true;
        self.rows(name.into())?.insert(key, value)?;
        Ok(())
    }

    /// Writes a row that must be new; when there is one already it stays, and is the answer.
    pub(crate) fn put_new(
        &mut self,
        name: impl Into<Name>,
        key: &[u8],
        value: &[u8],
    ) -> Result<Option<Vec<u8>>, redb::Error> {
        self.wrote = true;
        let rows = self.rows(name.into())?;
        let old = rows.insert(key, value)?.map(|old| old.value().to_vec());
        // Looking first would cost every new row a descent; putting the old one back costs only the refused ones.
        if let Some(old) = &old {
            rows.insert(key, old.as_slice())?;
        }
        Ok(old)
    }

    /// Writes a row at the end of the batch. Only for tables that no unit reads: until then it is not seen.
    pub(crate) fn append(&mut self, name: impl Into<Name>, key: &[u8], value: Vec<u8>) {
        self.defer(name.into(), key, Some(value));
    }

    /// Writes an index row without payload at the end of the batch, as [`Batch::append`] does.
    pub(crate) fn append_mark(&mut self, name: impl Into<Name>, key: &[u8]) {
        self.defer(name.into(), key, Some(record::seal_index(key, &[])));
    }

    /// Removes a row at the end of the batch, as [`Batch::append`] writes one.
    pub(crate) fn retract(&mut self, name: impl Into<Name>, key: &[u8]) {
        self.defer(name.into(), key, None);
    }

    /// Writes what was put off, in order of its keys: neighbours cost one descent together.
    pub(crate) fn write_deferred(&mut self) -> Result<(), redb::Error> {
        for (name, mut rows) in std::mem::take(&mut self.deferred) {
            // Stable, so that of two rows with one key the later one counts.
            rows.sort_by(|one, other| one.0.cmp(&other.0));
            rows.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    std::mem::swap(later, kept);
                }
                same
            });
            write_sorted(self.rows(name)?, &rows)?;
        }
        Ok(())
    }

    fn defer(&mut self, name: Name, key: &[u8], value: Option<Vec<u8>>) {
        self.wrote = true;
        let at = self.deferred.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.deferred.push((name, Vec::new()));
            self.deferred.len() - 1
        });
        self.deferred[at].1.push((key.to_vec(), value));
    }

    /// Removes a row, if it is there; whether it was. One that was read a moment ago is not when it lies on a damaged page.
    pub(crate) fn remove(&mut self, name: impl Into<Name>, key: &[u8]) -> Result<bool, redb::Error> {
        let Some(rows) = self.existing(name.into())? else { return Ok(false) };
        let is_removed = rows.remove(key)?.is_some();
        self.wrote |= is_removed;
        Ok(is_removed)
    }

    /// The keys of the first `limit` rows whose key begins with `prefix`. Only of tables whose rows are never put off.
    pub(crate) fn first_keys<R>(
        &mut self,
        name: impl Into<Name>,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, Fault<R>> {
        let Some(rows) = self.existing(name.into())? else { return Ok(Vec::new()) };
        let mut keys = Vec::new();
        for row in rows.range::<&[u8]>(prefix..)?.take(limit) {
            let (key, _) = row?;
            if !key.value().starts_with(prefix) {
                break;
            }
            keys.push(key.value().to_vec());
        }
        Ok(keys)
    }

    /// Drops a table whole; no unit of this batch may have used it.
    pub(crate) fn drop_table(&mut self, name: Name) -> Result<bool, redb::Error> {
        self.tables.retain(|(known, _)| *known != name);
        self.deferred.retain(|(known, _)| *known != name);
        if let Name::Daily(_, day) = name {
            Arc::make_mut(&mut self.days).remove(&day);
        }
        self.wrote = true;
        Ok(self.transaction.delete_table(Definition::new(&name.text()))?)
    }

    fn read<T>(
        &mut self,
        name: Name,
        key: &[u8],
        open: impl FnOnce(&[u8]) -> Result<T, StoreError>,
    ) -> Result<Option<T>, Fault> {
        let damage = self.damage;
        let Some(rows) = self.existing(name)? else { return Ok(None) };
        let Some(value) = rows.get(key)? else { return Ok(None) };
        let opened = open(value.value()).inspect_err(|error| damage.note(name, key, error))?;
        Ok(Some(opened))
    }

    /// The table, if it exists; a look-up must not make a day's table.
    fn existing(&mut self, name: Name) -> Result<Option<&mut Rows<'t>>, TableError> {
        match name {
            Name::Daily(_, day) if !self.days.contains(&day) => Ok(None),
            Name::Daily(..) | Name::Fixed(_) => Ok(Some(self.rows(name)?)),
        }
    }

    fn rows(&mut self, name: Name) -> Result<&mut Rows<'t>, TableError> {
        let at = match self.tables.iter().position(|(known, _)| *known == name) {
            Some(at) => at,
            None => {
                let rows = self.transaction.open_table(Definition::new(&name.text()))?;
                if let Name::Daily(_, day) = name
                    && !self.days.contains(&day)
                {
                    Arc::make_mut(&mut self.days).insert(day);
                }
                self.tables.push((name, rows));
                self.tables.len() - 1
            }
        };
        Ok(&mut self.tables[at].1)
    }
}

/// Writes rows that are in order of their keys. Those between two stored ones go in as one run.
fn write_sorted(table: &mut Rows<'_>, rows: &[Deferred]) -> Result<(), redb::Error> {
    let mut rest = rows;
    while let Some(((key, value), after)) = rest.split_first() {
        let Some(value) = value else {
            table.remove(key.as_slice())?;
            rest = after;
            continue;
        };
        let written = write_run(table, rest)?;
        if written == 0 {
            // The key is there already.
            table.insert(key.as_slice(), value.as_slice())?;
        }
        rest = &rest[written.max(1)..];
    }
    Ok(())
}

/// Inserts rows from the first on, until one is to be removed or does not fit between the same stored rows; how many.
fn write_run(table: &mut Rows<'_>, rows: &[Deferred]) -> Result<usize, redb::Error> {
    let Some((first, _)) = rows.first() else { return Ok(0) };
    let mut cursor = table.lower_bound_mut(Bound::Included(first.as_slice()))?;
    let mut written = 0;
    for (key, value) in rows {
        let Some(value) = value else { break };
        match cursor.insert_before(key.as_slice(), value.as_slice()) {
            Ok(()) => written += 1,
            Err(CursorError::UnorderedKey) => break,
            Err(CursorError::Storage(error)) => return Err(error.into()),
            Err(error) => return Err(redb::Error::Corrupted(error.to_string())),
        }
    }
    cursor.close()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use redb::backends::InMemoryBackend;
    use redb::{Database, ReadableTable};

    use super::Batch;
    use crate::damage::Damage;
    use crate::metrics::Metrics;
    use crate::tables::{Definition, Fixed, Name};

    #[test]
    fn rows_that_were_put_off_end_as_if_each_had_been_written_at_once() {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).expect("a database");
        let damage = Damage::new(Metrics::unregistered().damaged);
        let mut expected: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut state = 7_u32;
        for _ in 0..20 {
            let transaction = database.begin_write().expect("a transaction");
            let mut batch = Batch::new(&transaction, 1, Arc::new(BTreeSet::new()), &damage);
            for _ in 0..200 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (key, value) = ((state >> 16 & 0x3ff).to_be_bytes().to_vec(), state.to_be_bytes().to_vec());
                if state & 0x1000 == 0 {
                    batch.append(Fixed::Outbox, &key, value.clone());
                    expected.insert(key, value);
                } else {
                    batch.retract(Fixed::Outbox, &key);
                    expected.remove(&key);
                }
            }
            batch.write_deferred().expect("they are written");
            drop(batch);
            let rows = transaction.open_table(Definition::new(&Name::from(Fixed::Outbox).text())).expect("the table");
            let mut stored = BTreeMap::new();
            for row in rows.iter().expect("its rows") {
                let (key, value) = row.expect("a row");
                stored.insert(key.value().to_vec(), value.value().to_vec());
            }
            assert_eq!(stored, expected);
            drop(rows);
            transaction.commit().expect("a commit");
        }
    }
}
