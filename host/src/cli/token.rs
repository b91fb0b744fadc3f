//! `hookbox token`: one's own tokens.

use anyhow::Result;
use clap::Subcommand;
use hookbox_model::Role;
use serde_json::json;

use super::connection::{Connection, Paging};
use super::named::WORKSPACE;
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Make, see and take back one's own tokens
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox token create ci --scope editor --days 30
  hookbox token page
  hookbox token revoke tok_0190…

A token may do what its user may, at most as its scope. What a token makes can do no more than itself, nor lives longer.")]
pub(super) enum TokenCommand {
    /// Page through one's own tokens; never their texts
    #[command(after_help = "Examples:\n  hookbox token page")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a token; it is shown once
    #[command(after_help = "\
Examples:
  hookbox token create ci --scope editor
  hookbox token create nightly --scope viewer --only north --days 7")]
    Create {
        /// What it is for
        name: String,
        /// The most that it may do: viewer, editor, admin or owner
        #[arg(long, default_value = "viewer")]
        scope: Role,
        /// The only workspace that it is good in, by id or name
        #[arg(long, value_name = "WORKSPACE")]
        only: Option<String>,
        /// How long it is good
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a token back; it opens nothing from now on
    #[command(after_help = "Examples:\n  hookbox token revoke tok_0190…")]
    Revoke {
        /// The token's id
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl TokenCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page { paging, connection } => {
                let columns = [
                    ("id", "/id"),
                    ("name", "/name"),
                    ("scope", "/scope"),
                    ("workspace", "/workspace"),
                    ("made", "/created_at"),
                    ("last used", "/seen_at"),
                    ("ends", "/expires_at"),
                ];
                print_page(&connection.client()?, "tokens", &[], &paging, &columns, format)
            }
            Self::Create { name, scope, only, days, connection } => {
                let client = connection.client()?;
                let workspace = only.map(|only| WORKSPACE.id(&client, &only)).transpose()?;
                let new = json!({"name": name, "scope": scope, "workspace": workspace, "expires_in_days": days});
                let made = client.post("tokens", &new)?;
                print_answer(&made, format, |made| format!("{}   (shown only now)", text_at(made, "/token")))
            }
            Self::Revoke { id, connection } => {
                let revoked = connection.client()?.delete(&format!("tokens/{id}"))?;
                print_answer(&revoked, format, |_| format!("{id} opens nothing any more"))
            }
        }
    }
}
