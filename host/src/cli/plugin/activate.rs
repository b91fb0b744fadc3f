//! `hookbox plugin activate`: which version new runs take.

use anyhow::Result;
use serde_json::json;

use super::shown::title;
use crate::cli::connection::Connection;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Make an approved version the one that new runs take; runs under way finish on theirs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin compare plg_0190…      what it would do otherwise
  hookbox plugin activate plg_0190…
  hookbox plugin activate score-lead    the version that may come next
  hookbox plugin rollback score-lead    to the next older version that was active once")]
pub(in crate::cli) struct Activate {
    /// The version's id or digest; a name is its newest version that is neither active nor refused
    plugin: String,
    #[command(flatten)]
    connection: Connection,
}

impl Activate {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let path = format!("plugins/{}/activate", path_part(&self.plugin));
        let active = self.connection.client()?.post(&path, &json!({}))?;
        print_answer(&active, format, |plugin| format!("{}: new runs take it from now on", title(plugin)))
    }
}
