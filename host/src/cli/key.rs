//! `hookbox key`: make and take back the API keys of a trigger.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::connection::Connection;
use crate::client::Client;
use crate::output::{Format, print_json, print_line};

/// Make and take back API keys
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make another key for an automation; it is shown once
    #[command(after_help = "\
Examples:
  hookbox key create aut_0190…
  hookbox key create aut_0190… --not-after 2027-01-31T00:00:00Z

To rotate: create, give the new key to the sender, revoke the old one.")]
    Create {
        /// The automation's id
        automation: String,
        /// No longer good from this moment on (RFC 3339)
        #[arg(long, value_name = "TIME")]
        not_after: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a key back; it opens nothing from now on
    #[command(after_help = "Examples:\n  hookbox key revoke aut_0190… 5f0c29d1a3b4e687\n\n\
The key's id is the part between the first two underscores of the key.")]
    Revoke {
        /// The automation's id
        automation: String,
        /// The key's id: 16 hexadecimal digits
        key: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl KeyCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { automation, not_after, connection } => {
                create(&connection.client()?, &automation, not_after.as_deref(), format)
            }
            Self::Revoke { automation, key, connection } => revoke(&connection.client()?, &automation, &key, format),
        }
    }
}

fn create(client: &Client, automation: &str, not_after: Option<&str>, format: Format) -> Result<()> {
    let wish = not_after.map_or_else(|| json!({}), |end| json!({"not_after": end}));
    let made = client.post(&format!("automations/{automation}/keys"), &wish)?;
    match format {
        Format::Json => print_json(&made),
        Format::Human => print_line(&format!("{}   (shown only now)", made["key"].as_str().unwrap_or_default())),
    }
}

fn revoke(client: &Client, automation: &str, key: &str, format: Format) -> Result<()> {
    let revoked = client.delete(&format!("automations/{automation}/keys/{key}"))?;
    match format {
        Format::Json => print_json(&revoked),
        Format::Human => print_line(&format!("{key} opens nothing any more")),
    }
}
