//! `hookbox secret`: what requests to a trigger may be signed with (Standard Webhooks).

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::connection::Connection;
use super::expiry::Expiry;
use super::input;
use super::named::AUTOMATION;
use super::page::{print_records, text_at};
use crate::output::{Format, print_answer};

/// Make, see and take away the signing secrets of a trigger
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox secret create \"Order shipped\"
  hookbox secret page \"Order shipped\"
  hookbox secret revoke \"Order shipped\" sec_0190…

Requests are checked when the document says `signature: required`.")]
pub(super) enum SecretCommand {
    /// Add a signing secret; it is shown once
    #[command(after_help = "\
Examples:
  hookbox secret create \"Order shipped\"
  hookbox secret create aut_0190… --from secret.txt --expires-in 90d

To rotate: create, give the new secret to the sender, revoke the old one. Until then either signs.")]
    Create {
        /// The automation's id or name
        automation: String,
        /// Take the secret that the sender has (whsec_ and Base64) from here instead of making one; `-` is stdin
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        #[command(flatten)]
        expiry: Expiry,
        #[command(flatten)]
        connection: Connection,
    },
    /// List the signing secrets of an automation; never their texts
    #[command(after_help = "Examples:\n  hookbox secret page \"Order shipped\"")]
    Page {
        /// The automation's id or name
        automation: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a signing secret away; what is signed with it is refused from now on
    #[command(after_help = "Examples:\n  hookbox secret revoke \"Order shipped\" sec_0190…")]
    Revoke {
        /// The automation's id or name
        automation: String,
        /// The secret's id
        secret: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl SecretCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { automation, from, expiry, connection } => {
                let client = connection.client()?;
                let path = format!("{}/secrets", AUTOMATION.path_of(&client, &automation)?);
                let mut wish = expiry.wish();
                if let Some(file) = from {
                    let text = input::secret(&file)?;
                    wish.insert("secret".to_owned(), Value::from(text.trim()));
                }
                let made = client.post(&path, &wish)?;
                print_answer(&made, format, |made| {
                    format!("{}\n{}   (shown only now)", text_at(made, "/id"), text_at(made, "/secret"))
                })
            }
            Self::Page { automation, connection } => {
                let client = connection.client()?;
                let secrets = client.get(&format!("{}/secrets", AUTOMATION.path_of(&client, &automation)?), &[])?;
                print_records(&secrets, &[("id", "/id"), ("made", "/created_at"), ("ends", "/not_after")], format)
            }
            Self::Revoke { automation, secret, connection } => {
                let client = connection.client()?;
                let path = AUTOMATION.path_of(&client, &automation)?;
                let gone = client.delete(&format!("{path}/secrets/{secret}"))?;
                print_answer(&gone, format, |_| format!("{secret} signs nothing any more"))
            }
        }
    }
}
