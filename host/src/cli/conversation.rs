//! `hookbox conversation`: the threads of inboxes with contacts.

use anyhow::Result;
use clap::Subcommand;

use super::connection::{Connection, Paging};
use super::named::{INBOX, MEMBER};
use super::page::{Column, print_page, record_text};
use crate::output::{Format, print_answer};

/// What is shown of a conversation.
const COLUMNS: [Column; 6] = [
    ("id", "/id"),
    ("inbox", "/inbox"),
    ("contact", "/contact"),
    ("state", "/state"),
    ("assignee", "/assignee"),
    ("updated", "/updated_at"),
];

/// See conversations
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox conversation page
  hookbox conversation page --contact con_0190…
  hookbox message page --conversation cnv_0190…")]
pub(super) enum ConversationCommand {
    /// Page through the conversations, those begun first first
    #[command(after_help = "\
Examples:
  hookbox conversation page --contact con_0190…
  hookbox conversation page --inbox support --assignee front-desk")]
    Page {
        /// Only those with this contact
        #[arg(long, value_name = "ID")]
        contact: Option<String>,
        /// Only those of this inbox: its id or name
        #[arg(long)]
        inbox: Option<String>,
        /// Only those that this member answers: their id or name
        #[arg(long, value_name = "MEMBER")]
        assignee: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one conversation; --json has its notes
    #[command(after_help = "Examples:\n  hookbox conversation show cnv_0190… --json | jq .notes")]
    Show {
        /// The conversation's id
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl ConversationCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page { contact, inbox, assignee, paging, connection } => {
                let client = connection.client()?;
                let inbox = inbox.map(|text| INBOX.id(&client, &text)).transpose()?;
                let assignee = assignee.map(|text| MEMBER.id(&client, &text)).transpose()?;
                let filters =
                    [("contact", contact.as_deref()), ("inbox", inbox.as_deref()), ("assignee", assignee.as_deref())];
                print_page(&client, "conversations", &filters, &paging, &COLUMNS, format)
            }
            Self::Show { id, connection } => {
                let conversation = connection.client()?.get(&format!("conversations/{id}"), &[])?;
                print_answer(&conversation, format, |conversation| record_text(conversation, &COLUMNS))
            }
        }
    }
}
