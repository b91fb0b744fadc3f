//! `hookbox list`: named sets of contacts.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::connection::{Connection, Paging};
use super::contact::CONTACT_COLUMNS;
use super::page::print_page;
use crate::output::{Format, print_json, print_line};

/// Add and see lists, and who is on them
#[derive(Debug, Subcommand)]
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
    #[command(after_help = "Examples:\n  hookbox list contacts lst_0190…")]
    Contacts {
        /// The list's id
        id: String,
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
                match format {
                    Format::Json => print_json(&made),
                    Format::Human => print_line(made["id"].as_str().unwrap_or_default()),
                }
            }
            Self::Page { paging, connection } => {
                let columns = [("id", "/id"), ("name", "/name"), ("made", "/created_at")];
                print_page(&connection.client()?, "lists", &[], &paging, &columns, format)
            }
            Self::Contacts { id, paging, connection } => {
                let path = format!("lists/{id}/contacts");
                print_page(&connection.client()?, &path, &[], &paging, &CONTACT_COLUMNS, format)
            }
        }
    }
}
