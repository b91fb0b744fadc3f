//! `hookbox run`: what became of captures, and bringing it on: end a run, repeat what failed.

mod replay;

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::connection::{Connection, Paging};
use super::named::AUTOMATION;
use super::page::{print_page, text_at};
use crate::output::{Format, clean, print_answer};
use crate::steps::steps_table;

/// Every state of a run, as the API writes it.
pub(super) const STATES: [&str; 7] = ["queued", "running", "waiting", "held", "succeeded", "failed", "cancelled"];

/// See runs and their steps, end them, repeat them
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox run page --dead-letters
  hookbox run show run_0190…
  hookbox run replay run_0190…
  hookbox run replay-failed --automation \"Order shipped\" --version newest")]
pub(super) enum RunCommand {
    Page(Page),
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
    /// End a run that waits, is held or runs; what its steps did stays. One that ended stays as it is
    #[command(after_help = "Examples:\n  hookbox run cancel run_0190…")]
    Cancel {
        /// The run's id
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    Replay(replay::Replay),
    ReplayFailed(replay::ReplayFailed),
}

/// Page through the runs, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox run page --dead-letters              what failed for good and was not replayed, with its reason
  hookbox run page --state waiting
  hookbox run page --text +12155556677 --from 2026-11-01T00:00:00Z
  hookbox run page --automation \"Order shipped\" --limit 200 --json")]
pub(super) struct Page {
    /// Only of this automation: its id or name
    #[arg(long, value_name = "AUTOMATION")]
    automation: Option<String>,
    /// Only in this state
    #[arg(long, value_parser = STATES)]
    state: Option<String>,
    /// Only those that failed and were not replayed
    #[arg(long, conflicts_with = "state")]
    dead_letters: bool,
    /// Only of this contact
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    /// Only those made at this moment or later (RFC 3339, or milliseconds since 1970)
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Only those made before this moment
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Only those about which this is: ids, failure, names of steps, body of the capture, contact
    #[arg(long)]
    text: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
}

impl RunCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page(command) => command.run(format),
            Self::Show { id, connection } => {
                let run = connection.client()?.get(&format!("runs/{id}"), &[])?;
                print_answer(&run, format, run_text)
            }
            Self::Cancel { id, connection } => {
                let run = connection.client()?.post(&format!("runs/{id}/cancel"), &json!({}))?;
                print_answer(&run, format, |run| format!("{} is {}", text_at(run, "/id"), text_at(run, "/state")))
            }
            Self::Replay(command) => command.run(format),
            Self::ReplayFailed(command) => command.run(format),
        }
    }
}

impl Page {
    fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let automation = self.automation.map(|text| AUTOMATION.id(&client, &text)).transpose()?;
        let state = if self.dead_letters { Some("failed") } else { self.state.as_deref() };
        let filters = [
            ("automation", automation.as_deref()),
            ("state", state),
            ("replayed", self.dead_letters.then_some("false")),
            ("contact", self.contact.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("text", self.text.as_deref()),
        ];
        let columns = [
            ("id", "/id"),
            ("automation", "/automation"),
            ("contact", "/contact"),
            ("state", "/state"),
            ("began", "/began_at"),
            ("due", "/due_at"),
            ("failed at", "/failure/at"),
            ("code", "/failure/code"),
            ("why", "/failure/message"),
        ];
        print_page(&client, "runs", &filters, &self.paging, &columns, format)
    }
}

/// A run: where it stands, and its steps.
fn run_text(run: &Value) -> String {
    let text = |pointer: &str| clean(run.pointer(pointer).and_then(Value::as_str).unwrap_or("-"));
    let mut lines = format!(
        "{}  {}\nautomation  {} version {}\ncapture     {}\ncontact     {}\n",
        text("/id"),
        text("/state"),
        text("/automation"),
        run["automation_version"],
        text("/capture"),
        text("/contact"),
    );
    for (name, pointer) in [("due        ", "/due_at"), ("repeats    ", "/replay/of"), ("repeated by", "/replayed_by")]
    {
        if run.pointer(pointer).is_some_and(Value::is_string) {
            lines.push_str(&format!("{name} {}\n", text(pointer)));
        }
    }
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
            "id": "run_1", "state": "failed", "automation": "aut_1", "automation_version": 2, "capture": "cap_1", "contact": null,
            "steps": [], "replayed_by": "run_2", "due_at": null,
            "failure": {"at": "mapping", "code": "invalid-phone", "message": "phone_number is not a phone number"},
        }));
        let wanted = [
            "run_1  failed",
            "aut_1 version 2",
            "contact     -",
            "repeated by run_2",
            "invalid-phone at mapping: phone_number is not",
        ];
        for expected in wanted {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert!(!text.contains("due"), "{text}");
    }
}
