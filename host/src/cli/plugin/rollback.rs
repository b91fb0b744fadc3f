//! `hookbox plugin rollback`: back to the version before.

use anyhow::Result;
use serde_json::json;

use super::shown::title;
use crate::cli::connection::Connection;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Go back to the next older approved version of a name that was active once; the order is that of the uploads
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin rollback score-lead
  hookbox plugin activate plg_0190…     any other version, also a newer one")]
pub(in crate::cli) struct Rollback {
    /// The plugin's name
    name: String,
    #[command(flatten)]
    connection: Connection,
}

impl Rollback {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let path = format!("plugins/{}/rollback", path_part(&self.name));
        let active = self.connection.client()?.post(&path, &json!({}))?;
        print_answer(&active, format, |plugin| format!("{}: new runs take it from now on", title(plugin)))
    }
}
