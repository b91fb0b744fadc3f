//! `hookbox run`: what became of captures.

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::connection::{Connection, Paging};
use super::page::print_page;
use crate::output::{Format, clean, print_json, print_line};
use crate::steps::steps_table;

/// See runs and their steps
#[derive(Debug, Subcommand)]
pub(super) enum RunCommand {
    /// Page through the runs, newest first
    #[command(after_help = "\
Examples:
  hookbox run page --state failed
  hookbox run page --automation aut_0190… --limit 200 --json")]
    Page {
        /// Only of this automation
        #[arg(long, value_name = "ID")]
        automation: Option<String>,
        /// Only in this state: queued, running, waiting, succeeded, failed
        #[arg(long)]
        state: Option<String>,
        /// Only of this contact
        #[arg(long, value_name = "ID")]
        contact: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one run: each step with its time, memory and effects
    #[command(
        after_help = "Examples:\n  hookbox run show run_0190…\n  hookbox run show run_0190… --json | jq '.steps[].log'"
    )]
    Show {
        /// The run's id
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl RunCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page { automation, state, contact, paging, connection } => {
                let filters = [
                    ("automation", automation.as_deref()),
                    ("state", state.as_deref()),
                    ("contact", contact.as_deref()),
                ];
                let columns = [
                    ("id", "/id"),
                    ("automation", "/automation"),
                    ("contact", "/contact"),
                    ("state", "/state"),
                    ("began", "/began_at"),
                    ("failed at", "/failure/at"),
                    ("why", "/failure/message"),
                ];
                print_page(&connection.client()?, "runs", &filters, &paging, &columns, format)
            }
            Self::Show { id, connection } => {
                let run = connection.client()?.get(&format!("runs/{id}"), &[])?;
                match format {
                    Format::Json => print_json(&run),
                    Format::Human => print_line(&run_text(&run)),
                }
            }
        }
    }
}

/// A run: where it stands, and its steps.
fn run_text(run: &Value) -> String {
    let text = |pointer: &str| clean(run.pointer(pointer).and_then(Value::as_str).unwrap_or("-"));
    let mut lines = format!(
        "{}  {}\nautomation  {}\ncapture     {}\ncontact     {}\n",
        text("/id"),
        text("/state"),
        text("/automation"),
        text("/capture"),
        text("/contact"),
    );
    if run["failure"].is_object() {
        lines.push_str(&format!(
            "{} at {}: {}\n",
            text("/failure/code"),
            text("/failure/at"),
            text("/failure/message")
        ));
    }
    lines.push_str(&steps_table(run).to_string());
    lines
}

#[cfg(test)]
mod tests {
    use super::run_text;
    use serde_json::json;

    #[test]
    fn a_failed_run_shows_where_and_why() {
        let text = run_text(&json!({
            "id": "run_1", "state": "failed", "automation": "aut_1", "capture": "cap_1", "contact": null, "steps": [],
            "failure": {"at": "mapping", "code": "invalid-phone", "message": "phone_number is not a phone number"},
        }));
        for expected in ["run_1  failed", "contact     -", "invalid-phone at mapping: phone_number is not"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }
}
