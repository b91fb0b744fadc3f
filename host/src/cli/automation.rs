//! `hookbox automation`: documents saved and seen, their states and versions, and trying them out.

mod check;
mod document;
mod dry_run;
mod listen;
pub(super) mod report;
mod state;
mod suggest;

use anyhow::Result;
use clap::Subcommand;

use super::connection::{Connection, Paging};
use super::page::print_page;
use crate::output::Format;

/// Apply, try out, pause and see automations
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox automation suggest sample.json              a mapping to begin with
  hookbox automation dry-run -f order-shipped.yaml    what it would do with its sample
  hookbox automation check -f order-shipped.yaml      everything that is wrong with it
  hookbox automation apply -f order-shipped.yaml
  hookbox automation pause \"Order shipped\"

Wherever an automation is asked for, its id and its name are taken.")]
pub(super) enum AutomationCommand {
    Check(check::Check),
    Apply(document::Apply),
    Export(document::Export),
    /// Page through the automations
    #[command(after_help = "Examples:\n  hookbox automation page\n  hookbox automation page --limit 500 --json")]
    Page {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        connection: Connection,
    },
    Pause(state::Pause),
    Resume(state::Resume),
    Archive(state::Archive),
    Versions(state::Versions),
    Restore(state::Restore),
    Listen(listen::Listen),
    DryRun(dry_run::DryRun),
    Suggest(suggest::Suggest),
}

impl AutomationCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Check(command) => command.run(format),
            Self::Apply(command) => command.run(format),
            Self::Export(command) => command.run(format),
            Self::Page { paging, connection } => {
                let columns = [
                    ("id", "/id"),
                    ("name", "/name"),
                    ("state", "/state"),
                    ("version", "/version"),
                    ("updated", "/updated_at"),
                    ("url", "/url"),
                ];
                print_page(&connection.client()?, "automations", &[], &paging, &columns, format)
            }
            Self::Pause(command) => command.run(format),
            Self::Resume(command) => command.run(format),
            Self::Archive(command) => command.run(format),
            Self::Versions(command) => command.run(format),
            Self::Restore(command) => command.run(format),
            Self::Listen(command) => command.run(format),
            Self::DryRun(command) => command.run(format),
            Self::Suggest(command) => command.run(format),
        }
    }
}
