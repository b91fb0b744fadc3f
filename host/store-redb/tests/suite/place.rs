//! A directory with a store in it, and what may happen to such a directory.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use hookbox_store_redb::{CheckReport, Config, Metrics, OpenError, RedbStore};
use prometheus_client::registry::Registry;
use redb::{Database, ReadableTable, TableDefinition};
use tempfile::TempDir;

/// A row as it lies in the file.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// A directory with a store in it.
pub(crate) struct Place {
    dir: TempDir,
    pub(crate) config: Config,
}

impl Place {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        let config = Config { ballast_bytes: 0, open_retry_ms: 100, alone_delay_ms: 0, ..Config::default() };
        Self { dir: tempfile::tempdir().expect("a directory"), config }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn open(&self) -> Arc<RedbStore> {
        self.try_open(false).expect("the store opens")
    }

    pub(crate) fn try_open(&self, accept_loss: bool) -> Result<Arc<RedbStore>, OpenError> {
        let metrics = Metrics::register(&mut Registry::default());
        RedbStore::open(self.path(), self.config.clone(), metrics, accept_loss)
    }

    pub(crate) fn check(&self) -> CheckReport {
        RedbStore::check(self.path(), &self.config).expect("the store can be checked")
    }

    /// What a start finds after the host was killed at this moment: a copy of the files as they are, whatever the writer is at.
    pub(crate) fn crashed(&self) -> Self {
        let copy = Self { config: self.config.clone(), ..Self::new() };
        // The mark first: it may be older than the file, as when it was not written yet.
        fs::copy(self.path().join("store.hwm"), copy.path().join("store.hwm")).expect("a copy");
        let file = self.path().join("store.redb");
        // A copy takes time, a kill does not: one during which a commit was completed shows a file that never was.
        loop {
            let before = header(&file);
            fs::copy(&file, copy.path().join("store.redb")).expect("a copy");
            if header(&file) == before {
                return copy;
            }
        }
    }

    /// The rows of a table, read behind the store's back.
    pub(crate) fn rows(&self, table: &str) -> Vec<Row> {
        let database = Database::open(self.path().join("store.redb")).expect("the file opens");
        let transaction = redb::ReadableDatabase::begin_read(&database).expect("a transaction");
        let rows = transaction.open_table(definition(table)).expect("the table");
        let all = rows.iter().expect("its rows");
        all.map(|row| row.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).expect("a row")).collect()
    }

    /// Changes a table behind the store's back: rows without a value are removed.
    pub(crate) fn tamper(&self, table: &str, rows: &[(Vec<u8>, Option<Vec<u8>>)]) {
        let database = Database::open(self.path().join("store.redb")).expect("the file opens");
        let transaction = database.begin_write().expect("a transaction");
        {
            let mut stored = transaction.open_table(definition(table)).expect("the table");
            for (key, value) in rows {
                match value {
                    Some(value) => drop(stored.insert(key.as_slice(), value.as_slice()).expect("a row is written")),
                    None => drop(stored.remove(key.as_slice()).expect("a row is removed")),
                }
            }
        }
        transaction.commit().expect("a commit");
    }
}

/// The value of a row as the store would have written it: what is tampered with may have a checksum that holds.
pub(crate) fn sealed(key: &[u8], payload: &[u8]) -> Vec<u8> {
    let sum = crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(key), &[1]), payload);
    [&[1], sum.to_le_bytes().as_slice(), payload].concat()
}

/// Flips one bit in the payload of a row.
pub(crate) fn flipped((key, mut value): Row) -> Row {
    let last = value.len() - 1;
    value[last] ^= 1;
    (key, value)
}

/// The beginning of the file, in which redb says which commit is the last.
fn header(file: &Path) -> [u8; 512] {
    let mut header = [0; 512];
    fs::File::open(file).and_then(|mut file| file.read_exact(&mut header)).expect("the file has a header");
    header
}

fn definition(table: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(table)
}
