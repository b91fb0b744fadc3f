//! `hookbox restore`: a store again, of a backup, in a directory of its own.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use hookbox_store::Store;
use hookbox_store_redb::{BackupError, BackupSummary, CheckReport, Metrics, RedbStore, read_backup_header};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};

use super::backup::counted;
use crate::author::progress::Progress;
use crate::config::{self, ConfigFile, Layers};
use crate::output::{Format, clean, print_json, print_line, progress, size, table};
use crate::restored::{self, CODE, SetAside};
use crate::usage::UsageError;
use crate::vault;

/// Where it is made before it takes its place.
const PARTIAL: &str = "restore.partial";

/// What a file system may have put into an empty directory.
const NOT_OURS: &str = "lost+found";

/// The tables that are told to people: which, and what is in them.
const TOLD: [(&str, &str); 9] = [
    ("workspaces", "workspaces"),
    ("automations", "automations"),
    ("contacts", "contacts"),
    ("messages", "messages"),
    ("captures", "captures"),
    ("runs", "runs"),
    ("plugins", "plugin versions"),
    ("users", "users"),
    ("audit", "audit entries"),
];

/// Make a store of a backup, in a directory that is empty or not there
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox restore hookbox.backup --data ./data --key /safe/secret.key
  HOOKBOX_SECRET_KEY=… hookbox restore hookbox.backup --data ./data
  hookbox serve --data ./data
  hookbox run replay-failed --code restored       what was unfinished, once you know that it was not done since
  hookbox message page --state unknown            and what was about to be sent; then: hookbox message decide

The file is verified whole before anything is written, and the store is checked before it takes its place.

The host that the backup is of went on after it. So what was due then is set aside: runs become dead letters with the code
`restored`, messages become `unknown`, and nothing is sent twice. With --continue the new host takes all of it up again. What is due
later goes on in either case: never let two hosts run on copies of one store. What was revoked since the backup (keys, tokens, users,
grants) is good again: revoke it again.")]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    /// The directory of the new store [default: hookbox-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The file with the key that secrets were sealed with: secret.key of the directory that the backup is of
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Go on without the key: secrets that were sealed with it do not open until it is put there
    #[arg(long, conflicts_with = "key")]
    without_key: bool,
    /// Take up again what was unfinished, although it may have been done since and is then done twice
    #[arg(long = "continue")]
    continues: bool,
    /// Restore although records in it are damaged or do not agree
    #[arg(long)]
    accept_damage: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// What came of it.
struct Restored {
    summary: BackupSummary,
    report: CheckReport,
    /// Nothing when what was unfinished is taken up again.
    set_aside: Option<SetAside>,
    has_key: bool,
}

impl Restore {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let config = Layers::of(&self.config)?.path_flag("host.data", self.data.as_deref())?.config()?;
        let data = config.host.data.clone();
        let what = || format!("{} was not restored", self.file.display());
        let fingerprint = read_backup_header(&self.file).with_context(what)?.key;
        let has_key = self.has_key(fingerprint.as_deref())?;
        empty(&data).with_context(what)?;
        let partial = data.join(PARTIAL);
        let made = self.make(&config, &partial, has_key);
        let restored = match made {
            Ok(restored) => restored,
            Err(error) => {
                // What is left of it is of no use, and the next attempt begins by taking it away.
                let _ = fs::remove_dir_all(&partial);
                return Err(error).with_context(what);
            }
        };
        if let Some(key) = &self.key {
            vault::put(key, &partial)?;
        }
        take_place(&partial, &data).with_context(|| format!("{} cannot be written", data.display()))?;
        match format {
            Format::Json => print_json(&told(&data, &restored)?),
            Format::Human => print_line(&told_text(&data, &restored)),
        }
    }

    /// Whether the key of secrets is at hand. A wrong one is refused before anything is done.
    fn has_key(&self, wanted: Option<&str>) -> Result<bool> {
        let Some(wanted) = wanted else { return Ok(self.key.is_some()) };
        if let Some(file) = &self.key {
            vault::is_key(file, wanted)?;
            return Ok(true);
        }
        match vault::fingerprint_of_variable()? {
            Some(found) if found == wanted => Ok(true),
            Some(found) if !self.without_key => bail!(
                "{} is another key: its fingerprint is {found}, and {wanted} is needed; give the file of the right one with \
                 --key, or go on with --without-key",
                vault::VARIABLE
            ),
            None if !self.without_key => Err(UsageError(format!(
                "secrets in this backup are sealed with the key with the fingerprint {wanted}: give its file with --key (secret.key of \
                 the directory that the backup is of), set {}, or go on with --without-key",
                vault::VARIABLE
            ))
            .into()),
            Some(_) | None => Ok(false),
        }
    }

    fn make(&self, config: &config::Config, partial: &Path, has_key: bool) -> Result<Restored> {
        let progress = Progress::begin("restoring");
        let heard = &mut |what: &str, done, of| progress.tell(&counted(what, done, of));
        let summary = RedbStore::restore(&self.file, partial, &config.store, heard)?;
        progress.tell("checking");
        self.upgrade(config, partial)?;
        let report = RedbStore::check(partial, &config.store)?;
        self.judge(&report)?;
        progress.tell("setting aside what was unfinished");
        let set_aside = self.settle(config, partial, &summary)?;
        Ok(Restored { summary, report, set_aside, has_key })
    }

    fn judge(&self, report: &CheckReport) -> Result<()> {
        for finding in &report.findings {
            progress(&format!("{} {}: {}", finding.table, finding.key, clean(&finding.what)));
        }
        let wrong = report.findings.len() as u64 + report.findings_left_out;
        if wrong > 0 && !self.accept_damage {
            bail!(
                "{wrong} things are wrong in the store that the backup was taken of; use an older one, or go on with --accept-damage"
            );
        }
        Ok(())
    }

    /// Opens the new store once, which brings records of an older version to this one's.
    fn upgrade(&self, config: &config::Config, dir: &Path) -> Result<()> {
        opened(config, dir, async |_| Ok(()))
    }

    fn settle(&self, config: &config::Config, dir: &Path, summary: &BackupSummary) -> Result<Option<SetAside>> {
        let (at, sequence, continues) = (summary.header.taken_at, summary.header.sequence, self.continues);
        let settled = opened(config, dir, async move |store| {
            if continues {
                restored::note(&*store, at, sequence, None).await.map(|()| None)
            } else {
                restored::set_aside(&*store, at, sequence).await.map(Some)
            }
        });
        settled.context("what was unfinished in the backup was not set aside")
    }
}

/// Does something with the new store, and closes it in order.
fn opened<T>(config: &config::Config, dir: &Path, act: impl AsyncFnOnce(Arc<RedbStore>) -> Result<T>) -> Result<T> {
    let runtime = crate::serve::runtime(config)?;
    let store = hookbox_store_redb::Config { ballast_bytes: 0, alone_delay_ms: 0, ..config.store.clone() };
    let store = RedbStore::open(dir, store, Metrics::register(&mut Registry::default()), false)?;
    let acted = runtime.block_on(async {
        let acted = act(Arc::clone(&store)).await;
        store.close().await;
        acted
    });
    runtime.shutdown_timeout(crate::drain::THREADS_GRACE);
    acted
}

/// Makes sure that nothing is in a directory but what an attempt before left, and makes it when it is not there.
fn empty(dir: &Path) -> Result<()> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            return Ok(());
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", dir.display())),
    };
    for entry in entries {
        let name = entry?.file_name();
        if name != PARTIAL && name != NOT_OURS {
            return Err(BackupError::NotEmpty { dir: dir.into() }.into());
        }
    }
    match fs::remove_dir_all(dir.join(PARTIAL)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Brings everything where a host looks for it. The mark comes first: a start between the two finds that a store is missing, and
/// does not begin an empty one.
fn take_place(partial: &Path, data: &Path) -> io::Result<()> {
    let mut names: Vec<_> =
        fs::read_dir(partial)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<_>>()?;
    names.sort_by_key(|name| (name != "store.hwm", name == "store.redb"));
    for name in names {
        fs::rename(partial.join(&name), data.join(&name))?;
        File::open(data)?.sync_all()?;
    }
    fs::remove_dir(partial)?;
    File::open(data)?.sync_all()
}

fn told(data: &Path, restored: &Restored) -> Result<Value> {
    let Restored { summary, report, set_aside, has_key } = restored;
    let mut told = serde_json::to_value(summary)?;
    told["data"] = json!(data.display().to_string());
    told["set_aside"] = json!(set_aside);
    told["has_key"] = json!(has_key);
    told["findings"] = json!(report.findings);
    Ok(told)
}

fn told_text(data: &Path, restored: &Restored) -> String {
    let Restored { summary, set_aside, has_key, .. } = restored;
    let header = &summary.header;
    let mut rows = table(&["what", "how many"]);
    for (table, what) in TOLD {
        rows.add_row([what.to_owned(), rows_of(summary, table).to_string()]);
    }
    let mut text = format!(
        "{rows}\n{}: commit {} of {} ({}, written by {})",
        data.display(),
        header.sequence,
        header.taken_at,
        size(summary.bytes),
        header.program
    );
    text.push_str(&match set_aside {
        Some(SetAside { runs: 0, messages: 0 }) => "\nnothing was unfinished and due".to_owned(),
        Some(aside) => format!(
            "\nset aside, because the host that it is of went on: {} runs are dead letters with the code {CODE} (hookbox run \
             replay-failed --code {CODE}), {} messages are unknown (hookbox message page --state unknown)",
            aside.runs, aside.messages
        ),
        None => "\nwhat was unfinished is taken up again: what was done since the backup is done twice".to_owned(),
    });
    text.push_str("\nwhat was revoked since then is good again: keys, tokens, users, grants. Everybody logs in anew");
    if !has_key && let Some(key) = &header.key {
        text.push_str(&format!(
            "\nbefore the first start put the key of secrets with the fingerprint {key} to {} (mode 0600): without it they do not open, and a \
             start makes a new one",
            data.join(vault::FILE).display()
        ));
    }
    text
}

/// Rows of a table, or of those of all its days.
fn rows_of(summary: &BackupSummary, table: &str) -> u64 {
    let of_day = |name: &str| {
        let day = name.strip_prefix(table).and_then(|rest| rest.strip_prefix('-'));
        name == table || day.is_some_and(|day| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()))
    };
    summary.tables.iter().filter(|(name, _)| of_day(name)).map(|(_, rows)| rows).sum()
}
