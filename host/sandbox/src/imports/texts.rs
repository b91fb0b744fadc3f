//! The checks on texts that guests hand to effect functions: lengths, and characters that deceive.

use crate::bindings::hookbox::plugin::types::Refusal;

/// The longest body of a message or note, in characters.
pub(crate) const BODY_CHARS_MAX: usize = 10_000;

/// The longest tag, in characters.
const NAME_CHARS_MAX: usize = 64;

/// The longest name that a list, inbox or member can have, in bytes; longer ones are not looked up.
const DIRECTORY_NAME_BYTES_MAX: usize = 1_000;

/// A tag: 1 to 64 characters, without control characters, no space at either end.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > NAME_CHARS_MAX * 4 || name.chars().count() > NAME_CHARS_MAX {
        return invalid(format!("the {what} must have 1 to {NAME_CHARS_MAX} characters"));
    }
    if name.chars().any(char::is_control) || name.trim() != name {
        return invalid(format!("the {what} must not have control characters, or spaces at its ends"));
    }
    Ok(())
}

/// A body: 1 to 10,000 characters.
pub(crate) fn check_body(what: &str, body: &str) -> Result<(), Refusal> {
    if body.is_empty() || body.len() > BODY_CHARS_MAX * 4 || body.chars().count() > BODY_CHARS_MAX {
        return invalid(format!("the {what} must have 1 to 10,000 characters"));
    }
    Ok(())
}

/// A name of a list, inbox or member, before it is looked up.
pub(crate) fn check_directory_name(what: &str, name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > DIRECTORY_NAME_BYTES_MAX {
        return invalid(format!("the name of the {what} is empty or too long"));
    }
    Ok(())
}

/// The refusal of a name that the workspace does not have.
pub(crate) fn unknown(what: &str, name: &str) -> Refusal {
    let name: String = name.chars().take(100).collect();
    Refusal::Invalid(format!("there is no {what} {name:?} in this workspace"))
}

/// The refusal of an argument that makes no sense.
pub(crate) fn invalid<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Invalid(message.into()))
}
