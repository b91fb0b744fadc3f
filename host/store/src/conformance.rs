//! The suite that every backend runs: what the traits promise, seen only through them.
//!
//! One file for each concept. A backend calls each `all` with a function that opens a new, empty store; a promise that is
//! not kept panics with the promise as its message. What a crash leaves is each backend's own to test.

pub mod samples;
pub mod thread;

pub mod workspaces;
pub mod named;
pub mod contacts;
pub mod conversations;
pub mod messages;
pub mod outbox;
pub mod settling;
pub mod incoming;
pub mod automations;
pub mod triggers;
pub mod captures;
pub mod runs;
pub mod lifecycle;
pub mod claims;
pub mod plugins;
pub mod plugin_state;
pub mod plugin_secrets;
pub mod audit;
pub mod changes;
pub mod stats;
pub mod watch;
pub mod users;
pub mod sessions;
pub mod tokens;
