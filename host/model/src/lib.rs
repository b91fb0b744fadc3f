//! The nouns of Hookbox and the rules that need nothing but their arguments.
//!
//! No IO, no async, no clock, no randomness: time, ids and secrets come in as values.
//! Every other crate may import this one; it imports none of ours.

mod id;
mod time;
mod delay;
mod hours;
mod address;
mod digest;
mod json;
mod kept_headers;
mod secret;
mod sealed;
mod problem;

mod workspace;
mod user;
mod session;
mod token;
mod inbox;
mod member;
mod list;
mod template;
mod field;
mod consent;
mod contact;
mod conversation;
mod message;

mod sample;
mod document;
mod automation;
mod trigger;
mod capture;
mod test_capture;
mod run;
mod stats;
mod dry_run;

mod plugin;
mod grant;
mod http_scope;
mod state;
mod plugin_secret;
mod plugin_health;
mod audit;
mod invocation;
mod effect;

#[cfg(feature = "schema")]
mod schema;

pub use address::is_public;
pub use audit::{AuditEntry, Audited};
pub use automation::{Automation, AutomationState};
pub use capture::{Capture, IdempotencyKey};
pub use consent::{Consent, ConsentWord, Since};
pub use contact::{Contact, ContactTooLarge, Identifier};
pub use conversation::{Conversation, ConversationState, Note};
pub use delay::{Delay, DelayError};
pub use digest::Digest;
pub use document::{
    Document, FieldMapping, IdentifierField, IdentifierMapping, Order, RateDocument, RetryDocument, SignatureRule,
    Source, StepDocument, StepKind, TriggerDocument, WaitDocument, WaitHours, WaitUntil, WebhookDocument, WritePolicy,
};
pub use dry_run::{AsOf, DryRun, DryRunReport, Extent};
pub use effect::Effect;
pub use field::{Field, FieldFault, FieldKind, FieldNameError, FieldValue};
pub use grant::{Denied, Grants, Need, NeedsChange, ScopeError};
pub use hours::{Day, Hours, TimeOfDay, TimeOfDayError, Zone, ZoneError};
pub use http_scope::{HttpScope, HttpScopeError, HttpTarget};
pub use id::{
    AutomationId, CaptureId, ContactId, ConversationId, FieldId, Id, IdError, InboxId, Kind, ListId, MemberId,
    MessageId, NoteId, PluginId, RunId, SecretId, SessionId, TemplateId, TokenId, UserId, WorkspaceId,
};
pub use inbox::{Channel, Inbox, UnknownPolicy, WebhookChannel};
pub use invocation::{
    ContactView, ConversationView, Directory, Failure, Invocation, LogLevel, LogLine, Next, Outcome, Usage,
};
pub use json::{JsonError, JsonLimits, Payload};
pub use kept_headers::KeptHeaders;
pub use list::List;
pub use member::Member;
pub use message::{Decision, Direction, IncomingMessage, Media, Message, MessageReport, MessageState, ReportState};
pub use plugin::{Approval, Manifest, Origin, Plugin};
pub use plugin_health::{HealthState, PluginFault, PluginHealth};
pub use plugin_secret::PluginSecret;
pub use problem::Problem;
pub use run::{Pin, Replay, Run, RunFailure, RunState, StepRecord, StepState};
pub use sample::Sample;
pub use sealed::{Sealed, SigningSecret};
pub use secret::{KeyError, KeyId, PresentedKey};
pub use session::{Invite, Session};
pub use state::{Left, Seen, StateAccess, StateEntry, StateUsage};
pub use stats::{CallCounts, Counted, FailureCounts, QueueCounts, RunCounts, StatsRow, StatsSpan, Times};
pub use template::Template;
pub use test_capture::TestCapture;
pub use time::Timestamp;
pub use token::Token;
pub use trigger::{Trigger, TriggerKey};
pub use user::{PasswordHash, Role, RoleError, User};
pub use workspace::{MessageCaps, Workspace};
