//! The conversation of the automation's inbox with the contact. It begins with the first effect on it.

use crate::{Refusal, host};

/// Assigns it to a member, by name. Needs `conversations::write` for `assign`.
///
/// # Errors
/// A [`Refusal`]: not granted, there is no such member, or a limit is reached.
pub fn assign(member: &str) -> Result<(), Refusal> {
    host::assign(member)
}

/// Leaves it to nobody. Needs `conversations::write` for `unassign`.
///
/// # Errors
/// A [`Refusal`]: not granted, or a limit is reached.
pub fn unassign() -> Result<(), Refusal> {
    host::unassign()
}

/// Closes it. Needs `conversations::write` for `close`.
///
/// # Errors
/// A [`Refusal`]: not granted, or a limit is reached.
pub fn close() -> Result<(), Refusal> {
    host::close()
}

/// Opens it again. Needs `conversations::write` for `reopen`.
///
/// # Errors
/// A [`Refusal`]: not granted, or a limit is reached.
pub fn reopen() -> Result<(), Refusal> {
    host::reopen()
}

/// Writes a note of 1 to 10,000 characters that only members see. Needs `conversations::write` for `note`.
///
/// # Errors
/// A [`Refusal`]: not granted, the note is empty or too long, or a limit is reached.
pub fn add_note(body: &str) -> Result<(), Refusal> {
    host::add_note(body)
}
