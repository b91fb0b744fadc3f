//! `hookbox contact`: the people that are written to, and whether they may be.

mod change;

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::connection::{Connection, Paging};
use super::page::{Column, cell, print_page, record_text, text_at};
use crate::client::Client;
use crate::output::{Format, clean, print_answer};

/// What a table of contacts shows.
pub(super) const CONTACT_COLUMNS: [Column; 7] = [
    ("id", "/id"),
    ("phone", "/phone"),
    ("email", "/email"),
    ("first name", "/fields/first_name"),
    ("last name", "/fields/last_name"),
    ("lists", "/lists"),
    ("opted out", "/opted_out"),
];

/// What is shown of one contact before its fields.
const ROWS: [Column; 12] = [
    ("id", "/id"),
    ("phone", "/phone"),
    ("email", "/email"),
    ("external id", "/external_id"),
    ("tags", "/tags"),
    ("lists", "/lists"),
    ("opted out", "/consent/opted_out/at"),
    ("because", "/consent/opted_out/reason"),
    ("blocked", "/consent/blocked/at"),
    ("because", "/consent/blocked/reason"),
    ("version", "/version"),
    ("updated", "/updated_at"),
];

/// Add, change and see contacts
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox contact create --phone +12155556677 --set first_name=Ann
  hookbox contact show +12155556677
  hookbox contact update +12155556677 --opt-out --reason 'asked by mail'

Wherever a contact is asked for, its id, its phone number and its email address are taken.")]
pub(super) enum ContactCommand {
    Create(change::Create),
    Update(change::Update),
    /// Show one contact: its fields, its lists, whether it may be written to
    #[command(after_help = "Examples:\n  hookbox contact show con_0190…\n  hookbox contact show +12155556677 --json")]
    Show {
        /// The contact's id, phone number or email address
        contact: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the contacts, or find one
    #[command(after_help = "\
Examples:
  hookbox contact page
  hookbox contact page --search smith
  hookbox contact page --phone +12155556677 --json")]
    Page {
        /// Only the one with this phone number
        #[arg(long)]
        phone: Option<String>,
        /// Only the one with this email address
        #[arg(long)]
        email: Option<String>,
        /// Only the one with this id of your own
        #[arg(long, value_name = "ID")]
        external_id: Option<String>,
        /// Only those in whose name, phone number, email address or external id this is
        #[arg(long, value_name = "TEXT", conflicts_with_all = ["phone", "email", "external_id"])]
        search: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

impl ContactCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create(command) => command.run(format),
            Self::Update(command) => command.run(format),
            Self::Show { contact, connection } => {
                let client = connection.client()?;
                let contact = change::found(&client, &contact)?;
                print_answer(&contact, format, contact_text)
            }
            Self::Page { phone, email, external_id, search, paging, connection } => {
                let filters = [
                    ("phone", phone.as_deref()),
                    ("email", email.as_deref()),
                    ("external_id", external_id.as_deref()),
                    ("q", search.as_deref()),
                ];
                print_page(&connection.client()?, "contacts", &filters, &paging, &CONTACT_COLUMNS, format)
            }
        }
    }
}

/// The id of the contact that has this id, phone number or email address.
pub(super) fn contact_id(client: &Client, text: &str) -> Result<String> {
    if text.starts_with("con_") {
        return Ok(text.to_owned());
    }
    Ok(text_at(&change::found(client, text)?, "/id"))
}

/// A contact: what finds it, whether it may be written to, its fields.
fn contact_text(contact: &Value) -> String {
    let mut text = record_text(contact, &ROWS);
    for (name, value) in contact["fields"].as_object().into_iter().flatten() {
        text.push_str(&format!("\n  {} = {}", clean(name), cell(Some(value))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::contact_text;
    use serde_json::json;

    #[test]
    fn a_contact_shows_its_consent_and_its_fields() {
        let text = contact_text(&json!({
            "id": "con_1", "phone": "+1", "tags": [], "lists": [{"id": "lst_1", "name": "vip"}],
            "consent": {"opted_out": null, "blocked": {"at": "T", "reason": "fraud"}}, "fields": {"n": 1, "city": "Köln"},
        }));
        for expected in ["lists        vip", "blocked      T", "because      fraud", "\n  n = 1", "\n  city = Köln"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert!(!text.contains("opted out"), "{text}");
    }
}
