//! The embedded store: one redb file, one writer thread with group commit, every record checked when it is read.
//!
//! [`RedbStore`] is what the host opens and holds as an `Arc<dyn Store>`. A write travels: the concept's file prepares it
//! (keys, encoded values) → `line` → `writer` takes what waits, `apply`s each unit as check-then-apply inside one
//! transaction, commits once → `pending` learns of new captures and of finished runs → everyone is answered.
//! A read goes to the `snapshot` of the last commit. Nothing here knows HTTP, plugins or mapping.

mod config;
mod error;
mod metrics;

mod edge;
mod key;
mod envelope;
mod record;
mod tables;
mod damage;
mod snapshot;
mod batch;
mod between;
mod paging;
mod recent;
mod text;
mod searches;

mod disk;
mod high_water;
mod space;

mod unit;
mod line;
mod finishing;
mod watching;
mod pending;
mod outgoing;
mod apply;
mod writer;
mod leaving;
mod keeper;
mod history;

mod store;
mod migrate;
mod open;
mod check;
mod backup;

mod catalog;
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
mod plugins;
mod plugin_state;
mod plugin_secrets;
mod audit;
mod stats;
mod users;
mod sessions;
mod tokens;

pub use backup::{BackupError, BackupHeader, BackupSummary, read_backup, read_backup_header};
pub use check::{CheckReport, Finding};
pub use config::Config;
pub use disk::Disk;
#[cfg(feature = "failpoints")]
pub use edge::Edge;
pub use error::OpenError;
pub use metrics::Metrics;
pub use store::RedbStore;
