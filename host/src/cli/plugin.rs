//! `hookbox plugin`: actions of one's own, from an empty folder to a version that runs, and what became of it.

mod new;
mod build;
mod check;
mod test;

mod grant;
mod shown;
mod push;
mod page;
mod show;
mod approve;
mod refuse;
mod activate;
mod deactivate;
mod rollback;
mod compare;
mod remove;
mod state;

use anyhow::Result;
use clap::Subcommand;

use crate::output::Format;

/// Write, upload, approve, compare and see plugins
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  hookbox plugin new score-lead --lang rust && cd score-lead
  hookbox plugin build
  hookbox plugin push . --approve        upload it, grant all it asks, let new runs take it
  hookbox plugin show score-lead
  hookbox plugin compare score-lead      what a new version would do otherwise

Wherever a plugin is asked for, its id, its digest and its name are taken. A name is its active version, or else its newest; to
approve, refuse, activate and compare it is the newest version that is neither active nor refused.")]
pub(super) enum PluginCommand {
    New(new::New),
    Build(build::Build),
    Check(check::Check),
    Test(test::Test),
    Push(push::Push),
    Page(page::Page),
    Show(show::Show),
    Approve(approve::Approve),
    Refuse(refuse::Refuse),
    Activate(activate::Activate),
    Deactivate(deactivate::Deactivate),
    Rollback(rollback::Rollback),
    Compare(compare::Compare),
    Remove(remove::Remove),
    State(state::State),
}

impl PluginCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        match self {
            Self::New(command) => command.run(format),
            Self::Build(command) => command.run(format),
            Self::Check(command) => command.run(format),
            Self::Test(command) => command.run(format),
            Self::Push(command) => command.run(format),
            Self::Page(command) => command.run(format),
            Self::Show(command) => command.run(format),
            Self::Approve(command) => command.run(format),
            Self::Refuse(command) => command.run(format),
            Self::Activate(command) => command.run(format),
            Self::Deactivate(command) => command.run(format),
            Self::Rollback(command) => command.run(format),
            Self::Compare(command) => command.run(format),
            Self::Remove(command) => command.run(format),
            Self::State(command) => command.run(format),
        }
    }
}
