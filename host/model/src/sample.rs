//! The sample of a trigger: a payload to the letter, with the order of its keys and the digits of its numbers as somebody wrote them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Payload;

/// A JSON text, or nothing. It is written into JSON as it is, and can be written into nothing else.
///
/// Two are the same when they differ in the white space between their values alone.
#[derive(Clone, Default)]
pub struct Sample(Option<Box<RawValue>>);

impl Sample {
    /// Whether there is none; null is none.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The text; nothing when there is none.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref().map(RawValue::get)
    }
}

impl From<Box<RawValue>> for Sample {
    fn from(text: Box<RawValue>) -> Self {
        Self(Some(text).filter(|text| text.get() != "null"))
    }
}

impl From<&Payload> for Sample {
    fn from(payload: &Payload) -> Self {
        let text =
            RawValue::from_string(payload.text().to_owned()).expect("a payload was read as JSON when it was made");
        text.into()
    }
}

impl fmt::Debug for Sample {
    /// Never the content: what was captured for it is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write!(f, "Sample({} bytes)", text.len()),
            None => f.write_str("Sample(none)"),
        }
    }
}

impl PartialEq for Sample {
    fn eq(&self, other: &Self) -> bool {
        match (self.text(), other.text()) {
            (Some(one), Some(other)) => one == other || signs(one).eq(signs(other)),
            (one, other) => one == other,
        }
    }
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}

/// The bytes of a JSON text without the white space between its values.
fn signs(text: &str) -> impl Iterator<Item = u8> {
    let (mut in_text, mut escaped) = (false, false);
    text.bytes().filter(move |byte| {
        if in_text {
            in_text = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            return true;
        }
        in_text = *byte == b'"';
        !byte.is_ascii_whitespace()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Sample;

    fn sample(text: &str) -> Sample {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn a_sample_comes_back_as_it_was_written() {
        for text in [
            r#"{"z": 1.10, "a": 1e3, "10": [18446744073709551615, -0.0], "2": "\u00e9 é"}"#,
            "[ 1,\n  2 ]",
            r#""text""#,
        ] {
            let read = sample(text);
            assert_eq!(read.text(), Some(text));
            assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
        }
    }

    #[test]
    fn null_is_no_sample() {
        assert!(sample(" null ").is_none() && sample("null") == Sample::default());
        assert_eq!(serde_json::to_string(&Sample::default()).expect("JSON"), "null");
    }

    #[test]
    fn samples_are_the_same_whatever_the_white_space_between_their_values() {
        for (one, other, same) in [
            (r#"{"a":1,"b":[1,2]}"#, "{ \"a\": 1,\n\t\"b\": [1, 2]\r\n}", true),
            (r#"{"a":"x y"}"#, r#"{"a":"xy"}"#, false),
            (r#"{"a":"\" b"}"#, r#"{"a" : "\" b"}"#, true),
            (r#"{"a":"\\","b":" "}"#, r#"{"a":"\\", "b":" "}"#, true),
            (r#"{"a":"\\","b":" "}"#, r#"{"a":"\\","b":""}"#, false),
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, false),
            ("1.0", "1.00", false),
            ("1", "null", false),
        ] {
            assert_eq!(sample(one) == sample(other), same, "{one} and {other}");
        }
    }

    #[test]
    fn a_sample_is_read_from_values_too() {
        let read: Sample = serde_json::from_value(json!({"a": [1]})).expect("a sample");
        assert_eq!(read.text(), Some(r#"{"a":[1]}"#));
        assert_eq!(serde_json::to_value(&read).expect("a value"), json!({"a": [1]}));
        assert!(serde_json::from_value::<Sample>(Value::Null).expect("none").is_none());
    }
}
