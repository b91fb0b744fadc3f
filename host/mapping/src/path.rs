//! A plain path of names and indexes, looked up straight in a `Value`: no list of nodes, nothing allocated.

use std::fmt;

use serde_json::Value;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A member of an object.
    Name(String),
    /// An element of an array, from 0.
    Index(usize),
}

/// Names and indexes in order; empty for the value itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Path(pub(crate) Vec<Key>);

impl Path {
    /// What is there, null included.
    pub(crate) fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |value, key| match (value, key) {
            (Value::Object(members), Key::Name(name)) => members.get(name),
            (Value::Array(items), Key::Index(index)) => items.get(*index),
            _ => None,
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|key| match key {
            Key::Name(name) => write_member(f, name),
            Key::Index(index) => write!(f, "[{index}]"),
        })
    }
}

/// `.name`, or `["odd name"]`.
pub(crate) fn write_member(out: &mut impl fmt::Write, name: &str) -> fmt::Result {
    let plain = !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { write!(out, ".{name}") } else { write!(out, "[{name:?}]") }
}
