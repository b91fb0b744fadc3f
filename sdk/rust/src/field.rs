//! The value of a contact field: a text, a number or a truth.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The value of a contact field. It can be part of settings.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// A text.
    Text(String),
    /// A whole number, kept exactly.
    Integer(i64),
    /// Any other number; the host refuses what is not finite.
    Decimal(f64),
    /// True or false.
    Boolean(bool),
}

impl FieldValue {
    /// JSON text of the value; `None` for a number that is not finite, which has no form in JSON.
    pub(crate) fn to_json_text(&self) -> Option<String> {
        match self {
            Self::Decimal(number) if !number.is_finite() => None,
            Self::Text(_) | Self::Integer(_) | Self::Decimal(_) | Self::Boolean(_) => serde_json::to_string(self).ok(),
        }
    }
}

/// A text as it is, a number, `true` or `false`.
impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Decimal(number) => number.fmt(f),
            Self::Boolean(truth) => truth.fmt(f),
        }
    }
}

impl From<String> for FieldValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for FieldValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for FieldValue {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<f64> for FieldValue {
    fn from(number: f64) -> Self {
        Self::Decimal(number)
    }
}

impl From<bool> for FieldValue {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Decimal(number) => serializer.serialize_f64(*number),
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
        }
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar)
    }
}

/// Takes a scalar and nothing else.
struct Scalar;

impl Visitor<'_> for Scalar {
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true or false")
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<FieldValue, E> {
        Ok(FieldValue::Boolean(truth))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<FieldValue, E> {
        Ok(FieldValue::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<FieldValue, E> {
        i64::try_from(number)
            .map(FieldValue::Integer)
            .map_err(|_| E::custom("a whole number past 64 bits, which would be rounded; write it as a text"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<FieldValue, E> {
        Ok(FieldValue::Decimal(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text.into()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text))
    }
}

impl JsonSchema for FieldValue {
    fn schema_name() -> Cow<'static, str> {
        "FieldValue".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

#[cfg(test)]
mod tests {
    use super::FieldValue;

    #[track_caller]
    fn check(json: &str, value: FieldValue) {
        assert_eq!(serde_json::from_str::<FieldValue>(json).ok(), Some(value.clone()), "{json}");
        assert_eq!(value.to_json_text().as_deref(), Some(json));
    }

    #[test]
    fn a_scalar_keeps_its_exact_value() {
        check("\"John\"", "John".into());
        check("\"a\\\"b\\n\"", "a\"b\n".into());
        check("9007199254740993", 9_007_199_254_740_993_i64.into());
        check("-1.5", (-1.5).into());
        check("true", true.into());
    }

    #[test]
    fn what_is_not_a_scalar_or_would_be_rounded_is_refused() {
        for json in ["null", "[1]", "{}", "9223372036854775808"] {
            assert!(serde_json::from_str::<FieldValue>(json).is_err(), "{json}");
        }
        assert_eq!(FieldValue::Decimal(f64::NAN).to_json_text(), None);
    }
}
