//! The admin door: the API that people and the command line set Hookbox up with.
//!
//! It reads and writes records through the store and checks documents with the mapping language. It never runs an
//! automation, never captures, and never touches a storage backend: "apply" and "replay" write records, which other rooms find.
//!
//! Every resource is one file: its routes, its shapes, its words in the OpenAPI document. A request goes through `answer`
//! (request id, problem bodies), `caller` (who it is, the workspace, the role that is needed) and then its resource. Start reading at
//! `router`.

mod config;
mod door;
mod fresh;
mod refusal;
mod rehearsal;
mod inspector;
mod quarantine;
mod readiness;
mod report;
mod token;

mod answer;
mod asked;
mod audited;
mod signing;
mod telling;
mod at;
mod backoff;
mod password;
mod origin;
mod cookie;
mod who;
mod shares;
mod credentials;
mod caller;
mod myself;
mod entrance;
mod component;
mod given;
mod names;
mod paged;
mod words;
mod written;

mod audit;
mod automations;
mod captures;
mod contacts;
mod conversations;
mod document;
mod fields;
mod inboxes;
mod keys;
mod lists;
mod mapping;
mod members;
mod messages;
mod plugins;
mod plugin_secrets;
mod runs;
mod live;
mod stats;
mod secrets;
mod templates;
mod me;
mod session;
mod setup;
mod invites;
mod users;
mod tokens;
mod workspaces;

mod health;
mod host;
mod openapi;
mod page;
mod router;

pub use config::{Config, HostFacts, LoginConfig};
pub use door::{Admin, Clock, Reaches};
pub use inspector::Inspector;
pub use quarantine::Quarantine;
pub use readiness::Readiness;
pub use rehearsal::Rehearsal;
pub use router::router;
pub use setup::setup_token;
pub use token::{FirstToken, first_token};
pub use workspaces::ensure_default_workspace;
