//! The lists that the contact is on. Each change is an effect: it happens when the step commits.

use crate::{Refusal, host};

/// Puts the contact on a list, once. Needs `lists::write` for the list's name.
///
/// # Errors
/// A [`Refusal`]: not granted, there is no such list, or a limit is reached.
pub fn add(name: &str) -> Result<(), Refusal> {
    host::add_to_list(name)
}

/// Takes the contact off a list; nothing happens when it is not on it. Needs `lists::write` for the list's name.
///
/// # Errors
/// A [`Refusal`]: not granted, there is no such list, or a limit is reached.
pub fn remove(name: &str) -> Result<(), Refusal> {
    host::remove_from_list(name)
}
