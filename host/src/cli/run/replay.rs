//! `hookbox run replay` and `replay-failed`: ended runs repeated, one by one or all dead letters at once.

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::cli::connection::Connection;
use crate::cli::named::AUTOMATION;
use crate::cli::page::text_at;
use crate::client::Client;
use crate::output::{Format, print_answer, progress};

/// The most runs that one request repeats.
const BATCH_MAX: u64 = 100;

/// How runs are repeated.
#[derive(Debug, clap::Args)]
struct How {
    /// Where it begins: at the failed step, keeping what the steps before did, or at the first
    #[arg(long, value_parser = ["failed-step", "start"], default_value = "failed-step")]
    from: String,
    /// The automation's version: the one that the run had, or the newest
    #[arg(long, value_parser = ["pinned", "newest"], default_value = "pinned")]
    version: String,
}

/// Repeat a run that ended, as a new run
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox run replay run_0190…
  hookbox run replay run_0190… --version newest           after the automation was mended
  hookbox run replay run_0190… --from start --version newest")]
pub(in crate::cli) struct Replay {
    /// The run's id
    id: String,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    connection: Connection,
}

/// Repeat every dead letter, newest first; tells how far it is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox run replay-failed
  hookbox run replay-failed --automation \"Order shipped\" --version newest
  hookbox run replay-failed --code timeout --limit 500 --json

A run is repeated once: running this again repeats only what failed since. Status 0 also when some were skipped; they
are listed with the reason.")]
pub(in crate::cli) struct ReplayFailed {
    /// Only of this automation: its id or name
    #[arg(long, value_name = "AUTOMATION")]
    automation: Option<String>,
    /// Only those that failed with this code
    #[arg(long)]
    code: Option<String>,
    #[command(flatten)]
    how: How,
    /// At most so many
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    #[command(flatten)]
    connection: Connection,
}

/// What became of the dead letters so far.
#[derive(Debug, Default)]
struct Done {
    replayed: u64,
    skipped: Vec<Value>,
    more: bool,
}

impl Replay {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let wish = json!({"from": self.how.from, "version": self.how.version});
        let again = self.connection.client()?.post(&format!("runs/{}/replay", self.id), &wish)?;
        print_answer(&again, format, |again| format!("{} repeats {}", text_at(again, "/id"), self.id))
    }
}

impl ReplayFailed {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let automation = self.automation.as_deref().map(|text| AUTOMATION.id(&client, text)).transpose()?;
        let mut wish = Map::new();
        wish.insert("from".to_owned(), Value::from(self.how.from.as_str()));
        wish.insert("version".to_owned(), Value::from(self.how.version.as_str()));
        wish.extend(automation.map(|id| ("automation".to_owned(), Value::from(id))));
        wish.extend(self.code.map(|code| ("code".to_owned(), Value::from(code))));
        let done = replay_all(&client, wish, self.limit.unwrap_or(u64::MAX))?;
        let answer = json!({"replayed": done.replayed, "skipped": done.skipped, "more": done.more});
        print_answer(&answer, format, |_| done_text(&done))
    }
}

/// Repeats dead letters, a batch at a time, until none is left or `limit` is reached.
fn replay_all(client: &Client, mut wish: Map<String, Value>, limit: u64) -> Result<Done> {
    let mut done = Done::default();
    loop {
        let seen = done.replayed + done.skipped.len() as u64;
        let batch = limit.saturating_sub(seen).min(BATCH_MAX);
        if batch == 0 {
            return Ok(done);
        }
        wish.insert("limit".to_owned(), Value::from(batch));
        let mut answer = client.post("runs/replay", &wish)?;
        done.replayed += answer["replayed"].as_u64().unwrap_or_default();
        if let Some(skipped) = answer["skipped"].as_array_mut() {
            done.skipped.append(skipped);
        }
        let next = answer["next"].take();
        done.more = next.is_string();
        if !done.more {
            return Ok(done);
        }
        progress(&format!("{} repeated, {} skipped …", done.replayed, done.skipped.len()));
        wish.insert("after".to_owned(), next);
    }
}

fn done_text(done: &Done) -> String {
    let mut lines = vec![format!("{} repeated, {} skipped", done.replayed, done.skipped.len())];
    lines.extend(done.skipped.iter().map(|run| format!("  {}: {}", text_at(run, "/run"), text_at(run, "/reason"))));
    if done.more {
        lines.push("there may be more: run it again".to_owned());
    }
    lines.join("\n")
}
