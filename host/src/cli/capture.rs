//! `hookbox capture`: what was accepted.

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::connection::{Connection, Paging};
use super::named::AUTOMATION;
use super::page::{Column, cell, print_page, record_text};
use super::run::STATES;
use crate::output::{Format, clean, print_answer};

/// What is shown of a capture.
const COLUMNS: [Column; 7] = [
    ("id", "/id"),
    ("received", "/received_at"),
    ("from", "/from"),
    ("bytes", "/bytes"),
    ("automation", "/automation"),
    ("state", "/state"),
    ("runs", "/run_count"),
];

/// See what was captured
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox capture page --automation \"Order shipped\" --state failed
  hookbox capture show cap_0190…
  hookbox automation dry-run \"Order shipped\" --capture cap_0190…")]
pub(super) enum CaptureCommand {
    /// Page through the captures, newest first
    #[command(after_help = "\
Examples:
  hookbox capture page
  hookbox capture page --automation aut_0190… --state failed --json
  hookbox capture page --from 2026-11-01T00:00:00Z --text smith")]
    Page {
        /// Only of this automation: its id or name
        #[arg(long, value_name = "AUTOMATION")]
        automation: Option<String>,
        /// Only those of which this became
        #[arg(long, value_parser = STATES)]
        state: Option<String>,
        /// Only those that arrived at this moment or later: RFC 3339, or milliseconds since 1970
        #[arg(long, value_name = "MOMENT")]
        from: Option<String>,
        /// Only those that arrived before this moment
        #[arg(long, value_name = "MOMENT")]
        to: Option<String>,
        /// Only those with this text in their id, their address or their body
        #[arg(long)]
        text: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one capture with its headers and its body
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
            Self::Page { automation, state, from, to, text, paging, connection } => {
                let client = connection.client()?;
                let automation = automation.map(|text| AUTOMATION.id(&client, &text)).transpose()?;
                let filters = [
                    ("automation", automation.as_deref()),
                    ("state", state.as_deref()),
                    ("from", from.as_deref()),
                    ("to", to.as_deref()),
                    ("text", text.as_deref()),
                ];
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
    let field = |field: &Value| format!("{}: {}\n", cell(field.get(0)), cell(field.get(1)));
    let headers: String = capture["headers"].as_array().into_iter().flatten().map(field).collect();
    let body = serde_json::to_string_pretty(&capture["body"]).unwrap_or_default();
    format!("{}\n\n{headers}\n{}", record_text(capture, &COLUMNS), clean(&body))
}

#[cfg(test)]
mod tests {
    use super::capture_text;
    use serde_json::json;

    #[test]
    fn a_capture_shows_what_was_sent_beside_its_body() {
        let text = capture_text(&json!({
            "id": "cap_1", "from": "203.0.113.9", "bytes": 7, "headers": [["user-agent", "shop\u{1b}[2J"], ["cookie", "(hidden)"]],
            "body": {"a": 1},
        }));
        for expected in ["from        203.0.113.9", "\nuser-agent: shop", "\ncookie: (hidden)\n", "\"a\": 1"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert!(!text.contains('\u{1b}'), "a header drives no terminal");
    }
}
