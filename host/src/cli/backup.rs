//! `hookbox backup`: the whole store in one file, of a host that runs or of a directory that none uses.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hookbox_store::BackupLabel;
use hookbox_store_redb::{BackupSummary, RedbStore, read_backup};
use serde_json::json;
use tempfile::NamedTempFile;

use super::connection::Connection;
use crate::author::progress::Progress;
use crate::config::{ConfigFile, Layers};
use crate::fresh::now;
use crate::output::{Format, print_json, print_line, size};
use crate::vault;

/// Take a backup of everything, of the host that runs or of a directory that none uses
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox backup hookbox-2026-11-26.backup                 of the host at HOOKBOX_URL; needs an operator's token
  hookbox backup hookbox.backup --data ./data               while no host runs
  0 3 * * *  hookbox backup /backups/$(date +\\%F).backup    in a crontab
  hookbox restore hookbox.backup --data ./data              and back

The file holds what was answered before, whatever is written meanwhile, and is there whole or not at all. It holds contacts, messages
and requests as they are: keep it as you keep the data. Not in it: sessions, and the key that secrets are sealed with, which has to be
kept elsewhere (secret.key in the data directory, or HOOKBOX_SECRET_KEY). A backup in the host's log: hookbox audit page --host.")]
pub(super) struct Backup {
    /// Where it is written; a file of this name is replaced once the new one is whole
    file: PathBuf,
    /// The directory of a store that no host is using
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    connection: Connection,
}

impl Backup {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let progress = Progress::begin("taking a backup");
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Of this user alone from its first byte on, and gone when this fails.
        let mut file = NamedTempFile::with_prefix_in(".hookbox-backup-", folder)
            .with_context(|| format!("no file can be written in {}", folder.display()))?;
        let summary = match &self.data {
            Some(data) => offline(&Layers::of(&self.config)?, data, &mut file, &progress),
            None => online(self.connection, file.as_file_mut(), &progress),
        }?;
        let kept = || format!("{} cannot be written", self.file.display());
        file.as_file().sync_all().with_context(kept)?;
        file.persist(&self.file).with_context(kept)?;
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(kept)?;
        drop(progress);
        match format {
            Format::Json => print_json(&told(&self.file, &summary)?)?,
            Format::Human => print_line(&told_text(&self.file, &summary))?,
        }
        let unsound = summary.damaged + summary.components_missing;
        if unsound > 0 {
            bail!(
                "{unsound} records or components were damaged before they were copied; the rest of the backup is sound. Keep older \
                 ones, and see what `hookbox check-store` says"
            );
        }
        Ok(())
    }
}

/// As the host sends it, verified while it comes.
fn online(connection: Connection, file: &mut File, progress: &Progress) -> Result<BackupSummary> {
    let sent = connection.client()?.post_for_file("host/backup")?;
    let mut copied = Copied { from: sent, to: file, failed: None };
    let read = read_backup(&mut copied, &mut |done, of| progress.tell(&counted("taking a backup", done, of)));
    if let Some(error) = copied.failed {
        return Err(error).context("the backup cannot be written");
    }
    read.context("the host did not send a whole backup; its log may say why, and asking again is safe")
}

/// Of a directory, and read back from what was written.
fn offline(layers: &Layers, data: &Path, file: &mut NamedTempFile, progress: &Progress) -> Result<BackupSummary> {
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let label = BackupLabel { at: now(), program, key: vault::fingerprint(data)? };
    let config = layers.config()?.store;
    let mut writer = io::BufWriter::new(file.as_file_mut());
    let taken = RedbStore::back_up(data, &config, label, &mut writer);
    taken.with_context(|| {
        format!(
            "no backup was taken of {}; while a host runs on it, leave --data out and the host takes it",
            data.display()
        )
    })?;
    writer.flush().context("the backup cannot be written")?;
    drop(writer);
    let mut written = io::BufReader::new(file.reopen()?);
    read_backup(&mut written, &mut |done, of| progress.tell(&counted("reading it back", done, of)))
        .context("the backup cannot be read back")
}

/// Everything that is read is written to a file.
struct Copied<'a, R> {
    from: R,
    to: &'a mut File,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Copied<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(bytes)?;
        if let Err(error) = self.to.write_all(&bytes[..count]) {
            let told = io::Error::new(error.kind(), error.to_string());
            self.failed = Some(error);
            return Err(told);
        }
        Ok(count)
    }
}

/// How far it is.
pub(super) fn counted(what: &str, done: u64, of: u64) -> String {
    format!("{what}: {done} of {of} rows")
}

fn told(file: &Path, summary: &BackupSummary) -> Result<serde_json::Value> {
    let mut told = serde_json::to_value(summary)?;
    told["file"] = json!(file.display().to_string());
    Ok(told)
}

fn told_text(file: &Path, summary: &BackupSummary) -> String {
    let header = &summary.header;
    let mut text = format!(
        "{}: {}, {} rows and {} components, as of commit {} at {}\nsha256 {}",
        file.display(),
        size(summary.bytes),
        header.rows,
        header.components,
        header.sequence,
        header.taken_at,
        summary.sha256
    );
    text.push_str(match &header.key {
        Some(_) => "\nnot in it: the key of secrets. Keep it elsewhere: secret.key in the data directory, or HOOKBOX_SECRET_KEY",
        None => "\nthere is no key of secrets here (secret.key, HOOKBOX_SECRET_KEY); if there are secrets, they need theirs",
    });
    if let Some(key) = &header.key {
        text.push_str(&format!("; its fingerprint is {key}"));
    }
    text
}
