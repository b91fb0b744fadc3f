//! `hookbox member`: whom conversations can be assigned to.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::connection::{Connection, Paging};
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Add and see members
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  hookbox member create front-desk\n  hookbox member page")]
pub(super) enum MemberCommand {
    /// Add a member; its name is unique in the workspace
    #[command(after_help = "Examples:\n  hookbox member create front-desk")]
    Create {
        /// What it is called; documents name it by this
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the members
    #[command(after_help = "Examples:\n  hookbox member page\n  hookbox member page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

impl MemberCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, connection } => {
                let made = connection.client()?.post("members", &json!({"name": name}))?;
                print_answer(&made, format, |made| text_at(made, "/id"))
            }
            Self::Page { paging, connection } => {
                let columns = [("id", "/id"), ("name", "/name"), ("made", "/created_at")];
                print_page(&connection.client()?, "members", &[], &paging, &columns, format)
            }
        }
    }
}
