//! `hookbox plugin refuse`: an uploaded version that may not run.

use anyhow::Result;
use serde_json::json;

use super::shown::title;
use crate::cli::connection::Connection;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Decide that an uploaded version may not run
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  hookbox plugin refuse plg_0190… --reason 'it asks for every contact field'")]
pub(in crate::cli) struct Refuse {
    /// The version's id or digest; a name is its newest version that is neither active nor refused
    plugin: String,
    /// Why, for whoever wrote it
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    connection: Connection,
}

impl Refuse {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let path = format!("plugins/{}/refuse", path_part(&self.plugin));
        let refused = self.connection.client()?.post(&path, &json!({"reason": self.reason}))?;
        print_answer(&refused, format, |plugin| format!("{} may not run", title(plugin)))
    }
}
