//! `hookbox plugin approve`: what an uploaded version may do.

use anyhow::Result;
use serde_json::{Value, json};

use super::grant::{Grant, grant};
use super::shown::{needs_text, title};
use crate::cli::connection::Connection;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Grant what an uploaded version asks, or a part of it; a second time replaces the grants
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").args(["all", "grants"]).required(true),
    after_help = "\
Examples:
  hookbox plugin approve score-lead --all --activate
  hookbox plugin approve plg_0190… --grant 'contacts.tag hot' --grant 'http POST https://api.example.com'

What is not granted is refused to the plugin, by name. `hookbox plugin show` says what it asks and why."
)]
pub(in crate::cli) struct Approve {
    /// The version's id or digest; a name is its newest version that is neither active nor refused
    plugin: String,
    /// Grant everything that it asks
    #[arg(long)]
    all: bool,
    /// Grant this of what it asks; may be given several times
    #[arg(long = "grant", value_name = "CAPABILITY SCOPE", value_parser = grant)]
    grants: Vec<Grant>,
    /// Let new runs take it from now on
    #[arg(long)]
    activate: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Approve {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let mut wish = json!({"activate": self.activate});
        if self.all {
            wish["all"] = Value::Bool(true);
        } else {
            wish["grants"] = serde_json::to_value(&self.grants)?;
        }
        let path = format!("plugins/{}/approve", path_part(&self.plugin));
        let approved = self.connection.client()?.post(&path, &wish)?;
        print_answer(&approved, format, approved_text)
    }
}

/// What was approved, and what is left to do.
pub(super) fn approved_text(plugin: &Value) -> String {
    let next = if plugin["active"] == true {
        "new runs take it from now on".to_owned()
    } else {
        format!("it is not active: hookbox plugin activate {}", plugin["id"].as_str().unwrap_or_default())
    };
    format!("{} is approved\n{}\n{next}", title(plugin), needs_text(plugin))
}
