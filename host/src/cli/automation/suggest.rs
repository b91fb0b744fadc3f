//! `hookbox automation suggest`: a mapping to begin with, from what an outside system sends.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::connection::Connection;
use crate::cli::input;
use crate::output::{Format, clean, print_json, print_line};

/// Propose a mapping for a sample: which contact it is about and which fields it fills
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox automation suggest sample.json
  pbpaste | hookbox automation suggest > trigger.yaml

What is printed is the `trigger` of a document. Look at it before it is used: it goes by names alone.")]
pub(in crate::cli) struct Suggest {
    /// JSON as the outside system sends it; `-` reads it from stdin
    #[arg(value_name = "FILE", default_value = "-")]
    sample: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

/// What the API is asked.
#[derive(Serialize)]
struct Wish<'s> {
    sample: &'s RawValue,
}

impl Suggest {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let sample = input::json(&self.sample, "the sample")?;
        let wish = Wish { sample: &sample };
        match format {
            Format::Json => print_json(&client.post("mapping/suggest", &wish)?),
            Format::Human => {
                let mapping = client.post_for_yaml("mapping/suggest", &wish)?;
                print_line(&trigger_text(sample.get(), &mapping))
            }
        }
    }
}

/// The trigger of a document with this sample and mapping. JSON is YAML, so the sample stands as it was written.
fn trigger_text(sample: &str, mapping: &str) -> String {
    let sample = indented(&clean(sample), "      ");
    format!("trigger:\n  webhook:\n    sample:\n{sample}\n{}", indented(mapping, "    "))
}

fn indented(text: &str, by: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{by}{line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::trigger_text;

    #[test]
    fn a_proposal_is_the_trigger_of_a_document() {
        let text =
            trigger_text("{\n  \"phone\": \"1\"\n}\n", "identifier:\n  field: phone\n  from: $.phone\nmap: []\n");
        assert_eq!(
            text,
            "trigger:\n  webhook:\n    sample:\n      {\n        \"phone\": \"1\"\n      }\n    identifier:\n      \
             field: phone\n      from: $.phone\n    map: []"
        );
    }
}
