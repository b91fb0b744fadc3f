//! `hookbox template`: texts that steps use by name, kept once for the workspace.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::connection::{Connection, Paging};
use super::input;
use super::named::TEMPLATE;
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Keep, change and see the texts that steps use by name
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox template create order_shipped --body 'Hi {{contact.first_name}}, it is on its way.'
  hookbox template update order_shipped -f order-shipped.txt
  hookbox template page

Steps use one as {{templates.order_shipped}}. Wherever a template is asked for, its id and its name are taken.")]
pub(super) enum TemplateCommand {
    /// Keep a text, read from stdin when neither --body nor --file is given; its name is unique in the workspace
    #[command(after_help = "\
Examples:
  hookbox template create order_shipped --body 'Hi {{contact.first_name}}, it is on its way.'
  hookbox template create order_shipped -f order-shipped.txt")]
    Create {
        /// What it is called: small letters, digits and _
        name: String,
        #[command(flatten)]
        body: Body,
        #[command(flatten)]
        connection: Connection,
    },
    /// Change a text; steps that run from now on use it
    #[command(after_help = "Examples:\n  hookbox template update order_shipped -f order-shipped.txt")]
    Update {
        /// The template's id or name
        template: String,
        /// A new name; documents name it by this: change them too
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        body: Body,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the templates
    #[command(after_help = "Examples:\n  hookbox template page\n  hookbox template page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove a template; steps that name it fail from now on
    #[command(after_help = "Examples:\n  hookbox template remove order_shipped")]
    Remove {
        /// The template's id or name
        template: String,
        #[command(flatten)]
        connection: Connection,
    },
}

/// The text of a template.
#[derive(Debug, Clone, clap::Args)]
#[group(multiple = false)]
pub(super) struct Body {
    /// The text
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// A file with the text; `-` reads it from stdin
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Body {
    /// The text, if one was given.
    fn given(self) -> Result<Option<String>> {
        match (self.body, self.file) {
            (Some(body), _) => Ok(Some(body)),
            (None, Some(file)) => read(&file).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// The text in a file; the line break that ends it is not part of it.
fn read(file: &Path) -> Result<String> {
    Ok(input::text(file, "the text")?.trim_end_matches(['\r', '\n']).to_owned())
}

impl TemplateCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, body, connection } => {
                let client = connection.client()?;
                let body = match body.given()? {
                    Some(body) => body,
                    None => read(Path::new("-"))?,
                };
                let made = client.post("templates", &json!({"name": name, "body": body}))?;
                print_answer(&made, format, |made| text_at(made, "/id"))
            }
            Self::Update { template, name, body, connection } => {
                let client = connection.client()?;
                let wishes = [("name", name), ("body", body.given()?)].into_iter();
                let given = wishes.filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?))));
                let changed = client.patch(&TEMPLATE.path_of(&client, &template)?, &given.collect::<Map<_, _>>())?;
                print_answer(&changed, format, |changed| {
                    format!("{}: {}", text_at(changed, "/name"), text_at(changed, "/body"))
                })
            }
            Self::Page { paging, connection } => {
                let columns = [("id", "/id"), ("name", "/name"), ("text", "/body"), ("changed", "/updated_at")];
                print_page(&connection.client()?, "templates", &[], &paging, &columns, format)
            }
            Self::Remove { template, connection } => {
                let client = connection.client()?;
                let removed = client.delete(&TEMPLATE.path_of(&client, &template)?)?;
                print_answer(&removed, format, |removed| format!("{} is removed", text_at(removed, "/name")))
            }
        }
    }
}
