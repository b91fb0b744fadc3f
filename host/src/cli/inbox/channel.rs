//! `hookbox inbox channel`: what carries an inbox's messages outside.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::cli::connection::Connection;
use crate::cli::input;
use crate::cli::named::INBOX;
use crate::cli::page::text_at;
use crate::output::{Format, print_answer};

/// Set and remove the channel of an inbox, rotate and revoke its secrets
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox inbox channel set support https://carrier.example/messages
  hookbox inbox channel rotate support
  hookbox inbox channel revoke support sec_0190…
  hookbox inbox channel remove support

What is POSTed there, how it is signed and what to answer: host/dispatch/README.md.")]
pub(in crate::cli) enum ChannelCommand {
    /// POST an inbox's messages to a URL; the signing secret of a new channel is shown once
    #[command(after_help = "\
Examples:
  hookbox inbox channel set support https://carrier.example/messages
  hookbox inbox channel set support https://carrier.example/messages --unknown ask

Setting the URL again keeps the secrets and, unless it is named, what becomes of messages in doubt; and it takes up a channel that said it was gone.")]
    Set {
        /// The inbox's id or name
        inbox: String,
        /// Where messages are POSTed to
        #[arg(value_name = "URL")]
        to: String,
        /// What becomes of a message of which nobody knows whether it was sent: send it again (as a new channel does), hold the
        /// conversation, or ask for a decision
        #[arg(long, value_parser = ["retry", "hold", "ask"])]
        unknown: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Add a signing secret, shown once; those before it stay good for a day
    #[command(after_help = "\
Examples:
  hookbox inbox channel rotate support
  hookbox inbox channel rotate support --from secret.txt")]
    Rotate {
        /// The inbox's id or name
        inbox: String,
        /// Take the secret that the other side has (whsec_ and Base64) from here; `-` is stdin
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a signing secret away; it signs nothing from now on, in neither direction
    #[command(after_help = "\
Examples:
  hookbox inbox channel revoke support sec_0190…

The only live secret stays: rotate first.")]
    Revoke {
        /// The inbox's id or name
        inbox: String,
        /// The secret's id, as `hookbox inbox show` lists it
        secret: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take the channel away: new messages are recorded as sent to nobody, what waits for it is held
    #[command(after_help = "Examples:\n  hookbox inbox channel remove support")]
    Remove {
        /// The inbox's id or name
        inbox: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl ChannelCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Set { inbox, to, unknown, connection } => {
                let client = connection.client()?;
                let mut webhook = Map::from_iter([("url".to_owned(), Value::from(to))]);
                webhook.extend(unknown.map(|policy| ("unknown".to_owned(), Value::from(policy))));
                let wish = json!({"channel": {"webhook": webhook}});
                let changed = client.patch(&INBOX.path_of(&client, &inbox)?, &wish)?;
                print_answer(&changed, format, set_text)
            }
            Self::Rotate { inbox, from, connection } => {
                let client = connection.client()?;
                let path = format!("{}/secrets", INBOX.path_of(&client, &inbox)?);
                let mut wish = Map::new();
                if let Some(file) = from {
                    let text = input::secret(&file)?;
                    wish.insert("secret".to_owned(), Value::from(text.trim()));
                }
                let made = client.post(&path, &wish)?;
                print_answer(&made, format, |made| {
                    format!(
                        "{}   (shown only now)\nthe secrets before it stay good for a day",
                        text_at(made, "/secret")
                    )
                })
            }
            Self::Revoke { inbox, secret, connection } => {
                let client = connection.client()?;
                let gone = client.delete(&format!("{}/secrets/{secret}", INBOX.path_of(&client, &inbox)?))?;
                print_answer(&gone, format, |_| format!("{secret} signs nothing any more"))
            }
            Self::Remove { inbox, connection } => {
                let client = connection.client()?;
                let changed = client.patch(&INBOX.path_of(&client, &inbox)?, &json!({"channel": null}))?;
                print_answer(&changed, format, |changed| {
                    format!("{} has no channel: new messages are recorded as sent to nobody", text_at(changed, "/name"))
                })
            }
        }
    }
}

fn set_text(inbox: &Value) -> String {
    let line = format!("{} sends to {}", text_at(inbox, "/name"), text_at(inbox, "/channel/webhook/url"));
    match inbox["secret"].as_str() {
        Some(secret) => format!("{line}\nsecret  {secret}   (shown only now)"),
        None => line,
    }
}
