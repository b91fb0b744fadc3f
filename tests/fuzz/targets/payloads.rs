//! Payloads for the targets of the mapping language.

use hookbox_model::{JsonLimits, Payload};
use serde_json::{Map, Value};

/// What mappings, templates and conditions are tried on: the bytes as the webhook door takes them. `None` for what it refuses.
pub(crate) fn payload(bytes: &[u8]) -> Option<Value> {
    let payload = Payload::parse(bytes::Bytes::copy_from_slice(bytes), JsonLimits::default()).ok()?;
    Some(Value::clone(payload.value()))
}

/// A member of the payload as the fields of a contact, or as outputs of steps.
pub(crate) fn members(payload: &Value, name: &str) -> Map<String, Value> {
    payload[name].as_object().cloned().unwrap_or_default()
}
