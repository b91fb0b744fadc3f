//! How a plugin version fares: whether its traps and exhausted limits have put it into quarantine.

use serde::{Deserialize, Serialize};

use crate::{RunId, Timestamp};

/// How a plugin version fares in a workspace, since the host started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PluginHealth {
    /// Whether it is called.
    pub state: HealthState,
    /// Its last trap or exhausted limit.
    pub last_fault: Option<PluginFault>,
}

/// Whether a plugin version is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum HealthState {
    /// It is.
    #[default]
    Healthy,
    /// It is not: runs that come to it wait.
    Quarantined {
        /// Until then; after it one call is let through to see.
        until: Timestamp,
    },
    /// One call is under way to see whether it is well again.
    Probing,
}

/// A trap or an exhausted limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PluginFault {
    /// When.
    pub at: Timestamp,
    /// In which run.
    pub run: RunId,
    /// In which step.
    pub step: String,
    /// What happened.
    pub message: String,
    /// The guest's frames, innermost first, one a line; empty when there are none.
    pub backtrace: String,
}
