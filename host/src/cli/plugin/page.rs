//! `hookbox plugin page`: the versions that a workspace can use.

use anyhow::Result;

use crate::cli::connection::{Connection, Paging};
use crate::cli::page::print_page;
use crate::output::Format;

/// Page through the plugin versions, by name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin page
  hookbox plugin page --name score-lead
  hookbox plugin page --active --json")]
pub(in crate::cli) struct Page {
    /// Only those of this name
    #[arg(long)]
    name: Option<String>,
    /// Only those that new runs take
    #[arg(long)]
    active: bool,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
}

impl Page {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let columns = [
            ("id", "/id"),
            ("name", "/manifest/name"),
            ("version", "/manifest/version"),
            ("approval", "/approval/state"),
            ("active", "/active"),
            ("origin", "/origin"),
            ("installed", "/installed_at"),
        ];
        let filters = [("name", self.name.as_deref()), ("active", self.active.then_some("true"))];
        print_page(&self.connection.client()?, "plugins", &filters, &self.paging, &columns, format)
    }
}
