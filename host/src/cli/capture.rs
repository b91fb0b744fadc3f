//! `hookbox capture`: what was accepted.

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::connection::{Connection, Paging};
use super::named::AUTOMATION;
use super::page::{Column, print_page, record_text};
use crate::output::{Format, clean, print_answer};

/// What is shown of a capture.
const COLUMNS: [Column; 5] = [
    ("id", "/id"),
    ("received", "/received_at"),
    ("automation", "/automation"),
    ("state", "/state"),
    ("runs", "/runs"),
];

/// See what was captured
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox capture page --automation \"Order shipped\"
  hookbox capture show cap_0190…
  hookbox automation dry-run \"Order shipped\" --capture cap_0190…")]
pub(super) enum CaptureCommand {
    /// Page through the captures, newest first
    #[command(after_help = "Examples:\n  hookbox capture page\n  hookbox capture page --automation aut_0190… --json")]
    Page {
        /// Only of this automation: its id or name
        #[arg(long, value_name = "AUTOMATION")]
        automation: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one capture with its body
    #[command(
        after_help = "Examples:\n  hookbox capture show cap_0190…\n  hookbox capture show cap_0190… --json | jq .body"
    )]
    Show {
        /// The capture's id
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl CaptureCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page { automation, paging, connection } => {
                let client = connection.client()?;
                let automation = automation.map(|text| AUTOMATION.id(&client, &text)).transpose()?;
                let filters = [("automation", automation.as_deref())];
                print_page(&client, "captures", &filters, &paging, &COLUMNS, format)
            }
            Self::Show { id, connection } => {
                let capture = connection.client()?.get(&format!("captures/{id}"), &[])?;
                print_answer(&capture, format, capture_text)
            }
        }
    }
}

fn capture_text(capture: &Value) -> String {
    let body = serde_json::to_string_pretty(&capture["body"]).unwrap_or_default();
    format!("{}\n\n{}", record_text(capture, &COLUMNS), clean(&body))
}
