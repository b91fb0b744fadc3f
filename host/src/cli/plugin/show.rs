//! `hookbox plugin show`: one version, what it asks, what it may do, and how it fares.

use anyhow::Result;

use super::shown::plugin_text;
use crate::cli::connection::Connection;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Show one plugin version: what it asks and may do, where it is used, how it fares
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin show score-lead
  hookbox plugin show plg_0190…
  hookbox plugin show score-lead --json | jq .manifest.settings")]
pub(in crate::cli) struct Show {
    /// The plugin's id, digest or name
    plugin: String,
    #[command(flatten)]
    connection: Connection,
}

impl Show {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let plugin = self.connection.client()?.get(&format!("plugins/{}", path_part(&self.plugin)), &[])?;
        print_answer(&plugin, format, plugin_text)
    }
}
