//! What became of the example: its run and everything the run changed, read back through the admin API.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;

use super::example::Answer;
use crate::client::Client;

/// How long a run of three actions may take before the demo gives up; the first one may wait for compiled code.
const RUN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Everything there is to show, in the API's own words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Found {
    /// What the webhook answered.
    pub(super) response: Value,
    /// The run with its steps.
    pub(super) run: Value,
    /// The contact it was for.
    pub(super) contact: Value,
    /// The contact's conversation with the automation's inbox.
    pub(super) conversation: Value,
    /// The lists that the contact is on.
    pub(super) lists: Vec<Value>,
    /// The contact's messages that this run wrote.
    pub(super) messages: Vec<Value>,
}

/// Waits for the run of what was captured, then reads what it changed.
pub(super) fn find(client: &Client, answer: &Answer) -> Result<Found> {
    let Some(capture) = &answer.capture else {
        bail!("the webhook was refused with {}: {}", answer.status, answer.body)
    };
    let run = wait_for_run(client, capture)?;
    let Some(contact_id) = run["contact"].as_str() else { bail!("the run came to no contact: {}", run["failure"]) };
    let contact = client.get(&format!("contacts/{contact_id}"), &[])?;
    let of_contact = [("contact", contact_id)];
    let messages = items(client.get("messages", &of_contact)?);
    let conversation = items(client.get("conversations", &of_contact)?).into_iter().next().unwrap_or_default();
    Ok(Found {
        response: answer.json(),
        lists: lists_with(client, contact_id)?,
        messages: messages.into_iter().filter(|message| message["run"] == run["id"]).collect(),
        run,
        contact,
        conversation,
    })
}

fn wait_for_run(client: &Client, capture: &str) -> Result<Value> {
    let began = Instant::now();
    loop {
        let captured = client.get(&format!("captures/{capture}"), &[])?;
        if let Some(id) = captured.pointer("/runs/0").and_then(Value::as_str) {
            let run = client.get(&format!("runs/{id}"), &[])?;
            if !matches!(run["state"].as_str(), Some("queued" | "running")) {
                return Ok(run);
            }
        }
        if began.elapsed() > RUN_TIMEOUT {
            bail!("the run of {capture} did not end within {} s", RUN_TIMEOUT.as_secs());
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// The lists that have the contact on them.
fn lists_with(client: &Client, contact: &str) -> Result<Vec<Value>> {
    let mut with = Vec::new();
    for list in items(client.get("lists", &[("limit", "1000")])?) {
        let id = list["id"].as_str().context("a list without an id")?;
        let contacts = items(client.get(&format!("lists/{id}/contacts"), &[("limit", "1000")])?);
        if contacts.iter().any(|found| found["id"] == contact) {
            with.push(list);
        }
    }
    Ok(with)
}

fn items(mut page: Value) -> Vec<Value> {
    match page["items"].take() {
        Value::Array(items) => items,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Vec::new(),
    }
}
