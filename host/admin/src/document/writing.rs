//! Documents as text again, such that reading the text gives the same document.

use serde::Serialize;

/// The value in YAML, its keys in the order of its type. Texts that look like numbers are quoted.
pub(crate) fn yaml<T: Serialize>(value: &T) -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(value)
}
