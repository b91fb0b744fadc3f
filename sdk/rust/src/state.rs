//! What the plugin remembers between calls: per plugin and workspace, seen by no other. A commit checks that nothing read
//! here changed meanwhile; if it did, the step runs again. So 64 runs at once that increment one key make it 64.
//!
//! A key has 1 to 256 bytes and no control characters; a step may use 100 keys, a plugin keep 10,000 keys and 16 MiB in a workspace.
//! `state` is granted for a key, or for all that begin alike (`leads:*`).

use crate::{Refusal, host};

/// The value of a key. Needs `state` for the key.
///
/// # Errors
/// A [`Refusal`]: not granted, or a limit is reached.
pub fn get(key: &str) -> Result<Option<String>, Refusal> {
    host::get_state(key)
}

/// Sets a value of at most 64 KiB, for `ttl_ms` milliseconds when given. Needs `state` for the key.
///
/// # Errors
/// A [`Refusal`]: not granted, the value is too long, the time is 0, or a limit is reached.
pub fn set(key: &str, value: &str, ttl_ms: Option<u64>) -> Result<(), Refusal> {
    host::set_state(key, value, ttl_ms)
}

/// Forgets a key. Needs `state` for the key.
///
/// # Errors
/// A [`Refusal`]: not granted, or a limit is reached.
pub fn delete(key: &str) -> Result<(), Refusal> {
    host::delete_state(key)
}

/// Adds to a whole number, which begins at 0, and returns the sum. A value that was set for some time keeps its end. Needs
/// `state` for the key.
///
/// # Errors
/// A [`Refusal`]: not granted, the value is not a whole number, or the sum is past 64 bits.
pub fn increment(key: &str, by: i64) -> Result<i64, Refusal> {
    host::increment_state(key, by)
}
