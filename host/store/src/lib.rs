//! What may be asked of storage.
//!
//! One trait file for each concept. **One method is one transaction, named after the act**; nothing hands out an open
//! transaction, because the embedded backend is blocking with one writer and the SQL one is async. Every method takes the
//! workspace, or a record that carries it: nothing can be reached from outside its workspace.
//!
//! Backends implement [`Store`]; everyone else holds an `Arc<dyn Store>`. Every backend runs the suite in `conformance`.

mod error;
mod page;

mod workspaces;
mod inboxes;
mod members;
mod lists;
mod fields;
mod templates;
mod contacts;
mod conversations;
mod messages;
mod outbox;
mod automations;
mod triggers;
mod captures;
mod runs;
mod watch;
mod plugins;
mod plugin_state;
mod plugin_secrets;
mod audit;
mod backups;
mod history;
mod stats;
mod users;
mod sessions;
mod tokens;

#[cfg(feature = "conformance")]
pub mod conformance;

pub use audit::{Audit, AuditFilter, AuditVerified};
pub use automations::Automations;
pub use backups::{BackupLabel, BackupPieces, Backups};
pub use captures::{CaptureFilter, CaptureRuns, Captured, Captures};
pub use contacts::{Contacts, Known};
pub use conversations::{ConversationFilter, Conversations};
pub use error::{CommitError, StoreError};
pub use fields::Fields;
pub use history::{Dropped, DroppedUpTo, History, Obstacle};
pub use inboxes::Inboxes;
pub use lists::Lists;
pub use members::Members;
pub use messages::{MessageFilter, Messages, Received};
pub use outbox::{MessageCommitted, Outbox, OutboxClaim};
pub use page::{Page, PageRequest};
pub use plugin_secrets::PluginSecrets;
pub use plugin_state::PluginState;
pub use plugins::Plugins;
pub use runs::{
    Claim, CommitReceipt, ContactCommit, ConversationCommit, RunCommit, RunCount, RunFilter, RunOrder, Runs,
    StateCommit,
};
pub use sessions::Sessions;
pub use stats::{QueueDepths, Stats};
pub use templates::Templates;
pub use tokens::Tokens;
pub use triggers::Triggers;
pub use users::{Ends, LogEntries, UserChange, Users};
pub use watch::{RunChange, RunNews, RunWatch};
pub use workspaces::Workspaces;

use async_trait::async_trait;

/// A whole store: one accessor for each concept, and what concerns the store itself.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Workspaces.
    fn workspaces(&self) -> &dyn Workspaces;
    /// Inboxes.
    fn inboxes(&self) -> &dyn Inboxes;
    /// Members.
    fn members(&self) -> &dyn Members;
    /// Lists and who is on them.
    fn lists(&self) -> &dyn Lists;
    /// What is declared about contact fields.
    fn fields(&self) -> &dyn Fields;
    /// Templates.
    fn templates(&self) -> &dyn Templates;
    /// Contacts.
    fn contacts(&self) -> &dyn Contacts;
    /// Conversations.
    fn conversations(&self) -> &dyn Conversations;
    /// Messages.
    fn messages(&self) -> &dyn Messages;
    /// Messages to be sent.
    fn outbox(&self) -> &dyn Outbox;
    /// Automations and their versions.
    fn automations(&self) -> &dyn Automations;
    /// Triggers as the webhook door sees them, and their keys.
    fn triggers(&self) -> &dyn Triggers;
    /// Captures.
    fn captures(&self) -> &dyn Captures;
    /// Runs: claiming them, committing their steps, reading them.
    fn runs(&self) -> &dyn Runs;
    /// Installed plugins and their components.
    fn plugins(&self) -> &dyn Plugins;
    /// What plugins remember.
    fn plugin_state(&self) -> &dyn PluginState;
    /// Secrets that plugins use.
    fn plugin_secrets(&self) -> &dyn PluginSecrets;
    /// Captures and runs by the day.
    fn history(&self) -> &dyn History;
    /// Who changed what.
    fn audit(&self) -> &dyn Audit;
    /// The whole of it, to be kept elsewhere.
    fn backups(&self) -> &dyn Backups;
    /// How much happened.
    fn stats(&self) -> &dyn Stats;
    /// Users and their invites.
    fn users(&self) -> &dyn Users;
    /// Sessions of users.
    fn sessions(&self) -> &dyn Sessions;
    /// Tokens of the admin door.
    fn tokens(&self) -> &dyn Tokens;

    /// A number that changes whenever anything changes that callers may cache: workspaces, inboxes, members, lists,
    /// fields, templates, automations, keys, secrets, plugins, plugin secrets, users, tokens. Reading it costs nothing; a change made by another host shows within 1 s.
    fn revision(&self) -> u64;

    /// How many captures wait for their first claim.
    fn queue_depth(&self) -> u64;

    /// Why nothing can be written at present, if so; `/readyz` shows it.
    fn trouble(&self) -> Option<StoreError>;

    /// Resolves when the store can write no more and the host must end: a commit failed, and what is on disk is known
    /// only after a restart.
    async fn broken(&self) -> StoreError;

    /// Writes what is queued, marks the store as cleanly closed and lets go of it. Later calls answer
    /// [`StoreError::Unavailable`].
    async fn close(&self);
}
