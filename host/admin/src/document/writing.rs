//! Documents as text again, such that reading the text gives the same document.

use hookbox_model::Document;

/// The document in YAML, its keys in the order of the documentation. Texts that look like numbers are quoted.
pub(crate) fn yaml(document: &Document) -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(document)
}
