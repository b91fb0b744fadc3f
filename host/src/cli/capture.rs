//! `hookbox capture`: what was accepted.

use anyhow::Result;
use clap::Subcommand;

use super::connection::{Connection, Paging};
use super::page::print_page;
use crate::output::Format;

/// See what was captured
#[derive(Debug, Subcommand)]
pub(super) enum CaptureCommand {
    /// Page through the captures, newest first
    #[command(after_help = "Examples:\n  hookbox capture page\n  hookbox capture page --automation aut_0190… --json")]
    Page {
        /// Only of this automation
        #[arg(long, value_name = "ID")]
        automation: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

impl CaptureCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let Self::Page { automation, paging, connection } = self;
        let columns = [
            ("id", "/id"),
            ("received", "/received_at"),
            ("automation", "/automation"),
            ("state", "/state"),
            ("runs", "/runs"),
        ];
        let filters = [("automation", automation.as_deref())];
        print_page(&connection.client()?, "captures", &filters, &paging, &columns, format)
    }
}
