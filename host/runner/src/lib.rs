//! Claims captures, runs their automations step by step, commits effects.
//!
//! A claimed run goes through these files, each calling only the next: `worker` claims it and gives it a place in its
//! contact's line, `subject` finds or makes the contact, `step` runs the steps and commits. What it needs to know of
//! automations, plugins and names comes from `catalog`. It shares nothing with the doors but the store.
//!
//! Refused here: bringing on a run that the store gave to somebody else, writing anything outside a commit.

mod config;
mod metrics;

mod worker;
mod line;
mod turn;
mod step;
mod tried;
mod troubles;
mod plan;
mod rehearse;
mod schedule;
mod split;
mod pins;
mod quarantine;
mod surroundings;
mod secrets;
mod plugin_state;
mod submitted;
mod stats;
mod contended;
mod catalog;
mod ready;
mod subject;
mod settings;
mod effects;
mod names;
mod clock;
mod resolution;

pub use config::Config;
pub use metrics::Metrics;
pub use quarantine::QuarantineConfig;
pub use resolution::Resolution;
pub use secrets::Secrets;
pub use stats::{Came, StatsConfig, Tally};
pub use worker::Runner;
