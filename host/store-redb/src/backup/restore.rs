//! Restoring: the rows of a backup written into a new store, in the order in which they lie there.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use hookbox_model::Digest;
use redb::{Database, WriteTransaction};

use super::format::BackupSummary;
use super::read::{BackupError, Part, damaged, read_backup, read_parts};
use crate::config::Config;
use crate::disk::{Directory, Disk, STORE_FILE};
use crate::error::OpenError;
use crate::high_water::{HighWater, HighWaterFile};
use crate::plugins::{FOLDER, name_of};
use crate::store::RedbStore;
use crate::tables::Definition;

/// So many bytes of rows are written before the pages of them are let go of.
const WRITTEN_AT_ONCE: usize = 64 * 1024 * 1024;

impl RedbStore {
    /// Keeps `dir` for a store of this commit that is still to come: from now on a start there says that the store is missing, and does
    /// not begin an empty one.
    pub fn reserve(dir: &Path, sequence: u64) -> Result<(), BackupError> {
        let disk: Arc<dyn Disk> = Arc::new(Directory::new(dir));
        let mark = HighWater { sequence: sequence.max(1), closed: true };
        HighWaterFile::of(&disk).write(mark).map_err(|source| BackupError::Io { path: dir.into(), source })
    }

    /// Makes the store of the backup `file` in `dir`, which must not be there or be empty. The file is read twice: verified whole
    /// before anything is written, and written. What is in `dir` when this fails is of no use.
    pub fn restore(
        file: &Path,
        dir: &Path,
        config: &Config,
        heard: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<BackupSummary, BackupError> {
        let verified = read_backup(&mut open(file)?, &mut |done, of| heard("verifying", done, of))?;
        let unusable = |source| BackupError::Io { path: dir.into(), source };
        let disk: Arc<dyn Disk> = Arc::new(Directory::new(dir));
        disk.make_folder(Path::new(FOLDER)).map_err(unusable)?;
        let sequence = verified.header.sequence;
        // It goes on where the store of the backup was: nothing that it acknowledges later has a number that was there before.
        HighWaterFile::of(&disk).write(HighWater { sequence, closed: true }).map_err(unusable)?;
        let path = dir.join(STORE_FILE);
        let mut builder = Database::builder();
        builder.set_cache_size(config.cache_bytes);
        let database = disk.open(Path::new(STORE_FILE), &builder).map_err(|error| wrong(&path, error))?;
        let mut writing =
            Writing { database: &database, path: &path, disk: &*disk, pending: None, table: String::new(), bytes: 0 };
        let read =
            read_parts(&mut open(file)?, &mut |part| writing.part(part), &mut |done, of| heard("restoring", done, of))?;
        writing.finish()?;
        drop(database);
        if read != verified {
            return Err(damaged("it changed while it was restored"));
        }
        disk.sync_folder(Path::new(FOLDER)).and_then(|()| disk.sync_folder(Path::new(""))).map_err(unusable)?;
        Ok(read)
    }
}

fn open(file: &Path) -> Result<BufReader<File>, BackupError> {
    let opened = File::open(file).map_err(|source| BackupError::Io { path: file.into(), source })?;
    Ok(BufReader::with_capacity(1 << 20, opened))
}

fn wrong(path: &Path, error: impl Into<redb::Error>) -> BackupError {
    match error.into() {
        redb::Error::Io(source) => BackupError::Io { path: path.into(), source },
        other => OpenError::Damaged { path: path.into(), reason: other.to_string() }.into(),
    }
}

/// The new store so far.
struct Writing<'a> {
    database: &'a Database,
    path: &'a Path,
    disk: &'a dyn Disk,
    pending: Option<WriteTransaction>,
    table: String,
    bytes: usize,
}

impl Writing<'_> {
    fn part(&mut self, part: Part<'_>) -> Result<(), BackupError> {
        match part {
            Part::Component { digest, bytes } => self.component(digest, bytes),
            Part::Table(name) => {
                name.clone_into(&mut self.table);
                // A table without rows is made too.
                self.rows(&[])
            }
            Part::Rows(rows) => self.rows(rows),
        }
    }

    fn component(&self, digest: Digest, bytes: &[u8]) -> Result<(), BackupError> {
        if Digest::of(bytes) != digest {
            return Err(damaged("a component does not have its digest"));
        }
        let name = name_of(digest);
        self.disk.write(&name, bytes).map_err(|source| BackupError::Io { path: name, source })
    }

    fn rows(&mut self, rows: &[(&[u8], &[u8])]) -> Result<(), BackupError> {
        let transaction = match self.pending.take() {
            Some(transaction) => transaction,
            None => self.begin()?,
        };
        {
            let mut table =
                transaction.open_table(Definition::new(&self.table)).map_err(|error| wrong(self.path, error))?;
            for (key, value) in rows {
                table.insert(*key, *value).map_err(|error| wrong(self.path, error))?;
                self.bytes += key.len() + value.len();
            }
        }
        if self.bytes < WRITTEN_AT_ONCE {
            self.pending = Some(transaction);
            return Ok(());
        }
        self.bytes = 0;
        transaction.commit().map_err(|error| wrong(self.path, error))
    }

    /// Makes all of it safe.
    fn finish(mut self) -> Result<(), BackupError> {
        match self.pending.take() {
            Some(transaction) => transaction.commit().map_err(|error| wrong(self.path, error)),
            None => Ok(()),
        }
    }

    fn begin(&self) -> Result<WriteTransaction, BackupError> {
        let mut transaction = self.database.begin_write().map_err(|error| wrong(self.path, error))?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        Ok(transaction)
    }
}
