//! The command line: what there is to say, and who carries it out. One file for each noun.

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::output::Format;

mod connection;
mod expiry;
mod input;
mod named;
mod page;

mod backup;
mod check_store;
mod compile_component;
mod config;
mod demo;
mod restore;
mod serve;

mod automation;
mod key;
mod secret;
mod plugin;
mod plugin_secret;
mod audit;
mod capture;
mod run;
mod inbox;
mod conversation;
mod message;
mod contact;
mod field;
mod list;
mod member;
mod template;
mod workspace;
mod user;
mod token;

/// Self-hosted automations: webhooks in, sandboxed WebAssembly actions out
#[derive(Debug, Parser)]
#[command(
    name = "hookbox",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  hookbox demo                                     see it work, then keep serving
  hookbox serve --data ./data --listen 0.0.0.0:8080
  hookbox automation apply -f order-shipped.yaml   needs HOOKBOX_TOKEN, which the first start prints
  hookbox plugin new score-lead --lang rust        an action of one's own: then build, push --approve
  hookbox run page --dead-letters

Exit codes: 0 done, 1 failed, 2 asked for wrongly. `hookbox COMMAND --help` has more examples."
)]
pub(crate) struct Cli {
    /// Print one line of JSON for each answer instead of tables and sentences
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    #[command(subcommand)]
    Automation(automation::AutomationCommand),
    #[command(subcommand)]
    Key(key::KeyCommand),
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    #[command(subcommand)]
    PluginSecret(plugin_secret::PluginSecretCommand),
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    #[command(subcommand)]
    Capture(capture::CaptureCommand),
    #[command(subcommand)]
    Run(run::RunCommand),
    #[command(subcommand)]
    Inbox(inbox::InboxCommand),
    #[command(subcommand)]
    Conversation(conversation::ConversationCommand),
    #[command(subcommand)]
    Message(message::MessageCommand),
    #[command(subcommand)]
    Contact(contact::ContactCommand),
    #[command(subcommand)]
    Field(field::FieldCommand),
    #[command(subcommand)]
    List(list::ListCommand),
    #[command(subcommand)]
    Member(member::MemberCommand),
    #[command(subcommand)]
    Template(template::TemplateCommand),
    #[command(subcommand)]
    Workspace(workspace::WorkspaceCommand),
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Token(token::TokenCommand),
    Backup(backup::Backup),
    Restore(restore::Restore),
    CheckStore(check_store::CheckStore),
    CompileComponent(compile_component::CompileComponent),
    Config(config::ConfigCommand),
}

impl Cli {
    /// Carries the command out.
    pub(crate) fn run(self) -> Result<()> {
        let format = Format::of(self.json);
        match self.command {
            Command::Serve(command) => command.run(format),
            Command::Demo(command) => command.run(format),
            Command::Automation(command) => command.run(format),
            Command::Key(command) => command.run(format),
            Command::Secret(command) => command.run(format),
            Command::Plugin(command) => command.run(format),
            Command::PluginSecret(command) => command.run(format),
            Command::Audit(command) => command.run(format),
            Command::Capture(command) => command.run(format),
            Command::Run(command) => command.run(format),
            Command::Inbox(command) => command.run(format),
            Command::Conversation(command) => command.run(format),
            Command::Message(command) => command.run(format),
            Command::Contact(command) => command.run(format),
            Command::Field(command) => command.run(format),
            Command::List(command) => command.run(format),
            Command::Member(command) => command.run(format),
            Command::Template(command) => command.run(format),
            Command::Workspace(command) => command.run(format),
            Command::User(command) => command.run(format),
            Command::Token(command) => command.run(format),
            Command::Backup(command) => command.run(format),
            Command::Restore(command) => command.run(format),
            Command::CheckStore(command) => command.run(format),
            Command::CompileComponent(command) => command.run(),
            Command::Config(command) => command.run(format),
        }
    }
}

#[cfg(test)]
mod tests;
