//! Checking a whole store for `hookbox check-store`: every page, every value, and that indexes agree with records.
//!
//! Needs the file for itself and may take minutes on a large one. It mends nothing; redb itself brings a file that was not
//! closed back to its last commit.

mod findings;
mod scan;
mod recent;
mod links;
mod outbox;
mod rows;
mod plugins;
mod state;
mod audit;
mod users;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use redb::ReadableDatabase;
use serde::Serialize;

use crate::apply::{SCHEMA, SEQUENCE};
use crate::config::Config;
use crate::damage::Damage;
use crate::disk::{Directory, Disk, STORE_FILE};
use crate::error::OpenError;
use crate::high_water::HighWaterFile;
use crate::metrics::Metrics;
use crate::migrate::SCHEMAS;
use crate::open::{damaged, days_of, open_file};
use crate::snapshot::{Snapshot, guarded};
use crate::store::RedbStore;
use crate::tables::Fixed;

pub use findings::Finding;
use findings::Findings;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The schema of the file.
    pub schema: u32,
    /// The number of its last commit.
    pub sequence: u64,
    /// The last commit that was acknowledged, by the high-water mark; absent when there is no mark.
    pub acknowledged: Option<u64>,
    /// Whether the store was closed cleanly.
    pub closed: bool,
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// Captures whose run was never committed.
    pub unfinished: u64,
    /// What is wrong, at most [`CheckReport::FINDINGS_MAX`]; nothing when the store is whole.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub findings_left_out: u64,
}

impl CheckReport {
    /// The most findings a report lists.
    pub const FINDINGS_MAX: usize = 1_000;

    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

impl RedbStore {
    /// Checks the store in `dir`, which nobody may have open. Fails when the file cannot be opened at all.
    pub fn check(dir: &Path, config: &Config) -> Result<CheckReport, OpenError> {
        std::fs::metadata(dir.join(STORE_FILE))
            .map_err(|source| OpenError::Io { path: dir.join(STORE_FILE), source })?;
        Self::check_on(Arc::new(Directory::new(dir)), dir, config)
    }

    /// As [`check`](Self::check), of a store on `disk`, whose files messages name as if they lay in `dir`.
    pub fn check_on(disk: Arc<dyn Disk>, dir: &Path, config: &Config) -> Result<CheckReport, OpenError> {
        let path = dir.join(STORE_FILE);
        let mark = HighWaterFile::of(&disk).read(dir)?;
        let thorough = Config { integrity_check_bytes_max: u64::MAX, ..config.clone() };
        let database = open_file(&*disk, &path, &thorough, false)?;
        let transaction = database.begin_read().map_err(|error| damaged(&path, error))?;
        let days = days_of(&transaction).map_err(|error| damaged(&path, error))?;
        let damage = Arc::new(Damage::new(Metrics::unregistered().damaged));
        let snapshot = Snapshot::new(transaction, Arc::new(days), damage);
        let mut findings = Findings::new(CheckReport::FINDINGS_MAX);
        let number = |key| guarded(|| snapshot.index(Fixed::Meta, key, "meta")).map_err(|error| damaged(&path, error));
        let schema = number(SCHEMA)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
        let sequence = number(SEQUENCE)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        SCHEMAS.admit(schema)?;
        if schema < SCHEMAS.newest {
            return Err(OpenError::Behindhand { found: schema, known: SCHEMAS.newest });
        }
        let checked = guarded(|| {
            let tables = rows::check(&snapshot, &mut findings)?;
            outbox::check(&snapshot, &mut findings)?;
            recent::check(&snapshot, &mut findings)?;
            plugins::check(&snapshot, &*disk, &mut findings)?;
            state::check(&snapshot, &mut findings)?;
            audit::check(&snapshot, &mut findings)?;
            users::check(&snapshot, &mut findings)?;
            let unfinished = links::check(&snapshot, &mut findings)?;
            Ok((tables, unfinished))
        });
        let (tables, unfinished) = checked.map_err(|error| damaged(&path, error))?;
        if let Some(mark) = mark.filter(|mark| mark.sequence > sequence) {
            let acknowledged = mark.sequence;
            findings.add(
                Fixed::Meta,
                SEQUENCE,
                format!("it holds commit {sequence}, and {acknowledged} was acknowledged"),
            );
        }
        let (findings, findings_left_out) = findings.finish();
        Ok(CheckReport {
            schema,
            sequence,
            acknowledged: mark.map(|mark| mark.sequence),
            closed: mark.is_some_and(|mark| mark.closed),
            tables,
            unfinished,
            findings,
            findings_left_out,
        })
    }
}
