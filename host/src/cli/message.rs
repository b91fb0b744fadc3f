//! `hookbox message`: what was written and received, what waits to be sent, and deciding about what is in doubt.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::connection::{Connection, Paging};
use super::page::{print_page, text_at};
use crate::output::{Format, print_answer};

/// Every state of a message, as the API writes it.
const STATES: [&str; 8] = ["queued", "held", "suppressed", "sending", "sent", "failed", "unknown", "received"];

/// See messages and decide about those in doubt
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox message page --outbox
  hookbox message page --state unknown
  hookbox message decide msg_0190… send")]
pub(super) enum MessageCommand {
    Page(Page),
    /// Decide about a message that failed or of which nobody knows whether it was sent
    #[command(after_help = "\
Examples:
  hookbox message decide msg_0190… send      send it (again), under the same id
  hookbox message decide msg_0190… sent      it was sent
  hookbox message decide msg_0190… failed    it was not, and shall not be")]
    Decide {
        /// The message's id
        id: String,
        /// What is to become of it
        #[arg(value_parser = ["send", "sent", "failed"])]
        decision: String,
        #[command(flatten)]
        connection: Connection,
    },
}

/// Page through messages, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox message page --outbox               committed and not sent yet, oldest first
  hookbox message page --state suppressed
  hookbox message page --contact con_0190… --json")]
pub(super) struct Page {
    /// Only those that are committed and not sent yet
    #[arg(long, conflicts_with_all = ["state", "contact", "conversation"])]
    outbox: bool,
    /// Only those in this state
    #[arg(long, value_parser = STATES)]
    state: Option<String>,
    /// Only those to and from this contact
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    /// Only those of this conversation
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
}

impl MessageCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page(command) => command.run(format),
            Self::Decide { id, decision, connection } => {
                let path = format!("messages/{id}/decision");
                let message = connection.client()?.post(&path, &json!({ "decision": decision }))?;
                print_answer(&message, format, |message| {
                    format!("{} is {}", text_at(message, "/id"), text_at(message, "/state"))
                })
            }
        }
    }
}

impl Page {
    fn run(self, format: Format) -> Result<()> {
        let filters = [
            ("outbox", self.outbox.then_some("true")),
            ("state", self.state.as_deref()),
            ("contact", self.contact.as_deref()),
            ("conversation", self.conversation.as_deref()),
        ];
        let columns = [
            ("id", "/id"),
            ("inbox", "/inbox"),
            ("direction", "/direction"),
            ("contact", "/contact"),
            ("state", "/state"),
            ("text", "/body"),
            ("tries", "/attempts"),
            ("due", "/due_at"),
            ("why", "/reason"),
        ];
        print_page(&self.connection.client()?, "messages", &filters, &self.paging, &columns, format)
    }
}
