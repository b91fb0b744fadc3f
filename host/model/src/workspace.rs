//! A workspace: the tenant that every other record belongs to.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, WorkspaceId, Zone};

/// A tenant. Nothing in one workspace can see or name anything in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name, unique in the store.
    pub name: String,
    /// The ISO 3166-1 country whose national phone numbers are understood without `+` (`US`).
    pub country: String,
    /// The time zone that days and hours are meant in where nothing else is said.
    #[serde(default = "Zone::utc")]
    pub zone: Zone,
    /// How many messages may leave.
    #[serde(default)]
    pub caps: MessageCaps,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How many outgoing messages may leave, counted by days of the workspace's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MessageCaps {
    /// In all on one day; what is more is held until the next.
    pub per_day: u64,
    /// To one contact on one day; what is more is suppressed.
    pub per_contact_per_day: u32,
    /// To one contact within a minute, against loops; what is more is suppressed.
    pub per_contact_per_minute: u32,
}

impl Default for MessageCaps {
    /// 100,000 a day; 100 a day and 10 a minute to one contact.
    fn default() -> Self {
        Self { per_day: 100_000, per_contact_per_day: 100, per_contact_per_minute: 10 }
    }
}
