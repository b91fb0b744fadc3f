//! `hookbox workspace`: the tenants of a host, and what holds for each: country, time zone, caps on messages.

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Map, Value};

use super::connection::{Connection, Paging};
use super::named::WORKSPACE;
use super::page::{Column, print_page, record_text, text_at};
use crate::output::{Format, print_answer};

/// What is shown of a workspace.
const COLUMNS: [Column; 7] = [
    ("id", "/id"),
    ("name", "/name"),
    ("country", "/country"),
    ("zone", "/zone"),
    ("a day", "/caps/per_day"),
    ("a contact and day", "/caps/per_contact_per_day"),
    ("and minute", "/caps/per_contact_per_minute"),
];

/// Add, change and see workspaces
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox workspace create nord --country DE --zone Europe/Berlin
  hookbox workspace update default --per-contact-per-day 20
  hookbox inbox page --workspace nord

Nothing in one workspace can see or name anything in another.")]
pub(super) enum WorkspaceCommand {
    /// Add a workspace; its name is unique
    #[command(after_help = "Examples:\n  hookbox workspace create nord --country DE --zone Europe/Berlin")]
    Create {
        /// What it is called
        name: String,
        #[command(flatten)]
        house: House,
        #[command(flatten)]
        connection: Connection,
    },
    /// Change a workspace; what is not named stays
    #[command(after_help = "\
Examples:
  hookbox workspace update default --zone America/New_York
  hookbox workspace update nord --per-day 5000 --per-contact-per-minute 3")]
    Update {
        /// The workspace's id or name
        which: String,
        /// A new name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        house: House,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the workspaces
    #[command(after_help = "Examples:\n  hookbox workspace page\n  hookbox workspace page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
}

/// What holds in a workspace.
#[derive(Debug, clap::Args)]
pub(super) struct House {
    /// The country whose national phone numbers are understood without +: two capital letters of ISO 3166-1
    #[arg(long)]
    country: Option<String>,
    /// The time zone that days and hours are meant in: an IANA name
    #[arg(long)]
    zone: Option<String>,
    /// Messages on one day in all; what is more is held until the next
    #[arg(long, value_name = "NUMBER")]
    per_day: Option<u64>,
    /// Messages to one contact on one day; what is more is suppressed
    #[arg(long, value_name = "NUMBER")]
    per_contact_per_day: Option<u32>,
    /// Messages to one contact within a minute, against loops; what is more is suppressed
    #[arg(long, value_name = "NUMBER")]
    per_contact_per_minute: Option<u32>,
}

impl House {
    fn wish(self, name: Option<String>) -> Map<String, Value> {
        let caps = [
            ("per_day", self.per_day.map(Value::from)),
            ("per_contact_per_day", self.per_contact_per_day.map(Value::from)),
            ("per_contact_per_minute", self.per_contact_per_minute.map(Value::from)),
        ];
        let wishes = [
            ("name", name.map(Value::from)),
            ("country", self.country.map(Value::from)),
            ("zone", self.zone.map(Value::from)),
            ("caps", Some(Value::Object(given(caps)))),
        ];
        given(wishes)
    }
}

fn given<const N: usize>(wishes: [(&str, Option<Value>); N]) -> Map<String, Value> {
    wishes.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

impl WorkspaceCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, house, connection } => {
                let made = connection.client()?.post("workspaces", &house.wish(Some(name)))?;
                print_answer(&made, format, |made| text_at(made, "/id"))
            }
            Self::Update { which, name, house, connection } => {
                let client = connection.client()?;
                let changed = client.patch(&WORKSPACE.path_of(&client, &which)?, &house.wish(name))?;
                print_answer(&changed, format, |changed| record_text(changed, &COLUMNS))
            }
            Self::Page { paging, connection } => {
                print_page(&connection.client()?, "workspaces", &[], &paging, &COLUMNS, format)
            }
        }
    }
}
