//! `hookbox audit`: who changed what, and whether the log of it is whole.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use clap::Subcommand;
use serde_json::Value;

use super::connection::{Connection, Paging};
use super::page::{Column, cell, print_records, text_at};
use crate::output::{Format, print_answer};

/// What is shown of an entry; the last is not of the API but told from before and after.
const COLUMNS: [Column; 6] =
    [("#", "/place"), ("at", "/at"), ("by", "/by"), ("act", "/act"), ("subject", "/subject"), ("changed", "/changed")];

/// What every record has beside what somebody said of it; the subject and the time of an entry tell as much.
const STAMPS: [&str; 3] = ["id", "created_at", "updated_at"];

/// See who changed what
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox audit page
  hookbox audit verify")]
pub(super) enum AuditCommand {
    Page(Page),
    /// Follow the chain of the whole log: nothing was changed or taken out since it was written
    #[command(after_help = "Examples:\n  hookbox audit verify\n\nStatus 1 when the chain breaks, and where.")]
    Verify {
        /// The log of the host itself, for operators
        #[arg(long)]
        host: bool,
        #[command(flatten)]
        connection: Connection,
    },
}

/// Page through the changes, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox audit page
  hookbox audit page --act plugin --from 2026-11-01T00:00:00Z
  hookbox audit page --subject aut_0190…                                      what became of one automation
  hookbox audit page --limit 1 --json | jq '.items[0] | {before, after}'      all of it")]
pub(super) struct Page {
    /// Only of this act (`plugin.approve`), or of every act upon this noun (`plugin`)
    #[arg(long)]
    act: Option<String>,
    /// Only by this user or token, or by the `host`
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// Only those whose subject begins so: an id is enough
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Only those of this moment (RFC 3339) or later
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only those before this moment
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// The log of the host itself (users, sessions, new workspaces), for operators
    #[arg(long)]
    host: bool,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
}

impl AuditCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page(page) => page.run(format),
            Self::Verify { host, connection } => {
                let of: Vec<_> = of(host).map(|of| ("of", of)).into_iter().collect();
                let verified = connection.client()?.get("audit/verify", &of)?;
                print_answer(&verified, format, verified_text)?;
                if verified["state"] != "whole" {
                    bail!("the audit log is not as it was written");
                }
                Ok(())
            }
        }
    }
}

impl Page {
    fn run(self, format: Format) -> Result<()> {
        let limit = self.paging.limit();
        let filters = [
            ("of", of(self.host)),
            ("act", self.act.as_deref()),
            ("by", self.by.as_deref()),
            ("subject", self.subject.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
        ];
        let mut page = self.connection.client()?.get("audit", &self.paging.query(&limit, &filters))?;
        if format == Format::Human {
            tell_changes(&mut page);
        }
        print_records(&page, &COLUMNS, format)
    }
}

/// Whose log, as the API calls it; the workspace's own when nothing is said.
fn of(host: bool) -> Option<&'static str> {
    host.then_some("host")
}

/// Gives each entry what differs between before and after, in short.
fn tell_changes(page: &mut Value) {
    for entry in page["items"].as_array_mut().into_iter().flatten() {
        let changed = changed_text(&entry["before"], &entry["after"]);
        entry["changed"] = Value::String(changed);
    }
}

/// What differs, a line for each; what is there on one side only is told from or to nothing.
fn changed_text(before: &Value, after: &Value) -> String {
    let keys = |value: &Value| value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let keys: BTreeSet<String> = keys(before).into_iter().chain(keys(after)).collect();
    let differing =
        keys.iter().filter(|key| !STAMPS.contains(&key.as_str()) && before[key.as_str()] != after[key.as_str()]);
    let lines = differing
        .map(|key| format!("{key}: {} → {}", brief(&before[key.as_str()]), brief(&after[key.as_str()])))
        .collect::<Vec<_>>();
    lines.join("\n")
}

/// A value in a few words: of a decision its state, of a grant its capability and scope.
fn brief(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(brief).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => match (fields.get("state"), fields.get("capability"), fields.get("scope")) {
            (Some(state), ..) => cell(Some(state)),
            (None, Some(capability), Some(scope)) => format!("{} {}", cell(Some(capability)), cell(Some(scope))),
            _ => cell(Some(value)),
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) => cell(Some(value)),
    }
}

fn verified_text(verified: &Value) -> String {
    match verified["state"].as_str() {
        Some("whole") => format!("whole: {} entries", verified["entries"]),
        Some(_) | None => format!("broken at place {}: {}", verified["place"], text_at(verified, "/why")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{changed_text, tell_changes};

    #[test]
    fn an_entry_says_in_short_what_changed_and_nothing_of_what_stayed() {
        let grant = json!({"capability": "lists.write", "scope": ["leads", "customers"], "reason": "chosen"});
        let before = json!({"approval": {"state": "pending"}, "grants": [], "active": false});
        let after = json!({"approval": {"state": "approved", "by": "tok_1"}, "grants": [grant], "active": false});
        assert_eq!(
            changed_text(&before, &after),
            "approval: pending → approved\ngrants: none → lists.write leads, customers"
        );
        assert_eq!(changed_text(&json!({"hosts": ["a"], "updated_at": "2026"}), &Value::Null), "hosts: a → –");
        let mut page = json!({"items": [{"before": null, "after": {"active": true}}]});
        tell_changes(&mut page);
        assert_eq!(page["items"][0]["changed"], "active: – → true");
    }
}
