//! `hookbox plugin show`: one version, what it asks and what it may do.

use anyhow::Result;
use serde_json::Value;

use crate::cli::connection::Connection;
use crate::cli::page::{Column, record_text};
use crate::output::{Format, print_answer};

/// What is shown of a version.
const ROWS: [Column; 8] = [
    ("id", "/id"),
    ("name", "/manifest/name"),
    ("version", "/manifest/version"),
    ("title", "/manifest/title"),
    ("digest", "/digest"),
    ("origin", "/origin"),
    ("active", "/active"),
    ("installed", "/installed_at"),
];

/// Show one plugin version
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hookbox plugin show plg_0190…\n  hookbox plugin show plg_0190… --json | jq .manifest.settings"
)]
pub(in crate::cli) struct Show {
    /// The plugin's id or digest
    plugin: String,
    #[command(flatten)]
    connection: Connection,
}

impl Show {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let plugin = self.connection.client()?.get(&format!("plugins/{}", self.plugin), &[])?;
        print_answer(&plugin, format, |plugin: &Value| record_text(plugin, &ROWS))
    }
}
