//! `hookbox automation dry-run`: what would happen, as a diff, and nothing of it done.

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::report::report_text;
use crate::cli::connection::Connection;
use crate::cli::input;
use crate::cli::named::AUTOMATION;
use crate::cli::page::text_at;
use crate::client::Notation;
use crate::output::{Format, print_answer};
use crate::usage::UsageError;

/// Show what an automation would do, as a diff; nothing of it is done
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").args(["automation", "file"]).required(true).multiple(true),
    group = clap::ArgGroup::new("on").args(["capture", "test", "payload"]),
    after_help = "\
Examples:
  hookbox automation dry-run \"Order shipped\"                         with its sample
  hookbox automation dry-run \"Order shipped\" --capture cap_0190…
  hookbox automation dry-run \"Order shipped\" --payload body.json
  hookbox automation dry-run -f order-shipped.yaml                   a document that is not saved
  hookbox automation dry-run -f order-shipped.yaml --mapping         the preview: the contact as it would become

Status 1 when the run would fail; the report says where and why."
)]
pub(in crate::cli) struct DryRun {
    /// The automation's id or name
    automation: Option<String>,
    /// A document to try instead of what is saved, YAML or JSON; `-` reads it from stdin
    #[arg(short, long, value_name = "FILE", conflicts_with = "version")]
    file: Option<PathBuf>,
    /// Try it on the body of this capture
    #[arg(long, value_name = "ID")]
    capture: Option<String>,
    /// Try it on the body of this test capture
    #[arg(long, value_name = "ID", requires = "automation")]
    test: Option<String>,
    /// Try it on this JSON; `-` reads it from stdin
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// Try an earlier version
    #[arg(long, value_name = "NUMBER", requires = "automation")]
    version: Option<u32>,
    /// Which element of the trigger's `each`, from 0
    #[arg(long, value_name = "NUMBER")]
    item: Option<u32>,
    /// Stop after the mapping
    #[arg(long)]
    mapping: bool,
    #[command(flatten)]
    connection: Connection,
}

/// What the API is asked.
#[derive(Serialize)]
struct Wish {
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u32>,
    extent: &'static str,
}

impl DryRun {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let stdin = PathBuf::from("-");
        if self.file.as_ref() == Some(&stdin) && self.payload.as_ref() == Some(&stdin) {
            return Err(UsageError("only one of --file and --payload can be read from stdin".into()).into());
        }
        let client = self.connection.client()?;
        let path = match &self.automation {
            Some(automation) => format!("{}/dry-run", AUTOMATION.path_of(&client, automation)?),
            None => "automations/dry-run".to_owned(),
        };
        let wish = Wish {
            capture: self.capture,
            test: self.test,
            payload: self.payload.map(|file| input::json(&file, "the payload")).transpose()?,
            version: self.version,
            document: self.file.map(|file| document(&input::text(&file, "the document")?)).transpose()?,
            item: self.item,
            extent: if self.mapping { "mapping" } else { "steps" },
        };
        let item = wish.item;
        let report = client.post(&path, &wish)?;
        print_answer(&report, format, |report| report_text(report, item))?;
        if report["failure"].is_object() {
            bail!(
                "the run would fail at {}: {}",
                text_at(&report, "/failure/at"),
                text_at(&report, "/failure/message")
            );
        }
        Ok(())
    }
}

/// The document as the API takes one that is not saved: JSON as it is, YAML in a text.
fn document(text: &str) -> Result<Box<RawValue>> {
    let json = match Notation::of(text) {
        Notation::Json => text.trim().to_owned(),
        Notation::Yaml => Value::from(text).to_string(),
    };
    Ok(RawValue::from_string(json)?)
}

#[cfg(test)]
mod tests {
    use super::document;

    #[test]
    fn yaml_is_sent_as_a_text_and_json_as_it_is() {
        assert_eq!(document("name: \"x\"\n").expect("a text").get(), r#""name: \"x\"\n""#);
        assert_eq!(document(" {\"a\": 1}\n").expect("an object").get(), "{\"a\": 1}");
        assert!(document("{broken").is_err());
    }
}
