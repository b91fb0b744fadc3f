//! Opening: refuse what cannot be trusted, find what a crash left, start the threads.

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hookbox_model::{RunId, WorkspaceId};
use hookbox_store::StoreError;
use redb::{Database, DatabaseError, ReadableDatabase, TableHandle, WriteTransaction};

use crate::apply::{SCHEMA, SEQUENCE, mark_of};
use crate::config::Config;
use crate::damage::Damage;
use crate::disk::{self, Directory, Disk, STORE_FILE};
use crate::edge::{Edge, pass};
use crate::error::{OpenError, unreadable};
use crate::high_water::{HighWater, HighWaterFile};
use crate::keeper::Keeper;
use crate::key;
use crate::metrics::Metrics;
use crate::migrate::{SCHEMAS, Schemas};
use crate::outgoing::Outgoing;
use crate::pending::Pending;
use crate::plugins;
use crate::record::{open_index, seal_index};
use crate::snapshot::{Snapshot, guarded};
use crate::space::{Guard, Source, measure};
use crate::store::{Core, RedbStore, now_ms};
use crate::tables::{Definition, Fixed, Name};
use crate::writer::Writer;

impl RedbStore {
    /// Opens the store in `dir`, making it if there is none. Blocks while it waits for the lock of a dying process and while
    /// a file is verified after an unclean stop. With `accept_loss` a store that lacks acknowledged commits is opened anyway.
    pub fn open(dir: &Path, config: Config, metrics: Metrics, accept_loss: bool) -> Result<Arc<Self>, OpenError> {
        let disk = Arc::new(Directory::new(dir));
        Opening { disk, dir, config, metrics, accept_loss, space: Box::new(measure) }.open()
    }

    /// As [`open`](Self::open), of a store on `disk`: `dir` is where the ballast lies and whose free space is watched, and messages
    /// name the store's files as if they lay there. For tests of what disks do.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        dir: &Path,
        config: Config,
        metrics: Metrics,
        accept_loss: bool,
    ) -> Result<Arc<Self>, OpenError> {
        Opening { disk, dir, config, metrics, accept_loss, space: Box::new(measure) }.open()
    }
}

/// What the file holds when it is opened, and where damage in it is noted.
type FirstSnapshot = (Snapshot, Arc<Damage>);

/// All that opening needs.
struct Opening<'a> {
    disk: Arc<dyn Disk>,
    dir: &'a Path,
    config: Config,
    metrics: Metrics,
    accept_loss: bool,
    space: Source,
}

impl Opening<'_> {
    fn open(self) -> Result<Arc<RedbStore>, OpenError> {
        let mark = acknowledged(&HighWaterFile::of(&self.disk), self.dir, self.accept_loss)?;
        refuse_missing(&*self.disk, mark, self.accept_loss)?;
        self.disk.make_folder(Path::new(plugins::FOLDER)).map_err(|source| self.unusable(source))?;
        let clean = mark.is_some_and(|mark| mark.closed);
        let database = open_file(&*self.disk, &self.dir.join(STORE_FILE), &self.config, clean)?;
        self.open_database(database, mark)
    }

    fn open_database(self, database: Database, mark: Option<HighWater>) -> Result<Arc<RedbStore>, OpenError> {
        let path = self.dir.join(STORE_FILE);
        let acknowledged = mark.filter(|_| !self.accept_loss).map_or(0, |mark| mark.sequence);
        let (database, sequence) = prepared(database, &path, acknowledged)?;
        // Before anything is handed out: if this host dies now, the next start must know that it was open.
        pass(Edge::Opened);
        let high_water = HighWaterFile::of(&self.disk);
        high_water.write(HighWater { sequence, closed: false }).map_err(|source| self.unusable(source))?;
        pass(Edge::Marked);
        // Without a mark nothing is known of the last stop, so it was not a clean one.
        let clean = mark.is_some_and(|mark| mark.closed);
        let (snapshot, queues) = match self.first_look(&database, clean) {
            Ok(found) => found,
            Err(error) => {
                give_up(database);
                return Err(damaged(&path, error));
            }
        };
        self.sweep_components(&snapshot.0);
        self.start(database, snapshot, queues, sequence)
    }

    /// What is in the file, and the queues in memory as it says they were.
    fn first_look(&self, database: &Database, clean: bool) -> Result<(FirstSnapshot, (Pending, Outgoing)), StoreError> {
        let snapshot = first_snapshot(database, &self.metrics)?;
        let pending = first_pending(&snapshot, &self.config, clean)?;
        let mut outgoing = Outgoing::new(&self.config);
        guarded(|| outgoing.adopt(&snapshot.0))?;
        Ok((snapshot, (pending, outgoing)))
    }

    /// Takes away components that no record names. What cannot be taken away does no harm.
    fn sweep_components(&self, snapshot: &Snapshot) {
        match guarded(|| plugins::digests(snapshot)).map(|needed| plugins::sweep(&*self.disk, &needed)) {
            Ok(Ok(0)) => {}
            Ok(Ok(swept)) => tracing::info!(swept, "components of plugins that were never kept were taken away"),
            Ok(Err(error)) => tracing::warn!(%error, "components that nobody needs cannot be taken away"),
            Err(error) => tracing::warn!(%error, "which components are needed cannot be read; all of them stay"),
        }
    }

    fn start(
        self,
        database: Database,
        (snapshot, damage): FirstSnapshot,
        queues: (Pending, Outgoing),
        sequence: u64,
    ) -> Result<Arc<RedbStore>, OpenError> {
        let Self { disk, dir, config, metrics, space, .. } = self;
        let guard = Guard::new(dir, &config, space);
        guard.look().map_err(|source| OpenError::Io { path: dir.into(), source })?;
        metrics.queue_depth.set(queues.0.depth().try_into().unwrap_or(i64::MAX));
        let days = Arc::new(snapshot.days().clone());
        let core = Arc::new(Core::new(queues, snapshot, damage, guard, metrics, sequence));
        let writer = Writer::new((database, Arc::clone(&disk)), Arc::clone(&core), days, sequence, config.clone());
        let keeper = Keeper::new(Arc::clone(&core), HighWaterFile::of(&disk), &config, sequence);
        let store = Arc::new(RedbStore::new(core, config, disk));
        store.keep(spawn("store-writer", || writer.run())?);
        store.keep(spawn("store-keeper", || keeper.run())?);
        Ok(store)
    }

    fn unusable(&self, source: io::Error) -> OpenError {
        OpenError::Io { path: self.dir.into(), source }
    }
}

/// What the mark says; with `accept_loss` an unreadable one says nothing.
fn acknowledged(file: &HighWaterFile, dir: &Path, accept_loss: bool) -> Result<Option<HighWater>, OpenError> {
    match file.read(dir) {
        Err(OpenError::HighWater { path, reason }) if accept_loss => {
            tracing::warn!(path = %path.display(), %reason, "the high-water mark cannot be read and is ignored");
            Ok(None)
        }
        read => read,
    }
}

fn refuse_missing(disk: &dyn Disk, mark: Option<HighWater>, accept_loss: bool) -> Result<(), OpenError> {
    let empty = disk.bytes().map_or(true, |bytes| bytes == 0);
    match mark {
        Some(mark) if empty && mark.sequence > 0 && !accept_loss => {
            Err(OpenError::Behind { stored: 0, acknowledged: mark.sequence })
        }
        Some(_) | None => Ok(()),
    }
}

/// Opens the file, waiting for the lock of a dying process, and verifies it unless it is too large for that.
pub(crate) fn open_file(disk: &dyn Disk, path: &Path, config: &Config, clean: bool) -> Result<Database, OpenError> {
    let bytes = disk.bytes().unwrap_or(0);
    let bytes_max = if clean { config.integrity_check_clean_bytes_max } else { config.integrity_check_bytes_max };
    let check = bytes > 0 && bytes <= bytes_max;
    let deadline = Instant::now() + Duration::from_millis(config.open_retry_ms);
    let mut builder = Database::builder();
    builder.set_cache_size(config.cache_bytes).set_check_integrity_on_open(check);
    loop {
        let opened = catch_unwind(AssertUnwindSafe(|| disk::open(disk, &builder)));
        match opened.unwrap_or_else(|_| Err(redb::StorageError::Corrupted("opening it panicked".into()).into())) {
            Ok(database) => return Ok(database),
            Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(20));
            }
            Err(DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch) => {
                return Err(OpenError::InUse { path: path.into() });
            }
            Err(error) if disk::is_unusable(&error) => return Err(damaged(path, error)),
            Err(DatabaseError::Storage(redb::StorageError::Io(source))) => {
                return Err(OpenError::Io { path: path.into(), source });
            }
            Err(error) => return Err(damaged(path, error)),
        }
    }
}

/// The database once it is prepared. On a page that is damaged in itself redb may panic, and once more when it is closed.
fn prepared(database: Database, path: &Path, acknowledged: u64) -> Result<(Database, u64), OpenError> {
    let outcome = catch_unwind(AssertUnwindSafe(|| prepare(&database, path, &SCHEMAS, acknowledged)));
    let Ok(sequence) = outcome else {
        give_up(database);
        return Err(damaged(path, "writing to it panicked"));
    };
    Ok((database, sequence?))
}

/// Closes a file that is not as it should be, in which redb may panic too.
fn give_up(database: Database) {
    drop(catch_unwind(AssertUnwindSafe(|| drop(database))));
}

/// Brings the store to the newest schema, makes the tables that are always there, and returns the number of the last commit. Changes
/// nothing when that is behind what was `acknowledged`.
pub(crate) fn prepare(
    database: &Database,
    path: &Path,
    schemas: &Schemas,
    acknowledged: u64,
) -> Result<u64, OpenError> {
    let mut transaction = database.begin_write().map_err(|error| refused(path, error))?;
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
    let sequence = prepare_tables(&transaction, path, schemas, acknowledged)?;
    transaction.commit().map_err(|error| refused(path, error))?;
    Ok(sequence)
}

fn prepare_tables(
    transaction: &WriteTransaction,
    path: &Path,
    schemas: &Schemas,
    acknowledged: u64,
) -> Result<u64, OpenError> {
    let open = |fixed: Fixed| {
        transaction.open_table(Definition::new(&Name::from(fixed).text())).map_err(|error| refused(path, error))
    };
    let meta = open(Fixed::Meta)?;
    let read = |key: &[u8]| -> Result<Option<Vec<u8>>, OpenError> {
        let Some(value) = redb::ReadableTable::get(&meta, key).map_err(|error| refused(path, error))? else {
            return Ok(None);
        };
        let payload = open_index(key, value.value(), "meta").map_err(|error| damaged(path, error))?;
        Ok(Some(payload.to_vec()))
    };
    let found = read(SCHEMA)?.and_then(|bytes| bytes.try_into().ok()).map_or(schemas.newest, u32::from_be_bytes);
    let sequence = read(SEQUENCE)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
    if sequence < acknowledged {
        return Err(OpenError::Behind { stored: sequence, acknowledged });
    }
    // Steps open the tables that they change, and a table is open once at a time.
    drop(meta);
    schemas.bring(transaction, found, path)?;
    let schema = seal_index(SCHEMA, &schemas.newest.to_be_bytes());
    open(Fixed::Meta)?.insert(SCHEMA, schema.as_slice()).map_err(|error| refused(path, error))?;
    for fixed in Fixed::ALL {
        open(fixed)?;
    }
    Ok(sequence)
}

/// Why the file cannot be prepared. Steps may write much, and the disk may be full before their end: that is no damage.
fn refused(path: &Path, error: impl Into<redb::Error>) -> OpenError {
    let source = match error.into() {
        redb::Error::Io(source) => source,
        redb::Error::PreviousIo => io::Error::other("an earlier write failed"),
        error => return damaged(path, error),
    };
    OpenError::Io { path: path.into(), source }
}

/// The days that have tables of history.
pub(crate) fn days_of(transaction: &redb::ReadTransaction) -> Result<BTreeSet<u32>, StoreError> {
    let day_of = |name: &str| match Name::parse(name)? {
        Name::Daily(_, day) => Some(day),
        Name::Fixed(_) => None,
    };
    guarded(|| {
        let tables = transaction.list_tables().map_err(unreadable)?;
        Ok(tables.filter_map(|table| day_of(table.name())).collect())
    })
}

fn first_snapshot(database: &Database, metrics: &Metrics) -> Result<FirstSnapshot, StoreError> {
    let transaction = database.begin_read().map_err(unreadable)?;
    let days = days_of(&transaction)?;
    let damage = Arc::new(Damage::new(metrics.damaged.clone()));
    Ok((Snapshot::new(transaction, Arc::new(days), Arc::clone(&damage)), damage))
}

/// The queue in memory, as the file says it was.
fn first_pending((snapshot, _): &FirstSnapshot, config: &Config, clean: bool) -> Result<Pending, StoreError> {
    let mut pending = Pending::new(config);
    guarded(|| {
        adopt(&mut pending, snapshot)?;
        if clean { Ok(()) } else { pending.suspect(now_ms(), snapshot) }
    })?;
    Ok(pending)
}

/// Takes over marks, timers and counts. A workspace without a mark has no captures, and without captures no timers.
fn adopt(pending: &mut Pending, snapshot: &Snapshot) -> Result<(), StoreError> {
    let Some(marks) = snapshot.table(Fixed::Marks.into())? else { return Ok(()) };
    for row in marks.range::<&[u8]>(..).map_err(unreadable)? {
        let (key, value) = row.map_err(unreadable)?;
        let workspace = WorkspaceId::from_bytes(key::id_at(key.value(), 0));
        let mark = mark_of(open_index(key.value(), value.value(), "low-water mark")?);
        let timers = snapshot.table(Fixed::Timers.into())?;
        let has_timers = match &timers {
            Some(timers) => {
                let start = std::ops::Bound::Included(workspace.as_bytes().to_vec());
                let first = crate::paging::range(timers, &start, workspace.as_bytes())?.next();
                first.transpose().map_err(unreadable)?.is_some()
            }
            None => false,
        };
        pending.adopt(workspace, mark, has_timers);
    }
    let Some(counts) = snapshot.table(Fixed::Interruptions.into())? else { return Ok(()) };
    for row in counts.range::<&[u8]>(..).map_err(unreadable)? {
        let (key, value) = row.map_err(unreadable)?;
        let workspace = WorkspaceId::from_bytes(key::id_at(key.value(), 0));
        let run = RunId::from_bytes(key::id_at(key.value(), key::ID));
        let payload = open_index(key.value(), value.value(), "interruption count")?;
        let count = payload.try_into().map_or(1, u32::from_be_bytes);
        pending.adopt_interruptions(std::iter::once(((workspace, run), count)));
    }
    Ok(())
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    thread::Builder::new().name(name.into()).spawn(run).map_err(OpenError::Thread)
}

/// The file as an error says it.
pub(crate) fn damaged(path: &Path, error: impl std::fmt::Display) -> OpenError {
    OpenError::Damaged { path: path.into(), reason: error.to_string() }
}

#[cfg(test)]
mod broken;
#[cfg(test)]
mod schemas;
