//! `hookbox audit`: who changed what, and whether the log of it is whole.

use anyhow::{Result, bail};
use clap::Subcommand;
use serde_json::Value;

use super::connection::{Connection, Paging};
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// See who changed what of plugins and their secrets
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox audit page
  hookbox audit verify")]
pub(super) enum AuditCommand {
    /// Page through the changes, newest first
    #[command(after_help = "\
Examples:
  hookbox audit page
  hookbox audit page --limit 1 --json | jq '.items[0] | {before, after}'")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Follow the chain of the whole log: nothing was changed or taken out since it was written
    #[command(after_help = "Examples:\n  hookbox audit verify\n\nStatus 1 when the chain breaks, and where.")]
    Verify {
        #[command(flatten)]
        connection: Connection,
    },
}

impl AuditCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page { paging, connection } => {
                let columns = [("#", "/place"), ("at", "/at"), ("by", "/by"), ("act", "/act"), ("subject", "/subject")];
                print_page(&connection.client()?, "audit", &[], &paging, &columns, format)
            }
            Self::Verify { connection } => {
                let verified = connection.client()?.get("audit/verify", &[])?;
                print_answer(&verified, format, verified_text)?;
                if verified["state"] != "whole" {
                    bail!("the audit log is not as it was written");
                }
                Ok(())
            }
        }
    }
}

fn verified_text(verified: &Value) -> String {
    match verified["state"].as_str() {
        Some("whole") => format!("whole: {} entries", verified["entries"]),
        Some(_) | None => format!("broken at place {}: {}", verified["place"], text_at(verified, "/why")),
    }
}
