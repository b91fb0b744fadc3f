//! Plugin state: what a plugin remembers between calls, for each workspace by its own name.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A value under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateEntry {
    /// What the plugin wrote.
    pub value: String,
    /// Gone from here on.
    pub expires_at: Option<Timestamp>,
}

impl StateEntry {
    /// The longest key, in bytes.
    pub const KEY_BYTES_MAX: usize = 256;
    /// The longest value, in bytes.
    pub const VALUE_BYTES_MAX: usize = 64 * 1024;

    /// Whether it is still there at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// What one call did with one key. A commit checks `seen` and then does `left`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateAccess {
    /// The key.
    pub key: String,
    /// What the call read, before anything it wrote itself.
    pub seen: Seen,
    /// What it left.
    pub left: Left,
}

/// What a call read under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It did not look: it wrote whatever was there.
    Unread,
    /// Nothing, or what had expired.
    Absent,
    /// This.
    Entry(StateEntry),
}

/// What a call left under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// What was there.
    Unchanged,
    /// Nothing.
    Removed,
    /// This.
    Entry(StateEntry),
}

/// How much a plugin remembers in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StateUsage {
    /// Keys.
    pub keys: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
}
