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

/// The store, by which a directory is taken.
const STORE: &str = "store.redb";

/// What keeps a start from beginning an empty store where one is to be.
const MARK: &str = "store.hwm";

/// The folder of plugins' components.
const COMPONENTS: &str = "components";

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

The host that the backup is of went on after it. So what was unfinished then is set aside, held or not: runs become dead letters with
the code `restored`, messages become `unknown`, and nothing is sent twice. With --continue the new host takes all of it up again. Wait
steps and scheduled messages whose time has not come go on in either case: never let two hosts run on copies of one store. What was
changed since the backup is as it was: who opted out since is written to again, runs that were cancelled go on, and what was
revoked (keys, tokens, users, grants) is good. Do that again before the first start of what sends.")]
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
        let header = read_backup_header(&self.file).with_context(what)?;
        let has_key = self.has_key(header.key.as_deref())?;
        let was_reserved = empty(&data).with_context(what)?;
        RedbStore::reserve(&data, header.sequence).with_context(what)?;
        let partial = data.join(PARTIAL);
        let restored = match self.make(&config, &partial, has_key) {
            Ok(restored) => restored,
            Err(error) => {
                // What is left of it is of no use, and the next attempt begins by taking it away.
                let _ = fs::remove_dir_all(&partial);
                if !was_reserved {
                    let _ = fs::remove_file(data.join(MARK));
                }
                return Err(error).with_context(what);
            }
        };
        take_place(&partial, &data).with_context(|| format!("{} cannot be written", data.display()))?;
        match format {
            Format::Json => print_json(&told(&data, &restored)?),
            Format::Human => print_line(&told_text(&data, &restored)),
        }
    }

    /// Whether the key of secrets is at hand. A wrong one is refused before anything is done.
    fn has_key(&self, wanted: Option<&str>) -> Result<bool> {
        let Some(wanted) = wanted else { return Ok(self.key.is_some()) };
        let variable = vault::fingerprint_of_variable()?;
        if let Some(file) = &self.key {
            vault::is_key(file, wanted)?;
            if variable.is_some_and(|found| found != wanted) {
                bail!(
                    "{} holds another key than {}, and stands over it at every start: unset it, or set it to the right one",
                    vault::VARIABLE,
                    file.display()
                );
            }
            return Ok(true);
        }
        match variable {
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
        if let Some(key) = &self.key {
            vault::put(key, partial)?;
        }
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
    runtime.block_on(async {
        let acted = act(Arc::clone(&store)).await;
        store.close().await;
        acted
    })
}

/// Makes sure that nothing is in a directory but a mark without its store and what an attempt before left, and makes it when it is not
/// there. Whether there was a mark.
fn empty(dir: &Path) -> Result<bool> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            return Ok(false);
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", dir.display())),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()?;
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    // An attempt that was interrupted when it took its place has brought these there before the store.
    let brought: &[&str] = if has(PARTIAL) { &[COMPONENTS, vault::FILE] } else { &[] };
    let expected = [&[PARTIAL, MARK, NOT_OURS], brought].concat();
    if names.iter().any(|name| !expected.iter().any(|expected| name == expected)) {
        return Err(BackupError::NotEmpty { dir: dir.into() }.into());
    }
    if has(PARTIAL) {
        remove_folder(&dir.join(COMPONENTS))?;
        remove_folder(&dir.join(PARTIAL))?;
    }
    Ok(has(MARK))
}

fn remove_folder(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Brings everything where a host looks for it. The mark comes first and the store last: a start between the two finds that a store is
/// missing, and does not begin an empty one. A store that came there meanwhile (with `--accept-loss`) is never replaced.
fn take_place(partial: &Path, data: &Path) -> io::Result<()> {
    let mut names: Vec<_> =
        fs::read_dir(partial)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<_>>()?;
    names.sort_by_key(|name| (name != MARK, name == STORE));
    for name in names {
        let (from, to) = (partial.join(&name), data.join(&name));
        // Of the two only a link refuses a name that is taken.
        if name == STORE {
            fs::hard_link(from, to)?
        } else {
            fs::rename(from, to)?
        }
        File::open(data)?.sync_all()?;
    }
    fs::remove_dir_all(partial)?;
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
        Some(SetAside { runs: 0, messages: 0 }) => "\nnothing was unfinished but what waits for its time".to_owned(),
        Some(aside) => format!(
            "\nset aside, because the host that it is of went on: {} runs are dead letters with the code {CODE} (hookbox run \
             replay-failed --code {CODE}), {} messages are unknown (hookbox message page --state unknown)",
            aside.runs, aside.messages
        ),
        None => "\nwhat was unfinished is taken up again: what was done since the backup is done twice".to_owned(),
    });
    text.push_str(
        "\nwait steps and scheduled messages go on when their time comes. What was changed since then is as it was: who opted out is \
         written to, cancelled runs go on, revoked keys, tokens, users and grants are good. Everybody logs in anew",
    );
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{COMPONENTS, MARK, PARTIAL, STORE, empty, take_place};

    #[test]
    fn a_store_that_was_begun_meanwhile_is_not_replaced() {
        let data = tempfile::tempdir().expect("a directory");
        let partial = data.path().join(PARTIAL);
        fs::create_dir_all(partial.join(COMPONENTS)).expect("a folder");
        for (dir, what) in [(partial.as_path(), "restored"), (data.path(), "acknowledged meanwhile")] {
            fs::write(dir.join(STORE), what).expect("a writable folder");
        }
        take_place(&partial, data.path()).expect_err("its place is taken");
        let kept = fs::read_to_string(data.path().join(STORE)).expect("the store");
        assert_eq!(kept, "acknowledged meanwhile");
        empty(data.path()).expect_err("nor does the next attempt take it away");
    }

    #[test]
    fn only_what_an_attempt_left_is_taken_away() {
        let data = tempfile::tempdir().expect("a directory");
        let components = data.path().join(COMPONENTS);
        fs::create_dir(&components).expect("a folder");
        empty(data.path()).expect_err("they are of somebody");
        assert!(components.exists());
        fs::create_dir(data.path().join(PARTIAL)).expect("a folder");
        assert!(!empty(data.path()).expect("an attempt left them"));
        assert!(!components.exists() && !data.path().join(PARTIAL).exists());
        fs::write(data.path().join(MARK), "").expect("a writable folder");
        assert!(empty(data.path()).expect("a mark without its store"));
    }
}
