//! `hookbox check-store`: is everything in the store readable and consistent?

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use hookbox_store_redb::{CheckReport, RedbStore};

use crate::config::{ConfigFile, Layers};
use crate::output::{Format, clean, print_json, print_line, table};

/// Check a store that no host is using: every record, and that the records agree with one another
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox check-store --data ./data
  hookbox check-store --data ./data --json | jq .findings

Changes nothing. Status 1 when something is damaged.")]
pub(super) struct CheckStore {
    /// The directory of the store
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    file: ConfigFile,
}

impl CheckStore {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let config = Layers::of(&self.file)?.path_flag("host.data", self.data.as_deref())?.config()?;
        let data = config.host.data;
        let report = RedbStore::check(&data, &config.store);
        let report = report.with_context(|| format!("the store in {} cannot be checked", data.display()))?;
        match format {
            Format::Json => print_json(&report)?,
            Format::Human => print_line(&report_text(&report))?,
        }
        if !report.is_whole() {
            let wrong = report.findings.len() as u64 + report.findings_left_out;
            bail!("{wrong} things are wrong in {}; keep a copy of it before anything else", data.display());
        }
        Ok(())
    }
}

/// How many rows there are of what, and everything that is wrong.
fn report_text(report: &CheckReport) -> String {
    let mut rows = table(&["table", "rows"]);
    for (name, count) in &report.tables {
        rows.add_row([name, &count.to_string()]);
    }
    let how = if report.closed { "closed cleanly" } else { "not closed cleanly" };
    let mut lines = format!(
        "{rows}\nschema {}, commit {}, {how}; {} captures wait for their run to end",
        report.schema, report.sequence, report.unfinished,
    );
    for finding in &report.findings {
        lines.push_str(&format!("\n{} {}: {}", finding.table, finding.key, clean(&finding.what)));
    }
    if report.is_whole() {
        lines.push_str("\nnothing is wrong");
    }
    lines
}
