//! What the plugin remembers between calls: per plugin and workspace, seen by no other. A commit checks that nothing read
//! here changed meanwhile; if it did, the step runs again.
//!
//! The contract has it and the mock host offers it, but **a host of this version refuses components that use it**.

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
/// A [`Refusal`]: not granted, or the value is too long.
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

/// Adds to a whole number, which begins at 0, and returns the sum. Needs `state` for the key.
///
/// # Errors
/// A [`Refusal`]: not granted, the value is not a whole number, or the sum is past 64 bits.
pub fn increment(key: &str, by: i64) -> Result<i64, Refusal> {
    host::increment_state(key, by)
}
