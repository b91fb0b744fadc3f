//! Strict JSON: what is taken is JSON to serde_json too, says the same, and keeps its bytes; what is refused without being strict is
//! no JSON.

use bytes::Bytes;
use hookbox_model::{JsonLimits, Payload};
use serde_json::Value;

/// What is refused although it is JSON begins so: each is a rule of ours.
const STRICTER: [&str; 4] = ["duplicate key ", "an integer past 64 bits", "nested too deeply", "too many values"];

pub(crate) fn try_on(input: &[u8]) {
    let lenient = serde_json::from_slice::<Value>(input);
    match Payload::parse(Bytes::copy_from_slice(input), JsonLimits::default()) {
        Ok(payload) => {
            let lenient = lenient.expect("what is taken is JSON");
            assert_eq!(**payload.value(), lenient, "it says the same");
            assert_eq!(payload.raw(), input, "its bytes are kept");
            assert_eq!(payload.text().as_bytes(), input);
            let again = Payload::parse(Bytes::from(lenient.to_string()), JsonLimits::default());
            assert_eq!(again.expect("its value is JSON too").value(), payload.value());
        }
        Err(refusal) => {
            assert!(refusal.byte <= input.len(), "{refusal:?}");
            assert!(!refusal.what.contains(char::is_control), "{refusal:?}");
            let is_ours = STRICTER.iter().any(|rule| refusal.what.starts_with(rule));
            assert!(lenient.is_err() || is_ours, "refused as {refusal:?}, and it is {lenient:?}");
        }
    }
}
