//! `hookbox inbox quiet-hours`: when an inbox sends nothing.

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::cli::connection::Connection;
use crate::cli::named::INBOX;
use crate::cli::page::{cell, text_at};
use crate::output::{Format, print_answer};

/// Hold an inbox's messages during these hours; they leave when the hours end
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox inbox quiet-hours support 21:00 08:00
  hookbox inbox quiet-hours support 00:00 00:00 --days sat,sun --zone America/New_York
  hookbox inbox quiet-hours support --off

They are meant in the contact's time zone (the field `time_zone`) if it has one, else in --zone, else in the workspace's.
An end that is not later than the beginning is on the next day.")]
pub(in crate::cli) struct QuietHours {
    /// The inbox's id or name
    inbox: String,
    /// When they begin: 21:00
    #[arg(required_unless_present = "off", requires = "to")]
    from: Option<String>,
    /// When they end: 08:00
    to: Option<String>,
    /// On which days they begin: mon,tue,wed,thu,fri,sat,sun; every day when absent
    #[arg(long, value_delimiter = ',', value_parser = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])]
    days: Vec<String>,
    /// The time zone by its IANA name
    #[arg(long)]
    zone: Option<String>,
    /// Send at any hour
    #[arg(long, conflicts_with_all = ["from", "to", "days", "zone"])]
    off: bool,
    #[command(flatten)]
    connection: Connection,
}

impl QuietHours {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let path = INBOX.path_of(&client, &self.inbox)?;
        let hours = if self.off { Value::Null } else { hours(self.from, self.to, self.days, self.zone) };
        let changed = client.patch(&path, &json!({ "quiet_hours": hours }))?;
        print_answer(&changed, format, |changed| match &changed["quiet_hours"] {
            Value::Null => format!("{} sends at any hour", text_at(changed, "/name")),
            hours => format!("{} is quiet {}", text_at(changed, "/name"), hours_text(hours)),
        })
    }
}

fn hours(from: Option<String>, to: Option<String>, days: Vec<String>, zone: Option<String>) -> Value {
    let texts = [("from", from), ("to", to), ("zone", zone)].into_iter();
    let mut hours: Map<String, Value> =
        texts.filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?)))).collect();
    if !days.is_empty() {
        hours.insert("days".to_owned(), Value::from(days));
    }
    Value::Object(hours)
}

/// Hours in words: `21:00 to 08:00 on sat, sun in Europe/Berlin`.
pub(super) fn hours_text(hours: &Value) -> String {
    let mut text = format!("{} to {}", text_at(hours, "/from"), text_at(hours, "/to"));
    let days = cell(hours.get("days"));
    if !days.is_empty() {
        text.push_str(&format!(" on {days}"));
    }
    if let Some(zone) = hours["zone"].as_str() {
        text.push_str(&format!(" in {zone}"));
    }
    text
}
