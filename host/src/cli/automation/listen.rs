//! `hookbox automation listen`: what an outside system really sends, shown and kept as the sample, without running anything.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hookbox_model::Delay;
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::named::AUTOMATION;
use crate::cli::page::text_at;
use crate::client::Client;
use crate::output::{Format, clean, print_json, print_line, progress};

/// How long one question to the host waits, in seconds; shorter than a call may take.
const WAIT_S: u64 = 25;
/// A host that is about to end answers at once: how long to wait before it is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// Wait for the next request to an automation's test URL and show it; nothing runs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox automation listen \"Order shipped\"           prints the test URL and a curl line, then what comes
  hookbox automation listen \"Order shipped\" --save    what comes becomes the sample
  hookbox automation listen aut_0190… --for 2m --json

A test request needs a key like any other. Drafts take test requests too.")]
pub(in crate::cli) struct Listen {
    /// The automation's id or name
    automation: String,
    /// Make the body of the request the automation's sample, as a new version
    #[arg(long)]
    save: bool,
    /// Wait at most so long (30s, 10m) instead of until Ctrl-C
    #[arg(long = "for", value_name = "LENGTH")]
    wait: Option<Delay>,
    #[command(flatten)]
    connection: Connection,
}

impl Listen {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let path = AUTOMATION.path_of(&client, &self.automation)?;
        let before = newest(&client, &path)?;
        let automation = client.get(&path, &[])?;
        let url = text_at(&automation, "/test_url");
        let curl = curl_line(&url, &automation["document"]["trigger"]["webhook"]["sample"]);
        match format {
            Format::Json => print_json(&json!({"test_url": url, "curl": curl}))?,
            Format::Human => print_line(&format!("test URL  {url}\n\n{curl}\n"))?,
        }
        progress("Waiting for a request to the test URL; Ctrl-C ends …");
        let test = next(&client, &path, before.as_deref(), self.wait)?;
        match format {
            Format::Json => print_json(&test)?,
            Format::Human => print_line(&test_text(&test))?,
        }
        if self.save {
            let saved = client.post(&format!("{path}/sample"), &json!({"test": test["id"]}))?;
            match format {
                Format::Json => print_json(&json!({"id": saved["id"], "version": saved["version"]}))?,
                Format::Human => print_line(&format!("\nit is the sample of version {}", saved["version"]))?,
            }
        }
        Ok(())
    }
}

/// The first request after the one with the id `before`, waited for at most so long.
fn next(client: &Client, path: &str, before: Option<&str>, longest: Option<Delay>) -> Result<Value> {
    let began = Instant::now();
    let longest = longest.map(|wait| Duration::from_millis(wait.as_millis()));
    let path = format!("{path}/tests");
    loop {
        let left = longest.map(|longest| longest.saturating_sub(began.elapsed()));
        let wait_s = left.map_or(WAIT_S, |left| left.as_secs().saturating_add(1).min(WAIT_S)).to_string();
        let after = before.map(|id| ("after", id));
        let query: Vec<_> = [("wait", wait_s.as_str())].into_iter().chain(after).collect();
        let mut tests = client.get(&path, &query)?;
        if let Some(first) = tests["items"].as_array_mut().and_then(Vec::pop) {
            return Ok(first);
        }
        if longest.is_some_and(|longest| began.elapsed() >= longest) {
            bail!("no request came to the test URL in that time; see whether the sender has the URL and a live key");
        }
        thread::sleep(PAUSE);
    }
}

/// The id of the newest test capture that is there already.
fn newest(client: &Client, path: &str) -> Result<Option<String>> {
    let tests = client.get(&format!("{path}/tests"), &[])?;
    Ok(tests.pointer("/items/0/id").and_then(Value::as_str).map(str::to_owned))
}

/// A line for the shell that sends a sample to a test URL.
fn curl_line(url: &str, sample: &Value) -> String {
    let body = if sample.is_null() { "{}".to_owned() } else { sample.to_string() };
    format!(
        "curl -X POST \"{url}\" \\\n  -H \"Content-Type: application/json\" \\\n  -H \"Authorization: Bearer $KEY\" \\\n  \
         -d '{}'",
        body.replace('\'', r"'\''"),
    )
}

/// A test capture: when it came, its headers, its body.
fn test_text(test: &Value) -> String {
    let mut lines = format!("{}  {}\n", text_at(test, "/id"), text_at(test, "/received_at"));
    for header in test["headers"].as_array().into_iter().flatten() {
        lines.push_str(&format!("{}: {}\n", text_at(header, "/name"), text_at(header, "/value")));
    }
    let body = serde_json::to_string_pretty(&test["body"]).unwrap_or_default();
    lines + "\n" + &clean(&body)
}

#[cfg(test)]
mod tests {
    use super::{curl_line, test_text};
    use serde_json::{Value, json};

    #[test]
    fn the_line_for_the_shell_quotes_its_body() {
        let line = curl_line("http://h/automations/aut_1/test", &json!({"name": "O'Neil"}));
        assert!(line.ends_with(r#"-d '{"name":"O'\''Neil"}'"#), "{line}");
        assert!(curl_line("http://h", &Value::Null).ends_with("-d '{}'"));
    }

    #[test]
    fn what_came_is_shown_with_its_headers() {
        let test = json!({
            "id": "cap_1", "received_at": "2026-01-01T00:00:00.000Z", "headers": [{"name": "authorization", "value": "(hidden)"}],
            "body": {"a": 1},
        });
        assert_eq!(test_text(&test), "cap_1  2026-01-01T00:00:00.000Z\nauthorization: (hidden)\n\n{\n  \"a\": 1\n}");
    }
}
