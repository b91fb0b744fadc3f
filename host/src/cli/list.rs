//! `hookbox list`: named sets of contacts.

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::connection::{Connection, Paging};
use super::contact::{CONTACT_COLUMNS, contact_id};
use super::named::LIST;
use super::page::{print_page, text_at};
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Add, rename, delete and see lists, put contacts on them and take them off
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox list create customers
  hookbox list page
  hookbox list contacts customers
  hookbox list add customers +12155556677 ann@example.com
  hookbox list remove customers +12155556677
  hookbox list rename customers clients
  hookbox list delete clients")]
pub(super) enum ListCommand {
    /// Add a list; its name is unique in the workspace
    #[command(after_help = "Examples:\n  hookbox list create customers")]
    Create {
        /// What it is called; documents name it by this
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the lists
    #[command(after_help = "Examples:\n  hookbox list page\n  hookbox list page --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Page through the contacts on a list
    #[command(after_help = "Examples:\n  hookbox list contacts customers\n  hookbox list contacts lst_0190… --json")]
    Contacts {
        /// The list's id or name
        list: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Put contacts on a list, all or none
    #[command(after_help = "\
Examples:
  hookbox list add customers +12155556677
  hookbox list add customers con_0190… ann@example.com --json")]
    Add {
        /// The list's id or name
        list: String,
        /// The contacts' ids, phone numbers or email addresses; at most 100
        #[arg(required = true, value_name = "CONTACT")]
        contacts: Vec<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a contact off a list
    #[command(after_help = "Examples:\n  hookbox list remove customers +12155556677")]
    Remove {
        /// The list's id or name
        list: String,
        /// The contact's id, phone number or email address
        contact: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Call a list otherwise; not while a live automation names it
    #[command(after_help = "Examples:\n  hookbox list rename customers clients")]
    Rename {
        /// The list's id or name
        list: String,
        /// What it is called from then on; documents name it by this
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove a whole list; its contacts stay, and are not on it any more. Not while a live automation names it
    #[command(after_help = "Examples:\n  hookbox list delete customers")]
    Delete {
        /// The list's id or name
        list: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl ListCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Create { name, connection } => {
                let made = connection.client()?.post("lists", &json!({"name": name}))?;
                print_answer(&made, format, |made| text_at(made, "/id"))
            }
            Self::Page { paging, connection } => {
                let columns = [("id", "/id"), ("name", "/name"), ("made", "/created_at")];
                print_page(&connection.client()?, "lists", &[], &paging, &columns, format)
            }
            Self::Contacts { list, paging, connection } => {
                let client = connection.client()?;
                let path = format!("{}/contacts", LIST.path_of(&client, &list)?);
                print_page(&client, &path, &[], &paging, &CONTACT_COLUMNS, format)
            }
            Self::Add { list, contacts, connection } => {
                let client = connection.client()?;
                let path = format!("{}/contacts", LIST.path_of(&client, &list)?);
                let ids = contacts.iter().map(|contact| contact_id(&client, contact)).collect::<Result<Vec<_>>>()?;
                let joined = client.post(&path, &json!({ "contacts": ids }))?;
                print_answer(&joined, format, joined_text)
            }
            Self::Remove { list, contact, connection } => {
                let client = connection.client()?;
                let path = LIST.path_of(&client, &list)?;
                let id = contact_id(&client, &contact)?;
                let left = client.delete(&format!("{path}/contacts/{}", path_part(&id)))?;
                print_answer(&left, format, |left| format!("{id} is not on {} any more", text_at(left, "/name")))
            }
            Self::Rename { list, name, connection } => {
                let client = connection.client()?;
                let renamed = client.patch(&LIST.path_of(&client, &list)?, &json!({"name": name}))?;
                print_answer(&renamed, format, |renamed| format!("{list} is called {} now", text_at(renamed, "/name")))
            }
            Self::Delete { list, connection } => {
                let client = connection.client()?;
                let removed = client.delete(&LIST.path_of(&client, &list)?)?;
                print_answer(&removed, format, |removed| format!("the list {} is gone", text_at(removed, "/name")))
            }
        }
    }
}

/// What came of putting contacts on a list.
fn joined_text(joined: &Value) -> String {
    match joined["already"].as_u64() {
        Some(0) | None => format!("added {}", joined["added"]),
        Some(already) => format!("added {}, {already} on it already", joined["added"]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::joined_text;

    #[test]
    fn who_was_on_a_list_already_is_told_apart() {
        assert_eq!(joined_text(&json!({"added": 2, "already": 0})), "added 2");
        assert_eq!(joined_text(&json!({"added": 0, "already": 1})), "added 0, 1 on it already");
    }
}
