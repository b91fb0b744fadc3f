//! `hookbox plugin-secret`: texts that plugins use without seeing them.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::connection::{Connection, Paging};
use super::input;
use super::page::{print_page, text_at};
use crate::client::{Notation, path_part};
use crate::output::{Format, clean, print_answer};
use crate::usage::UsageError;

/// Keep, see and forget the secrets that plugins use without seeing them
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox plugin-secret put crm-key --host 'POST https://api.example.com' < key.txt
  hookbox plugin-secret page
  hookbox plugin-secret remove crm-key

A plugin gets a stand-in for it; the host puts the text into headers of calls to the places named here, and to no others.")]
pub(super) enum PluginSecretCommand {
    /// Keep a secret under a name; one that is there gets the new text and the new places
    #[command(after_help = "\
Examples:
  hookbox plugin-secret put crm-key --host 'POST https://api.example.com' < key.txt
  hookbox plugin-secret put crm-key --host 'https://*.example.com' --from-env CRM_KEY
  hookbox plugin-secret put crm-key --host '*'      wherever the plugin may call

The text is never an argument: it would be seen in the list of processes and in the shell's history.")]
    Put {
        /// What settings and grants call it
        name: String,
        /// Where it may be sent, like 'POST https://api.example.com'; may be given several times
        #[arg(long = "host", value_name = "PLACE", required = true)]
        hosts: Vec<String>,
        /// Take the text from this variable instead of stdin
        #[arg(long, value_name = "VARIABLE")]
        from_env: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the secrets, by name; never their texts
    #[command(after_help = "Examples:\n  hookbox plugin-secret page\n  hookbox plugin-secret page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Forget a secret, from now on
    #[command(after_help = "Examples:\n  hookbox plugin-secret remove crm-key")]
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl PluginSecretCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Put { name, hosts, from_env, connection } => {
                let client = connection.client()?;
                let wish = json!({"name": name, "text": text(from_env.as_deref())?, "hosts": hosts});
                let kept = client.put("plugin-secrets", &[], Notation::Json, &wish.to_string())?;
                print_answer(&kept, format, kept_text)
            }
            Self::Page { paging, connection } => {
                let columns = [
                    ("name", "/name"),
                    ("may be sent to", "/hosts"),
                    ("granted to", "/granted_to"),
                    ("changed", "/updated_at"),
                ];
                print_page(&connection.client()?, "plugin-secrets", &[], &paging, &columns, format)
            }
            Self::Remove { name, connection } => {
                let gone = connection.client()?.delete(&format!("plugin-secrets/{}", path_part(&name)))?;
                print_answer(&gone, format, |gone| format!("{} is forgotten", text_at(gone, "/name")))
            }
        }
    }
}

/// The text, without the line break that editors and `echo` put at its end.
fn text(from_env: Option<&str>) -> Result<String> {
    let text = match from_env {
        None => input::secret(Path::new("-"))?,
        Some(name) => {
            std::env::var(name).map_err(|_| UsageError(format!("the variable {name} is not set, or is no text")))?
        }
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn kept_text(secret: &Value) -> String {
    let hosts = secret["hosts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    format!("{} is kept; it may be sent to {}", text_at(secret, "/name"), clean(&hosts.join(", ")))
}
