//! `hookbox field`: what a workspace declares about contact fields.

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::connection::{Connection, Paging};
use super::named::FIELD;
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// What a field can hold, as the API writes it.
const KINDS: [&str; 5] = ["text", "number", "date", "boolean", "choice"];

/// Declare, change and see contact fields
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox field create birthday date
  hookbox field create tier choice --option gold --option silver
  hookbox field create interests text --many
  hookbox field page

A field that is not declared holds any single value. Wherever a field is asked for, its id and its name are taken.")]
pub(super) enum FieldCommand {
    /// Declare a field; its name is unique in the workspace
    #[command(after_help = "\
Examples:
  hookbox field create birthday date
  hookbox field create tier choice --option gold --option silver
  hookbox field create interests text --many")]
    Create {
        /// What it is called; documents and contacts name it by this
        name: String,
        /// What it holds
        #[arg(value_parser = KINDS)]
        kind: String,
        /// A text that a choice is one of; once for each
        #[arg(long = "option", value_name = "TEXT")]
        options: Vec<String>,
        /// It holds several values
        #[arg(long)]
        many: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Change a declaration; values that are stored stay as they are
    #[command(after_help = "\
Examples:
  hookbox field update tier --option gold --option silver --option bronze
  hookbox field update birthday --name date_of_birth")]
    Update {
        /// The field's id or name
        field: String,
        /// A new name
        #[arg(long)]
        name: Option<String>,
        /// What it holds
        #[arg(long, value_parser = KINDS)]
        kind: Option<String>,
        /// A text that a choice is one of; all of them, in the place of those there are
        #[arg(long = "option", value_name = "TEXT")]
        options: Vec<String>,
        /// Whether it holds several values
        #[arg(long, value_name = "BOOL")]
        many: Option<bool>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the declared fields
    #[command(after_help = "Examples:\n  hookbox field page\n  hookbox field page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a declaration away; the values of contacts stay
    #[command(after_help = "Examples:\n  hookbox field remove birthday")]
    Remove {
        /// The field's id or name
        field: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl FieldCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, kind, options, many, connection } => {
                let wish = json!({"name": name, "kind": kind, "options": options, "many": many});
                let made = connection.client()?.post("fields", &wish)?;
                print_answer(&made, format, |made| text_at(made, "/id"))
            }
            Self::Update { field, name, kind, options, many, connection } => {
                let client = connection.client()?;
                let options = (!options.is_empty()).then(|| Value::from(options));
                let wishes = [
                    ("name", name.map(Value::from)),
                    ("kind", kind.map(Value::from)),
                    ("options", options),
                    ("many", many.map(Value::from)),
                ];
                let given = wishes.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
                let changed = client.patch(&FIELD.path_of(&client, &field)?, &given.collect::<Map<_, _>>())?;
                print_answer(&changed, format, |changed| {
                    format!("{} holds a {}", text_at(changed, "/name"), text_at(changed, "/kind"))
                })
            }
            Self::Page { paging, connection } => {
                let columns =
                    [("id", "/id"), ("name", "/name"), ("kind", "/kind"), ("options", "/options"), ("many", "/many")];
                print_page(&connection.client()?, "fields", &[], &paging, &columns, format)
            }
            Self::Remove { field, connection } => {
                let client = connection.client()?;
                let removed = client.delete(&FIELD.path_of(&client, &field)?)?;
                print_answer(&removed, format, |removed| format!("{} is no longer declared", text_at(removed, "/name")))
            }
        }
    }
}
