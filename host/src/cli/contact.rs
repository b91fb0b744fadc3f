//! `hookbox contact`: the people that are written to.

use anyhow::Result;
use clap::Subcommand;

use super::connection::{Connection, Paging};
use super::page::{Column, print_page};
use crate::output::Format;

/// What a table of contacts shows.
pub(super) const CONTACT_COLUMNS: [Column; 7] = [
    ("id", "/id"),
    ("phone", "/phone"),
    ("email", "/email"),
    ("first name", "/fields/first_name"),
    ("last name", "/fields/last_name"),
    ("lists", "/lists"),
    ("opted out", "/opted_out"),
];

/// See contacts
#[derive(Debug, Subcommand)]
pub(super) enum ContactCommand {
    /// Page through the contacts, or find one by phone
    #[command(after_help = "Examples:\n  hookbox contact page\n  hookbox contact page --phone +12155556677 --json")]
    Page {
        /// Only the one with this phone number
        #[arg(long)]
        phone: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

impl ContactCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let Self::Page { phone, paging, connection } = self;
        let filters = [("phone", phone.as_deref())];
        print_page(&connection.client()?, "contacts", &filters, &paging, &CONTACT_COLUMNS, format)
    }
}
