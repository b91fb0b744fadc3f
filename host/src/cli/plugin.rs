//! `hookbox plugin`: actions of one's own, from an empty folder to a version that runs, and what became of it.

mod page;
mod show;

use anyhow::Result;
use clap::Subcommand;

use crate::output::Format;

/// Upload, approve, compare and see plugins
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox plugin page
  hookbox plugin show score-lead

Wherever a plugin is asked for, its id, its digest and its name are taken; a name is its active version, or else its newest.")]
pub(super) enum PluginCommand {
    Page(page::Page),
    Show(show::Show),
}

impl PluginCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::Page(command) => command.run(format),
            Self::Show(command) => command.run(format),
        }
    }
}
