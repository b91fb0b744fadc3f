//! What a mapping that is still being written makes of a sample: each field for itself, with its value or its fault.

use hookbox_mapping::{IdentifierKind, Mapping};
use hookbox_model::{Field, FieldKind, FieldMapping, FieldValue, IdentifierField, Workspace};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::webhook::{Tried, tried};
use super::{sample, spec, structure};
use crate::config::Config;
use crate::refusal::Fault;

/// What a mapping makes of a sample.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MappingPreview")]
pub(crate) struct Preview {
    /// How many runs the sample would begin: one for each element of `each`, or one. Null when that cannot be told.
    pub(crate) runs: Option<usize>,
    /// Why `each` does not work.
    pub(crate) each_fault: Option<String>,
    /// What finds the contact.
    pub(crate) identifier: IdentifierPreview,
    /// The fields, in the order of the mapping.
    pub(crate) fields: Vec<FieldPreview>,
}

/// What finds the contact.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct IdentifierPreview {
    /// Which identifier it is.
    pub(crate) field: Option<IdentifierField>,
    /// The form it is stored and found in.
    pub(crate) value: Option<String>,
    /// Why there is none.
    pub(crate) fault: Option<String>,
}

/// What becomes of one field.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FieldPreview {
    /// The contact field; null while none is named.
    pub(crate) field: Option<String>,
    /// What would be written, as it would be stored; null when nothing would.
    pub(crate) value: Option<Value>,
    /// What it is: `phone`, `email` or `external_id`; what the field is declared to hold (`text`, `number`, `date`, `boolean`,
    /// `choice`); else what the value is. Null when that is not known.
    #[serde(rename = "type")]
    pub(crate) kind: Option<&'static str>,
    /// Why a request like the sample could not be mapped so, or would lack it.
    pub(crate) fault: Option<String>,
}

/// What the mapping in `webhook` (`each`, `identifier` and `map` in the words of `trigger.webhook`) makes of a sample.
pub(crate) fn preview(
    webhook: &Value,
    sample: &Value,
    declared: &[Field],
    workspace: &Workspace,
    config: &Config,
) -> Preview {
    // The gates look at documents: this is one without faults but for its mapping.
    let document = json!({ "name": "preview", "inbox": "preview", "trigger": {"webhook": webhook}, "steps": [] });
    let structure = structure::faults(&document);
    let legible = structure::legible(&document);
    let webhook = &legible["trigger"]["webhook"];
    let (limits, country) = (&config.mapping, workspace.country.as_str());
    let (payload, each_fault) = match sample::first_payload(sample, &webhook["each"], limits) {
        Ok(payload) => (payload, None),
        Err(fault) => (Value::Null, Some(fault.message)),
    };
    let runs = each_fault.is_none().then(|| sample::runs(sample, &webhook["each"], limits)).flatten();
    let Tried { faults, mapping, identifier, fields } = tried(webhook, &payload, declared, country, limits);
    let faults: Vec<Fault> = structure.into_iter().chain(faults).collect();
    let values = mapping.as_ref().map(|mapping| mapping.try_fields(&payload, country)).unwrap_or_default();
    let written = webhook["map"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fields = written.iter().enumerate().map(|(index, written)| {
        let value = values.get(index).and_then(Option::as_ref);
        // A stand-in for what did not compile has another name.
        let value = value.filter(|value| written["field"].as_str() == Some(&*value.name)).map(|value| &value.value);
        let fault = joined(&faults, &format!("trigger.webhook.map[{index}]"));
        field_preview(written, fields.get(index).and_then(Option::as_ref), value, declared, fault)
    });
    let fields = fields.collect();
    let found = identifier.as_ref().and_then(|identifier| {
        let only = Mapping::compile_within(&spec::mapping(Some(identifier), &[]), limits).ok()?;
        only.apply(&payload, country).ok().map(|mapped| mapped.identifier.1)
    });
    let fault = joined(&faults, "trigger.webhook.identifier");
    let identifier = IdentifierPreview { field: identifier.map(|identifier| identifier.field), value: found, fault };
    Preview { runs, each_fault, identifier, fields }
}

fn field_preview(
    written: &Value,
    mapping: Option<&FieldMapping>,
    value: Option<&Value>,
    declared: &[Field],
    fault: Option<String>,
) -> FieldPreview {
    let name = written["field"].as_str();
    let declared = declared.iter().find(|declared| Some(declared.name.as_str()) == name);
    let value = value.and_then(FieldValue::from_json);
    let stored = value.and_then(|value| match declared {
        Some(declared) => declared.accept(value).ok(),
        None => Some(value),
    });
    let identifier = mapping.and_then(|mapping| IdentifierKind::of_field(&mapping.field)).map(IdentifierKind::field);
    let kind = identifier.or_else(|| declared.map(|declared| kind_of(&declared.kind)));
    let kind = kind.or_else(|| stored.as_ref().and_then(kind_of_value));
    FieldPreview { field: name.map(str::to_owned), value: stored.map(|value| value.to_json()), kind, fault }
}

const fn kind_of(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Number => "number",
        FieldKind::Date => "date",
        FieldKind::Boolean => "boolean",
        FieldKind::Choice { .. } => "choice",
    }
}

fn kind_of_value(value: &FieldValue) -> Option<&'static str> {
    match value {
        FieldValue::Text(_) => Some("text"),
        FieldValue::Integer(_) | FieldValue::Decimal(_) => Some("number"),
        FieldValue::Boolean(_) => Some("boolean"),
        FieldValue::Many(values) => values.first().and_then(kind_of_value),
    }
}

/// What is wrong at a place and below it.
fn joined(faults: &[Fault], place: &str) -> Option<String> {
    let is_below = |fault: &&Fault| {
        fault.at.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let mut messages: Vec<&str> = faults.iter().filter(is_below).map(|fault| fault.message.as_str()).collect();
    messages.dedup();
    (!messages.is_empty()).then(|| messages.join("; "))
}
