//! The nouns of Hookbox and the rules that need nothing but their arguments.
//!
//! No IO, no async, no clock, no randomness: time, ids and secrets come in as values.
//! Every other crate may import this one; it imports none of ours.

mod id;
mod time;
mod digest;
mod json;
mod secret;
mod problem;

mod workspace;
mod inbox;
mod member;
mod list;
mod contact;
mod conversation;
mod message;

mod document;
mod automation;
mod trigger;
mod capture;
mod run;

mod plugin;
mod grant;
mod invocation;
mod effect;

#[cfg(feature = "schema")]
mod schema;

pub use automation::{Automation, AutomationState};
pub use capture::{Capture, IdempotencyKey};
pub use contact::{Contact, ContactTooLarge, FieldValue, Identifier};
pub use conversation::{Conversation, ConversationState, Note};
pub use digest::Digest;
pub use document::{
    Document, FieldMapping, IdentifierField, IdentifierMapping, Source, StepDocument, TriggerDocument, WebhookDocument,
    WritePolicy,
};
pub use effect::Effect;
pub use grant::{Denied, Grants, Need};
pub use id::{
    AutomationId, CaptureId, ContactId, ConversationId, Id, IdError, InboxId, Kind, ListId, MemberId, MessageId,
    NoteId, PluginId, RunId, TokenId, WorkspaceId,
};
pub use inbox::Inbox;
pub use invocation::{
    ContactView, ConversationView, Directory, Failure, Invocation, LogLevel, LogLine, Next, Outcome, Usage,
};
pub use json::{JsonError, JsonLimits, Payload};
pub use list::List;
pub use member::Member;
pub use message::{Direction, Media, Message, MessageState};
pub use plugin::{Manifest, Origin, Plugin};
pub use problem::Problem;
pub use run::{Run, RunFailure, RunState, StepRecord, StepState};
pub use secret::{KeyError, KeyId, PresentedKey};
pub use time::Timestamp;
pub use trigger::{Token, Trigger, TriggerKey};
pub use workspace::Workspace;
