//! The value that travels through transforms and filters: borrowed from the payload for as long as nothing changes it.
//!
//! There is no null: a null counts as missing everywhere in this crate, and missing is `None`.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Number, Value};

use crate::path::Key;

/// One JSON value other than null, borrowed where possible.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(Number),
    /// True or false.
    Boolean(bool),
    /// An array.
    Array(Cow<'a, [Value]>),
    /// An object.
    Object(Cow<'a, Map<String, Value>>),
}

impl<'a> Datum<'a> {
    /// The value, borrowed; `None` for null.
    pub fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(truth) => Some(Self::Boolean(*truth)),
            Value::Number(number) => Some(Self::Number(number.clone())),
            Value::String(text) => Some(Self::Text(Cow::Borrowed(text))),
            Value::Array(items) => Some(Self::Array(Cow::Borrowed(items))),
            Value::Object(members) => Some(Self::Object(Cow::Borrowed(members))),
        }
    }

    /// The value, owned; `None` for null.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(truth) => Some(Self::Boolean(truth)),
            Value::Number(number) => Some(Self::Number(number)),
            Value::String(text) => Some(Self::Text(Cow::Owned(text))),
            Value::Array(items) => Some(Self::Array(Cow::Owned(items))),
            Value::Object(members) => Some(Self::Object(Cow::Owned(members))),
        }
    }

    /// The same value, borrowed from this one.
    pub(crate) fn lend(&self) -> Datum<'_> {
        match self {
            Self::Text(text) => Datum::Text(Cow::Borrowed(text)),
            Self::Number(number) => Datum::Number(number.clone()),
            Self::Boolean(truth) => Datum::Boolean(*truth),
            Self::Array(items) => Datum::Array(Cow::Borrowed(items)),
            Self::Object(members) => Datum::Object(Cow::Borrowed(members)),
        }
    }

    /// About how many bytes of JSON it holds for itself; 0 when it is borrowed.
    pub(crate) fn owned_bytes(&self) -> usize {
        match self {
            Self::Text(Cow::Owned(text)) => text.len(),
            Self::Array(Cow::Owned(items)) => items.iter().map(json_bytes).sum(),
            Self::Object(Cow::Owned(members)) => {
                members.iter().map(|(name, value)| name.len() + json_bytes(value)).sum()
            }
            Self::Text(_) | Self::Array(_) | Self::Object(_) | Self::Number(_) | Self::Boolean(_) => 0,
        }
    }

    /// The value as JSON.
    pub fn into_value(self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.into_owned()),
            Self::Number(number) => Value::Number(number),
            Self::Boolean(truth) => Value::Bool(truth),
            Self::Array(items) => Value::Array(items.into_owned()),
            Self::Object(members) => Value::Object(members.into_owned()),
        }
    }

    /// A scalar as text; `None` for arrays and objects.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Boolean(truth) => Some(Cow::Borrowed(if truth { "true" } else { "false" })),
            Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// What follows `key`; `None` if there is nothing or null.
    pub(crate) fn child(self, key: &Key) -> Option<Self> {
        match (self, key) {
            (Self::Array(Cow::Borrowed(items)), Key::Index(index)) => Self::of(items.get(*index)?),
            (Self::Array(Cow::Owned(mut items)), Key::Index(index)) => {
                Self::from_value(items.get_mut(*index).map(Value::take)?)
            }
            (Self::Object(Cow::Borrowed(members)), Key::Name(name)) => Self::of(members.get(name)?),
            (Self::Object(Cow::Owned(mut members)), Key::Name(name)) => Self::from_value(members.remove(name)?),
            (Self::Text(_) | Self::Number(_) | Self::Boolean(_) | Self::Array(_) | Self::Object(_), _) => None,
        }
    }

    /// What it is, for messages that must not show it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// About how long the value is as JSON. As deep as its parser allowed.
fn json_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => size_of::<Value>(),
        Value::String(text) => size_of::<Value>() + text.len(),
        Value::Array(items) => size_of::<Value>() + items.iter().map(json_bytes).sum::<usize>(),
        Value::Object(members) => {
            size_of::<Value>() + members.iter().map(|(name, value)| name.len() + json_bytes(value)).sum::<usize>()
        }
    }
}

impl fmt::Display for Datum<'_> {
    /// As it stands in a rendered text: a text is itself, everything else is compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Boolean(truth) => truth.fmt(f),
            Self::Array(items) => f.write_str(&serde_json::to_string(items).map_err(|_| fmt::Error)?),
            Self::Object(members) => f.write_str(&serde_json::to_string(members).map_err(|_| fmt::Error)?),
        }
    }
}
