//! `hookbox inbox`: the identities that messages are sent from.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::connection::{Connection, Paging};
use super::page::print_page;
use crate::output::{Format, print_json, print_line};

/// Add and see inboxes
#[derive(Debug, Subcommand)]
pub(super) enum InboxCommand {
    /// Add an inbox; its name is unique in the workspace
    #[command(after_help = "Examples:\n  hookbox inbox create support")]
    Create {
        /// What it is called; documents name it by this
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the inboxes
    #[command(after_help = "Examples:\n  hookbox inbox page\n  hookbox inbox page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

impl InboxCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, connection } => {
                let made = connection.client()?.post("inboxes", &json!({"name": name}))?;
                match format {
                    Format::Json => print_json(&made),
                    Format::Human => print_line(made["id"].as_str().unwrap_or_default()),
                }
            }
            Self::Page { paging, connection } => {
                let columns = [("id", "/id"), ("name", "/name"), ("made", "/created_at")];
                print_page(&connection.client()?, "inboxes", &[], &paging, &columns, format)
            }
        }
    }
}
