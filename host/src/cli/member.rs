//! `hookbox member`: whom conversations can be assigned to.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::connection::{Connection, Paging};
use super::named::MEMBER;
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Add, rename, remove and see members
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox member create front-desk
  hookbox member rename front-desk reception
  hookbox member remove reception
  hookbox member page

Wherever a member is asked for, its id and its name are taken.")]
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
    /// Call a member otherwise; not while a live automation names it
    #[command(after_help = "Examples:\n  hookbox member rename front-desk reception")]
    Rename {
        /// The member's id or name
        member: String,
        /// What it is called from then on; documents name it by this
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove a member; its conversations are nobody's then. Not while a live automation names it
    #[command(after_help = "Examples:\n  hookbox member remove reception")]
    Remove {
        /// The member's id or name
        member: String,
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
            Self::Rename { member, name, connection } => {
                let client = connection.client()?;
                let renamed = client.patch(&MEMBER.path_of(&client, &member)?, &json!({"name": name}))?;
                print_answer(&renamed, format, |renamed| {
                    format!("{member} is called {} now", text_at(renamed, "/name"))
                })
            }
            Self::Remove { member, connection } => {
                let client = connection.client()?;
                let removed = client.delete(&MEMBER.path_of(&client, &member)?)?;
                print_answer(&removed, format, |removed| format!("{} is a member no more", text_at(removed, "/name")))
            }
        }
    }
}
