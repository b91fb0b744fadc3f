//! `hookbox automation apply` and `export`: documents in and out.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::cli::connection::Connection;
use crate::cli::input;
use crate::cli::named::AUTOMATION;
use crate::client::Notation;
use crate::output::{Format, print_json, print_line};

/// Save an automation from its document; saving the same document again changes nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox automation apply -f order-shipped.yaml
  hookbox automation apply -f order-shipped.yaml --draft    only its test URL takes requests at first
  hookbox automation export aut_0190… | hookbox automation apply -f -
  KEY=$(hookbox automation apply -f order-shipped.yaml --json | jq -r .key)

The key of a new automation is shown once; `hookbox key create` makes another.")]
pub(in crate::cli) struct Apply {
    /// The document, YAML or JSON; `-` reads it from stdin
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Begin as a draft, to be tried out before `hookbox automation resume`; one that is there keeps its state
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Print an automation's document
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox automation export aut_0190… > order-shipped.yaml
  hookbox automation export \"Order shipped\" --version 3
  hookbox automation export aut_0190… --json | jq .steps")]
pub(in crate::cli) struct Export {
    /// The automation's id or name
    automation: String,
    /// An earlier version
    #[arg(long, value_name = "NUMBER")]
    version: Option<u32>,
    #[command(flatten)]
    connection: Connection,
}

impl Apply {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let document = input::text(&self.file, "the document")?;
        let query: &[_] = if self.draft { &[("state", "draft")] } else { &[] };
        let applied = client.put("automations", query, Notation::of(&document), &document)?;
        match format {
            Format::Json => print_json(&applied_fields(&applied)),
            Format::Human => print_line(&applied_text(&applied)),
        }
    }
}

impl Export {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let path = format!("{}/document", AUTOMATION.path_of(&client, &self.automation)?);
        let version = self.version.map(|version| version.to_string());
        let query: Vec<_> = version.iter().map(|version| ("version", version.as_str())).collect();
        let notation = match format {
            Format::Json => Notation::Json,
            Format::Human => Notation::Yaml,
        };
        print_line(client.get_document(&path, &query, notation)?.trim_end())
    }
}

/// `id`, `url`, `version`, and `key` when one was made.
fn applied_fields(applied: &Value) -> Value {
    let present = |name: &&str| applied.get(*name).is_some_and(|value| !value.is_null());
    let fields = ["id", "url", "key", "version"].into_iter().filter(present);
    Value::Object(fields.map(|name| (name.to_owned(), applied[name].clone())).collect::<Map<_, _>>())
}

fn applied_text(applied: &Value) -> String {
    let text = |name: &str| applied[name].as_str().unwrap_or_default();
    let mut lines = format!("{} is at version {}\nurl  {}", text("id"), applied["version"], text("url"));
    if let Some(key) = applied["key"].as_str() {
        lines.push_str(&format!("\nkey  {key}   (shown only now)"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{applied_fields, applied_text};
    use serde_json::json;

    #[test]
    fn a_key_is_printed_only_when_it_was_made() {
        let made =
            json!({"id": "aut_1", "url": "http://h/automations/aut_1", "key": "hbx_1", "version": 1, "state": "live"});
        assert_eq!(
            applied_fields(&made),
            json!({"id": "aut_1", "url": "http://h/automations/aut_1", "key": "hbx_1", "version": 1})
        );
        assert!(applied_text(&made).contains("hbx_1"));
        let again = json!({"id": "aut_1", "url": "http://h/automations/aut_1", "key": null, "version": 1});
        assert_eq!(applied_fields(&again).get("key"), None);
        assert!(!applied_text(&again).contains("key"));
    }
}
