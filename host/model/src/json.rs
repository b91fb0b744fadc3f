//! Strict JSON: the one validating pass that every payload gets before it is answered.
//!
//! Refused: syntax errors, invalid UTF-8, a byte order mark, duplicate keys, lone surrogates, numbers out of range,
//! integers past 64 bits (they would be rounded), nesting and node counts past the limits. The raw bytes stay the truth;
//! the parsed value goes with them, so that nothing downstream parses again. Only the value of a heavy payload is
//! dropped and made again when it is asked for: queues of waiting payloads would hold many times their bytes.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

/// A JSON text that passed [`Payload::parse`]: the bytes as they came, and their value.
#[derive(Clone)]
pub struct Payload {
    raw: Bytes,
    weight: usize,
    /// Empty while the payload is heavy and nobody has asked for the value.
    value: OnceLock<Arc<Value>>,
}

/// What one parsed value costs in memory besides its text, in bytes. An object with one member was measured at about
/// 630 bytes for its two values (the map allocates a whole node for its first entry), so half of it, rounded up.
const VALUE_WEIGHT: usize = 350;

/// What a stored byte may weigh when its values were not counted: ordinary payloads have one value in 50 bytes.
const STORED_BYTE_WEIGHT: usize = 8;

/// The heaviest payload, in bytes of [`Payload::weight`], whose parsed value is kept from the start.
const KEPT_WEIGHT_MAX: usize = 64 * 1024;

/// How deep and how wide a payload may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JsonLimits {
    /// The deepest nesting of arrays and objects, at most [`JsonLimits::DEPTH_CEILING`] in a configuration: whatever reads, writes or
    /// checks a value goes down it, and the stack is as large as it is.
    #[serde(deserialize_with = "depth")]
    pub depth_max: usize,
    /// The most values in all.
    pub nodes_max: usize,
}

impl JsonLimits {
    /// The deepest nesting that can be configured. serde_json takes 127 levels, and what is stored lies in some more of them than what
    /// was sent.
    pub const DEPTH_CEILING: usize = 96;

    /// The stack of a thread that reads, checks or writes values as deep as that: enough also where nothing is optimised. Only what is
    /// used of it takes memory.
    pub const STACK_BYTES: usize = 8 * 1024 * 1024;
}

fn depth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let depth = usize::deserialize(deserializer)?;
    if depth > JsonLimits::DEPTH_CEILING {
        return Err(de::Error::custom(format!(
            "depth_max is {depth}; at most {} can be taken",
            JsonLimits::DEPTH_CEILING
        )));
    }
    Ok(depth)
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self { depth_max: 64, nodes_max: 50_000 }
    }
}

/// A text is not acceptable JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {byte}")]
pub struct JsonError {
    /// What is wrong, in words for the sender.
    pub what: String,
    /// Where, counted from 0.
    pub byte: usize,
}

impl Payload {
    /// Checks `raw` and keeps its value.
    pub fn parse(raw: Bytes, limits: JsonLimits) -> Result<Self, JsonError> {
        let (value, nodes) = parse(&raw, limits)?;
        let weight = raw.len().saturating_add(nodes.saturating_mul(VALUE_WEIGHT));
        Ok(Self::weighed(raw, weight, value))
    }

    fn weighed(raw: Bytes, weight: usize, value: Value) -> Self {
        let kept = if weight > KEPT_WEIGHT_MAX { OnceLock::new() } else { OnceLock::from(Arc::new(value)) };
        Self { raw, weight, value: kept }
    }

    /// The bytes as they came.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The bytes as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.raw).expect("both ways to make a payload check its UTF-8")
    }

    /// The parsed value. That of a heavy payload is made at the first call and kept with this copy of the payload.
    pub fn value(&self) -> &Arc<Value> {
        self.value.get_or_init(|| {
            // What passed the strict parse passes this one: serde_json's own limit of depth held there too.
            Arc::new(serde_json::from_slice(&self.raw).expect("it was parsed before"))
        })
    }

    /// Roughly what the payload costs in memory once parsed, in bytes: its text, and 350 for each value in it. A limit
    /// on what waits in memory counts this and not the text, which can be a hundred times smaller (`[{"a":1},…]`).
    pub fn weight(&self) -> usize {
        self.weight
    }
}

impl fmt::Debug for Payload {
    /// Never the content: payloads are personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.raw.len())
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.raw)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Bytes::deserialize(deserializer)?;
        let value = serde_json::from_slice(&raw).map_err(de::Error::custom)?;
        let weight = raw.len().saturating_mul(STORED_BYTE_WEIGHT);
        Ok(Self::weighed(raw, weight, value))
    }
}

/// The value and how many values it is made of.
fn parse(raw: &[u8], limits: JsonLimits) -> Result<(Value, usize), JsonError> {
    if raw.starts_with(b"\xef\xbb\xbf") {
        return Err(JsonError { what: "a byte order mark; send plain UTF-8 without one".into(), byte: 0 });
    }
    let text = std::str::from_utf8(raw)
        .map_err(|error| JsonError { what: "invalid UTF-8".into(), byte: error.valid_up_to() })?;
    if let Some(byte) = long_integer(raw) {
        return Err(JsonError {
            what: "an integer past 64 bits, which would be rounded; send it as a string".into(),
            byte,
        });
    }
    let mut nodes_left = limits.nodes_max;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // Our own limit, checked in `Strict`, replaces serde_json's 128.
    let strict = Strict { depth_left: limits.depth_max, nodes_left: &mut nodes_left };
    let value = strict.deserialize(&mut deserializer).map_err(|error| located(text, &error, limits))?;
    deserializer.end().map_err(|error| located(text, &error, limits))?;
    Ok((value, limits.nodes_max - nodes_left))
}

/// serde_json speaks of lines and columns; a sender with a hex editor wants a byte. A text that ends too early is at fault at
/// its end.
fn located(text: &str, error: &serde_json::Error, limits: JsonLimits) -> JsonError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    let what = in_words(message, limits);
    if error.is_eof() {
        return JsonError { what, byte: text.len() };
    }
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // A line break is column 0 of the line after it.
    let byte = (line_start + error.column()).saturating_sub(1).min(text.len());
    JsonError { what, byte: if message == OUT_OF_RANGE { number_start(text, byte) } else { byte } }
}

/// A number is out of the range of doubles; noticed at its end.
const OUT_OF_RANGE: &str = "number out of range";
/// More than [`JsonLimits::depth_max`] arrays and objects in one another.
const TOO_DEEP: &str = "nested too deeply";
/// More than [`JsonLimits::nodes_max`] values.
const TOO_MANY: &str = "too many values";

/// What a reader's message says to somebody who never saw the reader. What is not here is said well enough.
fn in_words(message: &str, limits: JsonLimits) -> String {
    let JsonLimits { depth_max, nodes_max } = limits;
    match message {
        "EOF while parsing a value" => "the text ends where a value is expected".to_owned(),
        "EOF while parsing a list" => "the text ends in the middle of an array".to_owned(),
        "EOF while parsing an object" => "the text ends in the middle of an object".to_owned(),
        "EOF while parsing a string" => "the text ends in the middle of a string".to_owned(),
        "expected ident" => "expected `true`, `false` or `null`".to_owned(),
        "key must be a string" => "expected a key in double quotes".to_owned(),
        "trailing characters" => "something follows the end of the JSON; send one value".to_owned(),
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            "half of a surrogate pair alone, which is no character".to_owned()
        }
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "a control character in a string; write it as an escape".to_owned()
        }
        OUT_OF_RANGE => "a number past the range of doubles; send it as a string".to_owned(),
        // serde_json has a limit of its own, for a host that is configured to take more than 127 levels.
        TOO_DEEP | "recursion limit exceeded" => {
            format!("{TOO_DEEP}: at most {} levels are taken", depth_max.min(127))
        }
        TOO_MANY => format!("{TOO_MANY}: at most {nodes_max} are taken"),
        other => other.to_owned(),
    }
}

/// Where the number begins that `byte` is in or behind.
fn number_start(text: &str, byte: usize) -> usize {
    let in_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let front = &text.as_bytes()[..byte];
    front.len() - front.iter().rev().take_while(|byte| in_number(byte)).count()
}

/// The first number outside strings that is a whole number past the range of `i64` and `u64`.
fn long_integer(raw: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < raw.len() {
        match raw[at] {
            b'"' => at = string_end(raw, at),
            b'-' | b'0'..=b'9' => {
                let end = at
                    + raw[at..]
                        .iter()
                        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
                        .count();
                if end - at > 18 && too_long(&raw[at..end]) {
                    return Some(at);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    None
}

fn too_long(number: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(number) else { return false };
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_err() && text.parse::<i64>().is_err()
}

fn string_end(raw: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < raw.len() {
        match raw[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Builds a [`Value`], counting depth and nodes and refusing duplicate keys.
struct Strict<'a> {
    depth_left: usize,
    nodes_left: &'a mut usize,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(&self) -> Result<usize, E> {
        self.depth_left.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.nodes_left = self.nodes_left.checked_sub(1).ok_or_else(|| de::Error::custom(TOO_MANY))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom(OUT_OF_RANGE))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let depth_left = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict { depth_left, nodes_left: self.nodes_left })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let depth_left = self.deeper()?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.contains_key(&key) {
                let key: String = key.chars().take(80).collect();
                return Err(de::Error::custom(format_args!("duplicate key {key:?}")));
            }
            let member = map.next_value_seed(Strict { depth_left, nodes_left: self.nodes_left })?;
            members.insert(key, member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonLimits, Payload};
    use bytes::Bytes;

    fn refusal(text: &[u8]) -> String {
        match Payload::parse(Bytes::copy_from_slice(text), JsonLimits::default()) {
            Ok(payload) => panic!("accepted as {}", payload.value()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn bad_json_is_refused_with_what_and_where() {
        for (text, expected) in [
            (&b"{\"a\":1,\"a\":2}"[..], "duplicate key \"a\" at byte 9"),
            (b"\xef\xbb\xbf{}", "a byte order mark; send plain UTF-8 without one at byte 0"),
            (b"{\"a\":\"\xff\"}", "invalid UTF-8 at byte 6"),
            (b"{\"a\":1e9999}", "a number past the range of doubles; send it as a string at byte 5"),
            (
                b"[18446744073709551616]",
                "an integer past 64 bits, which would be rounded; send it as a string at byte 1",
            ),
        ] {
            assert_eq!(refusal(text), expected);
        }
        for text in [&b""[..], b"{", b"{}x", b"nul", b"{'a':1}", br#""\ud800""#, b"[1,]", b"[01]"] {
            refusal(text);
        }
        let deep = refusal("[".repeat(65).as_bytes());
        assert_eq!(deep, "nested too deeply: at most 64 levels are taken at byte 64");
        let wide = refusal(format!("[{}1]", "1,".repeat(50_000)).as_bytes());
        assert!(wide.starts_with("too many values: at most 50000 are taken at byte"), "{wide}");
        let limits = JsonLimits { depth_max: 1_000, ..JsonLimits::default() };
        let deepest = Payload::parse(Bytes::from("[".repeat(200)), limits).expect_err("deeper than is taken at all");
        assert_eq!(deepest.what, "nested too deeply: at most 127 levels are taken");
    }

    #[test]
    fn large_integers_are_kept_exactly() {
        let text = "[9007199254740993,18446744073709551615,-9223372036854775808,1e20]";
        let payload = Payload::parse(Bytes::from(text), JsonLimits::default()).expect("valid JSON");
        assert_eq!(payload.value().to_string(), "[9007199254740993,18446744073709551615,-9223372036854775808,1e+20]");
        assert_eq!(payload.text(), text);
    }

    #[test]
    fn a_payload_weighs_its_text_and_every_value_in_it() {
        let payload = Payload::parse(Bytes::from(r#"{"a":[1,null]}"#), JsonLimits::default()).expect("valid JSON");
        assert_eq!(payload.weight(), 14 + 4 * 350);
        assert!(payload.value.get().is_some(), "a light payload is parsed once");
    }

    #[test]
    fn a_heavy_payload_is_parsed_when_its_value_is_asked_for() {
        let text = format!("[{}1]", r#"{"a":1},"#.repeat(1_000));
        let payload = Payload::parse(Bytes::from(text), JsonLimits::default()).expect("valid JSON");
        assert!(payload.weight() > 700_000);
        assert!(payload.value.get().is_none(), "its value does not wait in memory");
        assert_eq!(payload.value().pointer("/999/a"), Some(&serde_json::Value::from(1)));
    }
}
