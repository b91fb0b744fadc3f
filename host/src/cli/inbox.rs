//! `hookbox inbox`: the identities that messages are sent from, when they are quiet and what carries them.

mod channel;
mod quiet_hours;

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::connection::{Connection, Paging};
use super::named::INBOX;
use super::page::{Column, print_page, record_text, text_at};
use crate::output::{Format, print_answer};

/// What is shown of one inbox.
const ROWS: [Column; 8] = [
    ("id", "/id"),
    ("name", "/name"),
    ("made", "/created_at"),
    ("channel", "/channel/webhook/url"),
    ("in doubt", "/channel/webhook/unknown"),
    ("gone since", "/channel/webhook/gone_at"),
    ("secrets", "/channel/webhook/secrets"),
    ("quiet", "/quiet_hours"),
];

/// Add, set up and see inboxes
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox inbox create support
  hookbox inbox channel set support https://carrier.example/messages
  hookbox inbox quiet-hours support 21:00 08:00 --zone Europe/Berlin
  hookbox inbox show support

Wherever an inbox is asked for, its id and its name are taken.")]
pub(super) enum InboxCommand {
    /// Add an inbox; its name is unique in the workspace
    #[command(after_help = "Examples:\n  hookbox inbox create support")]
    Create {
        /// What it is called; documents name it by this
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the inboxes
    #[command(after_help = "Examples:\n  hookbox inbox page\n  hookbox inbox page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one inbox: its channel, its secrets by id, its quiet hours
    #[command(after_help = "Examples:\n  hookbox inbox show support")]
    Show {
        /// The inbox's id or name
        inbox: String,
        #[command(flatten)]
        connection: Connection,
    },
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    QuietHours(quiet_hours::QuietHours),
}

impl InboxCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, connection } => {
                let made = connection.client()?.post("inboxes", &json!({"name": name}))?;
                print_answer(&made, format, |made| text_at(made, "/id"))
            }
            Self::Page { paging, connection } => {
                let columns = [
                    ("id", "/id"),
                    ("name", "/name"),
                    ("made", "/created_at"),
                    ("channel", "/channel/webhook/url"),
                    ("quiet from", "/quiet_hours/from"),
                    ("to", "/quiet_hours/to"),
                ];
                print_page(&connection.client()?, "inboxes", &[], &paging, &columns, format)
            }
            Self::Show { inbox, connection } => {
                let client = connection.client()?;
                let inbox = client.get(&INBOX.path_of(&client, &inbox)?, &[])?;
                print_answer(&inbox, format, inbox_text)
            }
            Self::Channel(command) => command.run(format),
            Self::QuietHours(command) => command.run(format),
        }
    }
}

/// An inbox as it is shown; an inbox without a channel says what that means.
fn inbox_text(inbox: &Value) -> String {
    let mut shown = inbox.clone();
    if let Some(secrets) = shown.pointer_mut("/channel/webhook/secrets") {
        *secrets = secrets.as_array().into_iter().flatten().map(secret_text).collect();
    }
    if let Some(hours) = shown.get_mut("quiet_hours").filter(|hours| hours.is_object()) {
        *hours = Value::from(quiet_hours::hours_text(hours));
    }
    let text = record_text(&shown, &ROWS);
    if inbox["channel"].is_null() {
        format!("{text}\nno channel: messages are recorded as sent to nobody")
    } else {
        text
    }
}

fn secret_text(secret: &Value) -> String {
    let id = secret["id"].as_str().unwrap_or_default();
    secret["not_after"].as_str().map_or_else(|| id.to_owned(), |end| format!("{id} (until {end})"))
}

#[cfg(test)]
mod tests {
    use super::inbox_text;
    use serde_json::json;

    #[test]
    fn an_inbox_shows_its_channel_its_secrets_and_when_it_is_quiet() {
        let text = inbox_text(&json!({
            "id": "inb_1", "name": "support", "created_at": "T", "quiet_hours": {"from": "21:00", "to": "08:00", "days": ["sat"]},
            "channel": {"webhook": {"url": "https://x", "unknown": "retry", "gone_at": null, "secrets": [
                {"id": "sec_2", "not_after": null}, {"id": "sec_1", "not_after": "T2"}]}},
        }));
        for expected in
            ["channel     https://x", "secrets     sec_2, sec_1 (until T2)", "quiet       21:00 to 08:00 on sat"]
        {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        let bare = inbox_text(&json!({"id": "inb_1", "name": "support", "channel": null, "quiet_hours": null}));
        assert!(bare.ends_with("sent to nobody"), "{bare}");
    }
}
