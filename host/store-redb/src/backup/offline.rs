//! A backup of a directory that no host uses.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use hookbox_store::{BackupLabel, StoreError};
use redb::ReadableDatabase;

use super::read::BackupError;
use super::take::take;
use crate::apply::{SCHEMA, SEQUENCE};
use crate::config::Config;
use crate::damage::Damage;
use crate::disk::{Directory, Disk, STORE_FILE};
use crate::error::OpenError;
use crate::high_water::HighWaterFile;
use crate::metrics::Metrics;
use crate::migrate::SCHEMA_VERSION;
use crate::open::{damaged, days_of, open_file};
use crate::snapshot::{Snapshot, guarded};
use crate::store::RedbStore;
use crate::tables::Fixed;

impl RedbStore {
    /// Writes a backup of the store in `dir`, which nobody may have open. Changes nothing; redb itself brings a file that was not closed
    /// back to its last commit. A store that lacks acknowledged commits is refused, as it is at a start.
    pub fn back_up(dir: &Path, config: &Config, label: BackupLabel, to: &mut dyn Write) -> Result<(), BackupError> {
        let path = dir.join(STORE_FILE);
        std::fs::metadata(&path).map_err(|source| OpenError::Io { path: path.clone(), source })?;
        let disk: Arc<dyn Disk> = Arc::new(Directory::new(dir));
        let mark = HighWaterFile::of(&disk).read(dir)?;
        let database = open_file(&*disk, &path, config, mark.is_some_and(|mark| mark.closed))?;
        let transaction = database.begin_read().map_err(|error| damaged(&path, error))?;
        let days = days_of(&transaction).map_err(|error| damaged(&path, error))?;
        let damage = Arc::new(Damage::new(Metrics::unregistered().damaged));
        let snapshot = Snapshot::new(transaction, Arc::new(days), damage);
        let number = |key| guarded(|| snapshot.index(Fixed::Meta, key, "meta"));
        let found = number(SCHEMA)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
        if found > SCHEMA_VERSION {
            return Err(OpenError::Newer { found, known: SCHEMA_VERSION }.into());
        }
        let stored = number(SEQUENCE)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        if let Some(mark) = mark.filter(|mark| mark.sequence > stored) {
            return Err(OpenError::Behind { stored, acknowledged: mark.sequence }.into());
        }
        let mut failed = None;
        let taken = guarded(|| {
            take(&snapshot, &*disk, label, &mut |piece| {
                to.write_all(&piece).map_err(|error| {
                    let reason = error.to_string();
                    failed = Some(error);
                    StoreError::Unavailable { reason }
                })
            })
        });
        match (taken, failed) {
            (_, Some(error)) => Err(BackupError::Write(error)),
            (Err(error), None) => Err(error.into()),
            (Ok(()), None) => Ok(()),
        }
    }
}
