//! `hookbox list`: named sets of contacts.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::connection::{Connection, Paging};
use super::contact::CONTACT_COLUMNS;
use super::named::LIST;
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Add and see lists, and who is on them
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox list create customers
  hookbox list page
  hookbox list contacts customers")]
pub(super) enum ListCommand {
    /// Add a list; its name is unique in the workspace
    #[command(after_help = "Examples:\n  hookbox list create customers")]
    Create {
        /// What it is called; documents name it by this
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the lists
    #[command(after_help = "Examples:\n  hookbox list page\n  hookbox list page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the contacts on a list
    #[command(after_help = "Examples:\n  hookbox list contacts customers\n  hookbox list contacts lst_0190… --json")]
    Contacts {
        /// The list's id or name
        list: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

impl ListCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, connection } => {
                let made = connection.client()?.post("lists", &json!({"name": name}))?;
                print_answer(&made, format, |made| text_at(made, "/id"))
            }
            Self::Page { paging, connection } => {
                let columns = [("id", "/id"), ("name", "/name"), ("made", "/created_at")];
                print_page(&connection.client()?, "lists", &[], &paging, &columns, format)
            }
            Self::Contacts { list, paging, connection } => {
                let client = connection.client()?;
                let path = format!("{}/contacts", LIST.path_of(&client, &list)?);
                print_page(&client, &path, &[], &paging, &CONTACT_COLUMNS, format)
            }
        }
    }
}
