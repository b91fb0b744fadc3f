//! A mapping as a caller describes it: the document's words in plain Rust, not yet checked.
//!
//! The shapes read from JSON as an automation document writes them, so that callers need no conversion of their own.

use serde::Deserialize;
use serde_json::Value;

use crate::IdentifierKind;

/// A whole mapping.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MappingSpec {
    /// What finds the contact.
    pub identifier: IdentifierSpec,
    /// What else is known about the contact, in the order it is written.
    #[serde(default, rename = "map")]
    pub fields: Vec<FieldSpec>,
}

/// Which part of the payload finds the contact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IdentifierSpec {
    /// Which identifier it is.
    pub field: IdentifierKind,
    /// Where it is: RFC 9535 JSONPath.
    pub from: String,
}

/// How one contact field is filled.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FieldSpec {
    /// The contact field to write.
    pub field: String,
    /// Where its value comes from.
    #[serde(flatten)]
    pub source: SourceSpec,
    /// What is done to the value, in order: `"trim"` or `{"replace": ["a", "b"]}`.
    #[serde(default)]
    pub transforms: Vec<Value>,
    /// Whether a payload without it cannot be mapped.
    #[serde(default)]
    pub required: bool,
    /// What happens to a value that is there already.
    #[serde(default)]
    pub write: WriteSpec,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceSpec {
    /// RFC 9535 JSONPath into the payload.
    From(String),
    /// A constant.
    Value(Value),
    /// A template over the payload.
    Template(String),
}

/// What happens to a value that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteSpec {
    /// The new value takes its place.
    #[default]
    Overwrite,
    /// It stays.
    FillEmpty,
    /// The new value is added to it.
    Append,
}
