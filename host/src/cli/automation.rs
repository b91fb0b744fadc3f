//! `hookbox automation`: apply a document, export one, page through them.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::{Map, Value};

use super::connection::{Connection, Paging};
use super::page::print_page;
use crate::client::{Client, Notation};
use crate::output::{Format, print_json, print_line};

/// Apply, export and see automations
#[derive(Debug, Subcommand)]
pub(super) enum AutomationCommand {
    /// Save an automation from its document; saving the same document again changes nothing
    #[command(after_help = "\
Examples:
  hookbox automation apply -f order-shipped.yaml
  hookbox automation export aut_0190… | hookbox automation apply -f -
  KEY=$(hookbox automation apply -f order-shipped.yaml --json | jq -r .key)

The key of a new automation is shown once; `hookbox key create` makes another.")]
    Apply {
        /// The document, YAML or JSON; `-` reads it from stdin
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        connection: Connection,
    },
    /// Print an automation's document
    #[command(after_help = "\
Examples:
  hookbox automation export aut_0190… > order-shipped.yaml
  hookbox automation export aut_0190… --json | jq .steps")]
    Export {
        /// The automation's id
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the automations
    #[command(after_help = "Examples:\n  hookbox automation page\n  hookbox automation page --limit 500 --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

impl AutomationCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Apply { file, connection } => apply(&connection.client()?, &file, format),
            Self::Export { id, connection } => export(&connection.client()?, &id, format),
            Self::Page { paging, connection } => {
                let columns = [
                    ("id", "/id"),
                    ("name", "/name"),
                    ("state", "/state"),
                    ("version", "/version"),
                    ("updated", "/updated_at"),
                    ("url", "/url"),
                ];
                print_page(&connection.client()?, "automations", &[], &paging, &columns, format)
            }
        }
    }
}

fn apply(client: &Client, file: &Path, format: Format) -> Result<()> {
    let document = read(file)?;
    let applied = client.put("automations", Notation::of(&document), &document)?;
    match format {
        Format::Json => print_json(&applied_fields(&applied)),
        Format::Human => print_line(&applied_text(&applied)),
    }
}

fn read(file: &Path) -> Result<String> {
    if file != Path::new("-") {
        return std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
    }
    let mut document = String::new();
    std::io::stdin().read_to_string(&mut document).context("cannot read the document from stdin")?;
    Ok(document)
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

fn export(client: &Client, id: &str, format: Format) -> Result<()> {
    let path = format!("automations/{id}/document");
    match format {
        Format::Json => print_json(&client.get(&path, &[])?),
        Format::Human => print_line(client.get_yaml(&path)?.trim_end()),
    }
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
