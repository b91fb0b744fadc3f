//! `hookbox plugin remove`: a version that nothing needs any more.

use anyhow::Result;

use super::shown::title;
use crate::cli::connection::Connection;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Forget an uploaded version that is not active and that no unfinished run keeps to
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin remove plg_0190…

What its name remembers stays; `hookbox plugin state NAME --forget` forgets that.")]
pub(in crate::cli) struct Remove {
    /// The plugin's id or digest
    plugin: String,
    #[command(flatten)]
    connection: Connection,
}

impl Remove {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let removed = self.connection.client()?.delete(&format!("plugins/{}", path_part(&self.plugin)))?;
        print_answer(&removed, format, |plugin| format!("{} is removed", title(plugin)))
    }
}
