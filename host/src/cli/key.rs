//! `hookbox key`: make, see and take back the API keys of a trigger.

use anyhow::Result;
use clap::Subcommand;

use super::connection::{Connection, Paging};
use super::expiry::Expiry;
use super::named::AUTOMATION;
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Make, see and take back API keys
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox key create aut_0190… --expires-in 90d
  hookbox key page \"Order shipped\"            with when each was last used
  hookbox key revoke aut_0190… 5f0c29d1a3b4e687")]
pub(super) enum KeyCommand {
    /// Make another key for an automation; it is shown once
    #[command(after_help = "\
Examples:
  hookbox key create aut_0190…
  hookbox key create \"Order shipped\" --expires-in 90d
  hookbox key create aut_0190… --not-after 2027-01-31T00:00:00Z

To rotate: create, give the new key to the sender, revoke the old one.")]
    Create {
        /// The automation's id or name
        automation: String,
        #[command(flatten)]
        expiry: Expiry,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the keys of an automation; never their secrets
    #[command(after_help = "Examples:\n  hookbox key page \"Order shipped\"")]
    Page {
        /// The automation's id or name
        automation: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a key back; it opens nothing from now on
    #[command(after_help = "Examples:\n  hookbox key revoke aut_0190… 5f0c29d1a3b4e687\n\n\
The key's id is the part between the first two underscores of the key.")]
    Revoke {
        /// The automation's id or name
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
            Self::Create { automation, expiry, connection } => {
                let client = connection.client()?;
                let path = format!("{}/keys", AUTOMATION.path_of(&client, &automation)?);
                let made = client.post(&path, &expiry.wish())?;
                print_answer(&made, format, |made| format!("{}   (shown only now)", text_at(made, "/key")))
            }
            Self::Page { automation, paging, connection } => {
                let client = connection.client()?;
                let path = format!("{}/keys", AUTOMATION.path_of(&client, &automation)?);
                let columns = [
                    ("id", "/id"),
                    ("made", "/created_at"),
                    ("last used", "/last_used_at"),
                    ("ends", "/not_after"),
                    ("revoked", "/revoked_at"),
                ];
                print_page(&client, &path, &[], &paging, &columns, format)
            }
            Self::Revoke { automation, key, connection } => {
                let client = connection.client()?;
                let path = AUTOMATION.path_of(&client, &automation)?;
                let revoked = client.delete(&format!("{path}/keys/{key}"))?;
                print_answer(&revoked, format, |_| format!("{key} opens nothing any more"))
            }
        }
    }
}
