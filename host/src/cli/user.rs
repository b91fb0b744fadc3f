//! `hookbox user`: who has which role in the workspace.

use anyhow::Result;
use clap::Subcommand;
use hookbox_model::Role;
use serde_json::{Value, json};

use super::connection::{Connection, Paging};
use super::named::USER;
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Say who may do what
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox user create ann@example.com --name Ann --role editor
  hookbox user page
  hookbox user role ann@example.com admin

Each role may do what the ones before it may: viewer, editor, admin, owner. A user is named by their id or address.")]
pub(super) enum UserCommand {
    /// Page through the users who have a role in the workspace
    #[command(
        after_help = "Examples:\n  hookbox user page\n  hookbox user page --all      every user of the host; operators only"
    )]
    Page {
        /// Every user of the host; only operators may see them
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give somebody a role in the workspace; prints the link by which who is new chooses a password
    #[command(after_help = "\
Examples:
  hookbox user create ann@example.com --name Ann
  hookbox user create ann@example.com --name Ann --role owner
  hookbox user create ann@example.com --name Ann --role owner --operator")]
    Create {
        /// Their address
        email: String,
        /// What others call them
        #[arg(long)]
        name: String,
        /// What they may do
        #[arg(long, default_value = "viewer")]
        role: Role,
        /// They may do everything in every workspace; only an operator can say so
        #[arg(long)]
        operator: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Change what somebody may do in the workspace
    #[command(after_help = "Examples:\n  hookbox user role ann@example.com admin")]
    Role {
        /// Their id or address
        user: String,
        /// What they may do: viewer, editor, admin or owner
        role: Role,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a link by which somebody chooses a password, their first or another
    #[command(after_help = "Examples:\n  hookbox user invite ann@example.com\n\n\
The link is good once, for 7 days; the one before is good no more.")]
    Invite {
        /// Their id or address
        user: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Keep somebody out, everywhere and at once; or let them in again
    #[command(
        after_help = "Examples:\n  hookbox user disable ann@example.com\n  hookbox user disable ann@example.com --undo"
    )]
    Disable {
        /// Their id or address
        user: String,
        /// Let them in again
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take somebody's role in the workspace away
    #[command(after_help = "Examples:\n  hookbox user remove ann@example.com")]
    Remove {
        /// Their id or address
        user: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl UserCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page { all, paging, connection } => {
                let columns = [
                    ("id", "/id"),
                    ("address", "/email"),
                    ("name", "/name"),
                    ("role", "/role"),
                    ("operator", "/operator"),
                    ("state", "/state"),
                ];
                let of = [("of", all.then_some("host"))];
                print_page(&connection.client()?, "users", &of, &paging, &columns, format)
            }
            Self::Create { email, name, role, operator, connection } => {
                let new = json!({"email": email, "name": name, "role": role, "operator": operator});
                print_answer(&connection.client()?.post("users", &new)?, format, made_text)
            }
            Self::Role { user, role, connection } => {
                let client = connection.client()?;
                let changed = client.patch(&USER.path_of(&client, &user)?, &json!({"role": role}))?;
                print_answer(&changed, format, |user| {
                    let link = link_text(user).map(|link| format!("\n{link}")).unwrap_or_default();
                    format!("{} is {role} now{link}", text_at(user, "/email"))
                })
            }
            Self::Invite { user, connection } => {
                let client = connection.client()?;
                let path = format!("{}/invite", USER.path_of(&client, &user)?);
                print_answer(&client.post(&path, &json!({}))?, format, made_text)
            }
            Self::Disable { user, undo, connection } => {
                let client = connection.client()?;
                let changed = client.patch(&USER.path_of(&client, &user)?, &json!({"disabled": !undo}))?;
                print_answer(&changed, format, |user| {
                    let what = if undo { "can log in again" } else { "is out, and nothing of theirs is good" };
                    format!("{} {what}", text_at(user, "/email"))
                })
            }
            Self::Remove { user, connection } => {
                let client = connection.client()?;
                let changed = client.delete(&USER.path_of(&client, &user)?)?;
                print_answer(&changed, format, |user| format!("{} has no role here any more", text_at(user, "/email")))
            }
        }
    }
}

/// Who it is, and their link if there is one.
fn made_text(user: &Value) -> String {
    match link_text(user) {
        Some(link) => format!("{}\n{link}", text_at(user, "/id")),
        None => text_at(user, "/id"),
    }
}

/// The link by which they choose a password, if the answer has one.
fn link_text(user: &Value) -> Option<String> {
    user["invite_url"].as_str().map(|url| format!("{url}   (shown only now; good once, for 7 days)"))
}
