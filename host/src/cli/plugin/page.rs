//! `hookbox plugin page`: the versions that a workspace can use.

use anyhow::Result;

use crate::cli::connection::{Connection, Paging};
use crate::cli::page::print_page;
use crate::output::Format;

/// Page through the plugin versions, by name
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  hookbox plugin page\n  hookbox plugin page --limit 500 --json")]
pub(in crate::cli) struct Page {
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
            ("active", "/active"),
            ("origin", "/origin"),
            ("installed", "/installed_at"),
        ];
        print_page(&self.connection.client()?, "plugins", &[], &self.paging, &columns, format)
    }
}
