//! `hookbox automation check`: everything that is wrong with a document, before it is saved.

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::cli::connection::Connection;
use crate::cli::input;
use crate::cli::page::text_at;
use crate::client::Notation;
use crate::output::{Format, clean, print_json, print_line};

/// Say everything that is wrong with a document; nothing is saved
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox automation check -f order-shipped.yaml
  hookbox automation check -f order-shipped.yaml --json | jq '.faults[].path'

It fails when anything is wrong, so a pipeline can ask before it applies.")]
pub(in crate::cli) struct Check {
    /// The document, YAML or JSON; `-` reads it from stdin
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

impl Check {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let document = input::text(&self.file, "the document")?;
        let checked = client.post_document("automations/check", Notation::of(&document), &document)?;
        let faults: Vec<String> = checked["faults"].as_array().into_iter().flatten().map(fault).collect();
        if format == Format::Json {
            print_json(&checked)?;
        }
        if !faults.is_empty() {
            bail!("the document cannot be saved\n  - {}", faults.join("\n  - "));
        }
        match format {
            Format::Json => Ok(()),
            Format::Human => print_line(&good(&checked)),
        }
    }
}

/// A fault in one line: which line of the document, where in it, and what.
fn fault(fault: &Value) -> String {
    let line = fault["line"].as_u64().map_or_else(String::new, |line| format!("line {line}, "));
    clean(&format!("{line}{}: {}", text_at(fault, "/at"), text_at(fault, "/message")))
}

fn good(checked: &Value) -> String {
    match checked["automation"].as_str() {
        Some(id) => format!("nothing is wrong with it; applying it saves it to {}", clean(id)),
        None => "nothing is wrong with it; applying it would make a new automation".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{fault, good};
    use serde_json::json;

    #[test]
    fn a_fault_says_in_which_line_it_is_where_that_is_known() {
        let known = json!({"path": "/steps/0", "at": "steps[0]", "message": "no", "line": 7});
        assert_eq!(fault(&known), "line 7, steps[0]: no");
        let unknown = json!({"path": "/name", "at": "name", "message": "a name is needed", "line": null});
        assert_eq!(fault(&unknown), "name: a name is needed");
        assert!(good(&json!({"automation": "aut_1"})).ends_with("saves it to aut_1"));
        assert!(good(&json!({"automation": null})).contains("new automation"));
    }
}
