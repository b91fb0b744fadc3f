//! The settings of a step against the schema of its plugin, as far as it can be known before anything is rendered.

use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

use super::structure::{told, validator};
use crate::refusal::Fault;

/// What is wrong with `settings`, at places below `outer` (`steps[0].settings`). `schema` is JSON text.
///
/// Texts with `{{` are rendered first when the step runs, so what is said about such a text is not known yet and dropped.
pub(super) fn faults(settings: &Map<String, Value>, schema: &str, outer: &str) -> Vec<Fault> {
    let compiled = serde_json::from_str(schema).map_err(|error| error.to_string());
    let compiled = compiled.and_then(|schema| validator(&schema).map_err(|error| error.to_string()));
    let validator = match compiled {
        Ok(validator) => validator,
        Err(reason) => return vec![Fault::new(outer, format!("the plugin's settings schema is broken: {reason}"))],
    };
    let settings = Value::Object(settings.clone());
    let errors: Vec<_> = validator.iter_errors(&settings).collect();
    let known = errors.iter().filter(|error| is_about_keys(error.kind()) || !has_template(error.instance()));
    known.flat_map(|error| told(error, outer)).collect()
}

/// Whether an error is about which keys there are, which no rendering changes.
fn is_about_keys(kind: &ValidationErrorKind) -> bool {
    matches!(
        kind,
        ValidationErrorKind::Required { .. }
            | ValidationErrorKind::AdditionalProperties { .. }
            | ValidationErrorKind::UnevaluatedProperties { .. }
    )
}

fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(fields) => fields.values().any(has_template),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
