//! Changes of the contact that the run is about. Each is an effect: it happens when the step commits.

use crate::{FieldValue, Refusal, host};

/// Writes a field. Needs `contacts::write` for the name.
///
/// # Errors
/// A [`Refusal`]: not granted, the name is an identifier (`phone`, `email`, `external_id`) or no name, the number is not
/// finite, or a limit is reached.
pub fn set_field(name: &str, value: impl Into<FieldValue>) -> Result<(), Refusal> {
    let Some(json) = value.into().to_json_text() else {
        return Err(Refusal::Invalid(format!("the value of field \"{name}\" is not a finite number")));
    };
    host::set_field(name, &json)
}

/// Empties a field; nothing happens when it is empty. Needs `contacts::write` for the name.
///
/// # Errors
/// A [`Refusal`]: not granted, the name is an identifier or no name, or a limit is reached.
pub fn clear_field(name: &str) -> Result<(), Refusal> {
    host::clear_field(name)
}

/// Adds a tag, once. Needs `contacts::tag` for it.
///
/// # Errors
/// A [`Refusal`]: not granted, not a tag, or a limit is reached.
pub fn add_tag(tag: &str) -> Result<(), Refusal> {
    host::add_tag(tag)
}

/// Removes a tag; nothing happens when it is not there. Needs `contacts::tag` for it.
///
/// # Errors
/// A [`Refusal`]: not granted, not a tag, or a limit is reached.
pub fn remove_tag(tag: &str) -> Result<(), Refusal> {
    host::remove_tag(tag)
}
