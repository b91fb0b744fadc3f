//! The limit (b): the bare backend committing the rows of captures and of runs, in batches as they really formed.
//!
//! A host is given contacts, stopped, and its file kept; started again it is sent one request for each contact, and stopped. What
//! differs between the two files are the rows that those automations wrote. The bare backend then writes the same rows into copies of
//! the first file: as many to a commit as the product had under full load, with the product's settings, in the order of their
//! keys. Rows that were written and removed again meanwhile are not seen, and a row that was written twice is written once; so
//! what is measured is less than what the product has to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use redb::{Database, ReadOnlyDatabase, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use serde_json::{Value, json};

use crate::host::{Host, STORE_FILE};
use crate::load::{Contacts, Length, Load};
use crate::options::Options;
use crate::processor;
use crate::whole;

/// The cache of the product's backend (`store.cache_bytes`).
const CACHE_BYTES: usize = 128 << 20;

/// What the tables are called whose rows the capture itself writes.
const OF_CAPTURES: [&str; 2] = ["captures-", "idempotency-"];

/// The tables of marks, which each commit writes anew.
const EACH_COMMIT: [&str; 2] = ["marks", "meta"];

type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// The rows of a table, by key.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// What was written to one table: keys in order, and the values; none where the row was removed.
struct Written {
    table: String,
    rows: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// What writing it took.
#[derive(Default)]
struct Cost {
    automations: u64,
    rows: u64,
    bytes: u64,
    commits: u64,
    seconds: f64,
    processor_seconds: f64,
}

/// Measures it with so many units to a commit, of which an automation has `units_each`; its own where nothing is known.
pub(crate) fn measure(options: &Options, known: Option<(f64, f64)>) -> Result<Value> {
    let automations = options.plan.stored;
    let scratch = tempfile::Builder::new().prefix("hookbox-bench-").tempdir_in(&options.dir)?;
    let base = scratch.path().join("base.redb");
    let (written, own) = sampled(options, automations, &base)?;
    let (units, units_each) = known.unwrap_or(own);
    let (of_captures, of_runs): (Vec<_>, Vec<_>) =
        written.iter().partition(|written| OF_CAPTURES.iter().any(|name| written.table.starts_with(name)));
    let all: Vec<&Written> = written.iter().collect();
    let commits = |units_each: f64| ((automations as f64 * units_each / units).ceil() as u64).max(1);
    let mut report = json!({ "units_per_commit": units, "units_per_automation": units_each });
    for (name, tables, commits) in [
        ("automations", &all, commits(units_each)),
        ("captures", &of_captures, commits(1.0)),
        ("runs", &of_runs, commits((units_each - 1.0).max(1.0))),
    ] {
        let mut cost = Cost::default();
        while cost.seconds < options.plan.bare.as_secs_f64() {
            cost.automations += automations;
            write(&base, &scratch.path().join("copy.redb"), tables, commits, &mut cost)?;
        }
        report[name] = cost.report();
    }
    report["tables"] = written.iter().map(|written| written.report(automations)).collect();
    Ok(report)
}

/// Rows that the product wrote for so many automations, one for each contact; the file as it was before is put at `base`. And how
/// many units its commits had, and an automation.
fn sampled(options: &Options, automations: u64, base: &Path) -> Result<(Vec<Written>, (f64, f64))> {
    let host = Host::fresh(options, &[])?;
    let webhook = host.admin().apply_yaml(hookbox_tests::documents::ORDER_SHIPPED);
    let body = hookbox_tests::documents::JOHN;
    let load = |host: &Host| Load {
        contacts: Contacts::InTurn { first: 0, count: automations },
        length: Length::Requests(automations),
        ..whole::load(host, vec![host.target(&webhook, body)], options, automations)
    };
    whole::hold(&host, &load(&host))?;
    let (home, data) = host.stopped()?;
    let file = data.join(STORE_FILE);
    fs::copy(&file, base)?;
    let host = Host::start(&data, &[])?;
    let found = whole::hold(&host, &load(&host))?.found();
    host.stopped()?;
    let (before, after) = (read(base)?, read(&file)?);
    drop(home);
    let written = after.into_iter().filter_map(|(table, rows)| {
        let written = differing(before.get(&table).unwrap_or(&Rows::new()), rows);
        (!written.is_empty()).then_some(Written { table, rows: written })
    });
    Ok((written.collect(), (found.units, found.units_each)))
}

/// The rows that are new or have another value, and those that are gone.
fn differing(before: &Rows, after: Rows) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let gone: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), None)).collect();
    let written = after.into_iter().filter(|(key, value)| before.get(key) != Some(value));
    let mut all: Vec<_> = written.map(|(key, value)| (key, Some(value))).chain(gone).collect();
    all.sort_unstable();
    all
}

/// Every table of a file.
fn read(file: &Path) -> Result<BTreeMap<String, Rows>> {
    let database = ReadOnlyDatabase::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let transaction = database.begin_read()?;
    let names: Vec<String> = transaction.list_tables()?.map(|table| table.name().to_owned()).collect();
    let mut tables = BTreeMap::new();
    for name in names {
        let table = transaction.open_table(Definition::new(&name))?;
        let mut rows = Rows::new();
        for row in table.iter()? {
            let (key, value) = row?;
            rows.insert(key.value().to_vec(), value.value().to_vec());
        }
        tables.insert(name, rows);
    }
    Ok(tables)
}

/// Writes all rows into a copy of the file, the share of each table that is due in each commit.
fn write(base: &Path, copy: &Path, tables: &[&Written], commits: u64, cost: &mut Cost) -> Result<()> {
    fs::copy(base, copy)?;
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    let database = builder.create(copy)?;
    let (began, processor_before) = (Instant::now(), processor::thread_seconds());
    for commit in 0..commits {
        let mut transaction = database.begin_write()?;
        transaction.set_two_phase_commit(true);
        for written in tables {
            let mut table = transaction.open_table(Definition::new(&written.table))?;
            for (key, value) in written.due(commit, commits) {
                match value {
                    Some(value) => table.insert(key.as_slice(), value.as_slice())?.is_some(),
                    None => table.remove(key.as_slice())?.is_some(),
                };
                cost.rows += 1;
                cost.bytes += (key.len() + value.as_ref().map_or(0, Vec::len)) as u64;
            }
        }
        transaction.commit()?;
        cost.commits += 1;
    }
    cost.seconds += began.elapsed().as_secs_f64();
    cost.processor_seconds += processor::thread_seconds() - processor_before;
    ensure!(cost.rows > 0, "the product wrote nothing");
    Ok(())
}

impl Written {
    /// The rows that are due in this commit of so many.
    fn due(&self, commit: u64, commits: u64) -> &[(Vec<u8>, Option<Vec<u8>>)] {
        let count = self.rows.len() as u64;
        if EACH_COMMIT.contains(&self.table.as_str()) {
            return &self.rows;
        }
        let place = |commit: u64| (commit * count / commits) as usize;
        &self.rows[place(commit)..place(commit + 1)]
    }

    fn report(&self, automations: u64) -> Value {
        let bytes: usize = self.rows.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum();
        json!({
            "table": self.table, "rows_per_automation": self.rows.len() as f64 / automations as f64,
            "bytes_per_automation": bytes as f64 / automations as f64,
        })
    }
}

impl Cost {
    fn report(&self) -> Value {
        let each = |figure: f64| figure / self.automations as f64;
        json!({
            "us": each(self.processor_seconds * 1e6),
            "per_second": self.automations as f64 / self.seconds,
            "rows": each(self.rows as f64),
            "rows_per_second": self.rows as f64 / self.seconds,
            "bytes": each(self.bytes as f64),
            "commits_per_second": self.commits as f64 / self.seconds,
            "written": self.automations,
            "seconds": self.seconds,
        })
    }
}
