//! The second gate: every key known, none missing, every type right. The schema is the one that the OpenAPI document shows.

use std::sync::LazyLock;

use hookbox_model::Document;
use jsonschema::error::{ValidationError, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions, ValidationOptions, Validator};
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::place::{place, property};
use super::texts;
use crate::refusal::Fault;

/// The schema of a document, compiled.
static DOCUMENT: LazyLock<Validator> = LazyLock::new(|| {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>();
    texts::checked(options()).build(schema.as_value()).expect("a schema derived from a type is a schema")
});

/// The keys of which a field mapping has exactly one.
const SOURCES: [&str; 3] = ["from", "value", "template"];

/// The largest compiled pattern of a schema, in bytes; the same as where plugins are inspected.
const PATTERN_BYTES_MAX: usize = 64 * 1024;

/// How schemas are compiled that check values of people we do not know: no remote references, no regular expressions that
/// explode.
pub(super) fn options() -> ValidationOptions<'static> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
}

/// What is wrong with the structure of a document.
pub(super) fn faults(value: &Value) -> Vec<Fault> {
    let errors: Vec<ValidationError<'_>> = DOCUMENT.iter_errors(value).collect();
    errors.iter().flat_map(|error| told(error, "")).collect()
}

/// Keys that may be left out, and whose absence is no fault and leads to none elsewhere.
const OPTIONAL: [&str; 18] = [
    "order",
    "signature",
    "allow",
    "rate",
    "burst",
    "body_bytes_max",
    "transforms",
    "required",
    "write",
    "when",
    "retry",
    "attempts",
    "delay",
    "factor",
    "delay_max",
    "continue_on_failure",
    "before",
    "after",
];

/// The document without what is wrong and can be left out: a misspelt key must not hide a wrong path beside it.
pub(super) fn legible(value: &Value) -> Value {
    let mut legible = value.clone();
    for error in DOCUMENT.iter_errors(value) {
        make_legible(&mut legible, &error);
    }
    legible
}

fn make_legible(legible: &mut Value, error: &ValidationError<'_>) {
    let at = error.instance_path();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let unknown = unexpected.iter().filter(|name| !SOURCES.contains(&name.as_str()));
            unknown.for_each(|name| remove(legible, at.as_str(), name));
        }
        ValidationErrorKind::Format { format } => {
            if let (Some(text), Some(stand_in)) = (legible.pointer_mut(at.as_str()), texts::stand_in(format)) {
                *text = stand_in.into();
            }
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            match only_of_its_type(context, error) {
                Some(inner) => inner.iter().for_each(|error| make_legible(legible, error)),
                None => remove_optional(legible, at.as_str()),
            }
        }
        _ => remove_optional(legible, at.as_str()),
    }
}

fn remove_optional(legible: &mut Value, at: &str) {
    let (outer, key) = at.rsplit_once('/').unwrap_or_default();
    if OPTIONAL.contains(&key) {
        remove(legible, outer, key);
    }
}

fn remove(value: &mut Value, outer: &str, key: &str) {
    if let Some(members) = value.pointer_mut(outer).and_then(Value::as_object_mut) {
        members.remove(key);
    }
}

/// What a schema error says, at places below `outer`.
pub(super) fn told(error: &ValidationError<'_>, outer: &str) -> Vec<Fault> {
    let at = place(outer, error.instance_path());
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            // A field mapping whose source is wrong has its source told already.
            let unknown = unexpected.iter().filter(|name| !SOURCES.contains(&name.as_str()));
            unknown.map(|name| Fault::new(property(&at, name), "there is no such key here")).collect()
        }
        ValidationErrorKind::Required { property: missing } => {
            let name = missing.as_str().unwrap_or_default();
            vec![Fault::new(property(&at, name), "this key is needed")]
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            match only_of_its_type(context, error) {
                Some(inner) => inner.iter().flat_map(|error| told(error, outer)).collect(),
                None => vec![Fault::new(at, none_of(context, error))],
            }
        }
        ValidationErrorKind::OneOfMultipleValid { .. } if is_field_mapping(error) => {
            vec![Fault::new(at, one_source())]
        }
        ValidationErrorKind::FalseSchema => vec![Fault::new(at, "there is no such key here")],
        ValidationErrorKind::Format { format } => {
            let fault = texts::fault(format, error.instance().as_str().unwrap_or_default());
            vec![Fault::new(at, fault.unwrap_or_else(|| error.masked_with("it").to_string()))]
        }
        _ => vec![Fault::new(at, error.masked_with("it").to_string())],
    }
}

/// What the one schema says that is for a value of this type, where the others (often null alone) are for other types; of
/// the waits that are objects the one that has its keys.
fn only_of_its_type<'e>(
    context: &'e [Vec<ValidationError<'static>>],
    error: &ValidationError<'_>,
) -> Option<&'e [ValidationError<'static>]> {
    let is_here = |inner: &ValidationError<'_>| inner.instance_path() == error.instance_path();
    let is_of_another =
        |inner: &ValidationError<'_>| matches!(inner.kind(), ValidationErrorKind::Type { .. }) && is_here(inner);
    let has_other_keys = |inner: &ValidationError<'_>| {
        let kind = inner.kind();
        let about_keys = matches!(
            kind,
            ValidationErrorKind::Required { .. }
                | ValidationErrorKind::AdditionalProperties { .. }
                | ValidationErrorKind::UnevaluatedProperties { .. }
        );
        about_keys && is_here(inner)
    };
    let fitting: Vec<_> = context.iter().filter(|errors| !errors.iter().any(is_of_another)).collect();
    if let [only] = fitting[..] {
        return Some(only);
    }
    let mut shaped = fitting.into_iter().filter(|errors| is_wait(error) && !errors.iter().any(has_other_keys));
    let only = shaped.next()?;
    shaped.next().is_none().then_some(only.as_slice())
}

/// Why none of several schemas fits.
fn none_of(context: &[Vec<ValidationError<'static>>], error: &ValidationError<'_>) -> String {
    if is_wait(error) {
        return "it must be a length of time such as 10m, {until: …} or {hours: …}".to_owned();
    }
    let constants: Vec<String> = context.iter().flatten().filter_map(constant).collect();
    if !constants.is_empty() {
        return format!("it must be {}", constants.join(" or "));
    }
    if is_field_mapping(error) { one_source() } else { error.masked_with("it").to_string() }
}

fn constant(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => Some(expected_value.to_string()),
        ValidationErrorKind::Enum { options } => Some(options.to_string()),
        _ => None,
    }
}

fn is_wait(error: &ValidationError<'_>) -> bool {
    let path = error.instance_path().as_str();
    path.starts_with("/steps/") && path.ends_with("/wait")
}

fn is_field_mapping(error: &ValidationError<'_>) -> bool {
    error.instance_path().as_str().starts_with("/trigger/webhook/map/") && error.instance().is_object()
}

fn one_source() -> String {
    "exactly one of from (a text), value and template (a text) is needed".to_owned()
}
