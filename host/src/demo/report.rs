//! The demo told to a person: the request, the answer, the steps, and what they changed.

use std::fmt::Write;

use anyhow::{Result, bail};
use serde_json::Value;

use super::checks::Check;
use super::example::{Answer, Example};
use super::found::Found;
use crate::output::{clean, table};
use crate::steps::steps_table;

/// What is about to be sent.
pub(super) fn request_text(example: &Example) -> String {
    format!("An order has shipped, and another system tells Hookbox:\n\n{example}\n")
}

/// What came of it.
pub(super) fn found_text(answer: &Answer, found: &Found) -> String {
    let mut told = format!("→ {} {}\n\n", answer.status, clean(&answer.body));
    let run = &found.run;
    // Writing to a String cannot fail.
    let _ = writeln!(told, "Run {} {}; each step ran in a sandbox of its own:", text(run, "/id"), text(run, "/state"));
    let _ = writeln!(told, "{}\n\nIt changed:\n{}", steps_table(run), changed(found));
    told
}

/// One row for each record that the run made or changed.
fn changed(found: &Found) -> comfy_table::Table {
    let mut rows = table(&["what", "is now", "id"]);
    let (contact, conversation) = (&found.contact, &found.conversation);
    let name = format!("{} {}", text(contact, "/fields/first_name"), text(contact, "/fields/last_name"));
    let source = text(contact, "/fields/source");
    rows.add_row(["contact", &format!("{} {name}, source {source}", text(contact, "/phone")), &text(contact, "/id")]);
    rows.add_row([
        "conversation",
        &format!(
            "{} in inbox {}, assigned to {}",
            text(conversation, "/state"),
            text(conversation, "/inbox/name"),
            text(conversation, "/assignee/name"),
        ),
        &text(conversation, "/id"),
    ]);
    for list in &found.lists {
        rows.add_row(["list", &format!("{} has {name} on it", text(list, "/name")), &text(list, "/id")]);
    }
    for message in &found.messages {
        let state = format!("{} {}: {}", text(message, "/direction"), text(message, "/state"), text(message, "/body"));
        rows.add_row(["message", &state, &text(message, "/id")]);
    }
    rows
}

/// An error that names everything that is not as it should be; otherwise how much was checked.
pub(super) fn verdict(checks: &[Check]) -> Result<String> {
    let wrong: Vec<String> = checks
        .iter()
        .filter_map(|check| Some(format!("\n  - {}: {}", check.expected, check.instead.as_ref()?)))
        .collect();
    if wrong.is_empty() {
        return Ok(format!("All {} checks hold.", checks.len()));
    }
    bail!("{} of {} things are not as they should be:{}", wrong.len(), checks.len(), wrong.concat())
}

fn text(record: &Value, pointer: &str) -> String {
    clean(record.pointer(pointer).and_then(Value::as_str).unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use super::{Check, found_text, verdict};
    use crate::demo::checks::tests::as_it_should_be;

    #[test]
    fn the_report_shows_steps_contact_conversation_list_and_message() {
        let (answer, found) = as_it_should_be();
        let text = found_text(&answer, &found);
        for expected in [
            "200 {\"message\":\"Request captured successfully\"}",
            "tell them",
            "20 µs",
            "64 KiB",
            "+12155556677 John Smith, source Salesforce",
            "open in inbox support, assigned to front-desk",
            "customers has John Smith on it",
            "outgoing sent: Hi John, your order has shipped.",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }

    #[test]
    fn the_verdict_names_what_is_wrong() {
        let check = |expected: &str, instead: Option<&str>| Check {
            expected: expected.to_owned(),
            instead: instead.map(str::to_owned),
        };
        assert_eq!(verdict(&[check("a", None)]).ok().as_deref(), Some("All 1 checks hold."));
        let error = verdict(&[check("a", None), check("b is 1", Some("2 instead of 1"))]).expect_err("b is wrong");
        assert_eq!(error.to_string(), "1 of 2 things are not as they should be:\n  - b is 1: 2 instead of 1");
    }
}
