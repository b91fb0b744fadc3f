//! `hookbox plugin deactivate`: a version that new runs take no longer.

use anyhow::Result;
use serde_json::{Value, json};

use super::shown::title;
use crate::cli::connection::Connection;
use crate::cli::page::cell;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Take an uploaded version from new runs; the host's own of its name serves them, if there is one
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  hookbox plugin deactivate score-lead")]
pub(in crate::cli) struct Deactivate {
    /// The plugin's id, digest or name
    plugin: String,
    #[command(flatten)]
    connection: Connection,
}

impl Deactivate {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let path = format!("plugins/{}/deactivate", path_part(&self.plugin));
        let plugin = self.connection.client()?.post(&path, &json!({}))?;
        print_answer(&plugin, format, deactivated_text)
    }
}

fn deactivated_text(plugin: &Value) -> String {
    let used_by = cell(plugin.get("used_by"));
    let warning =
        if used_by.is_empty() { String::new() } else { format!("\nautomations that use its name: {used_by}") };
    format!("{}: new runs take it no longer{warning}", title(plugin))
}
