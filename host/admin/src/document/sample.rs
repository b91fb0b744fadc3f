//! The sample of a trigger as its runs would see it, and what it says of declared fields.

use hookbox_mapping::{Config, Each, IdentifierKind, Mapping};
use hookbox_model::{Field, FieldMapping, FieldValue, Source, WritePolicy};
use serde_json::Value;

use crate::refusal::Fault;

/// Where `each` stands in a document.
const EACH: &str = "trigger.webhook.each";

/// The payload of the first run of a sample: the array of `each` is replaced by its first element. Null, with which nothing
/// is checked, when the array is empty.
pub(super) fn first_payload(sample: &Value, each: &Value, config: &Config) -> Result<Value, Fault> {
    let Some(path) = each.as_str() else { return Ok(sample.clone()) };
    let each = Each::compile(path, config).map_err(|found| Fault::new(found.place, found.message))?;
    if sample.is_null() {
        return Ok(Value::Null);
    }
    each.count(sample).map_err(|error| Fault::new(EACH, format!("with the sample: {error}")))?;
    Ok(each.item(sample, 0).unwrap_or_default())
}

/// How many runs a sample begins; nothing when it cannot be told.
pub(super) fn runs(sample: &Value, each: &Value, config: &Config) -> Option<usize> {
    match each.as_str() {
        _ if sample.is_null() => None,
        None => Some(1),
        Some(path) => Each::compile(path, config).ok()?.count(sample).ok(),
    }
}

/// What declared fields would refuse of what a payload is mapped to, and what they cannot do at all. Each field is looked at
/// for itself; without a payload it is the constants alone that are known.
pub(super) fn field_faults(
    fields: &[Option<FieldMapping>],
    declared: &[Field],
    mapping: Option<&Mapping>,
    payload: &Value,
    country: &str,
) -> Vec<Fault> {
    let written = fields.iter().enumerate().filter_map(|(index, field)| Some((index, field.as_ref()?)));
    let values = mapping.map(|mapping| mapping.try_fields(payload, country)).unwrap_or_default();
    let mut faults = Vec::new();
    for (index, field) in written {
        let at = format!("trigger.webhook.map[{index}]");
        if let Some(fault) = name_fault(&field.field, &at) {
            faults.push(fault);
            continue;
        }
        let Some(declared) = declared.iter().find(|declared| declared.name == field.field) else {
            faults.extend(append_fault(field, false, &at));
            continue;
        };
        faults.extend(append_fault(field, declared.many, &at));
        // A stand-in for what did not compile has another name.
        let value = values.get(index).and_then(Option::as_ref).filter(|value| *value.name == *field.field);
        let value = value.and_then(|value| FieldValue::from_json(&value.value));
        if let Some(Err(fault)) = value.map(|value| declared.accept(value)) {
            // Without a payload it is a constant, whatever the sample.
            let with =
                if payload.is_null() || matches!(field.source, Source::Value(_)) { "" } else { "with the sample: " };
            faults.push(Fault::new(format!("{at}.{}", key(&field.source)), format!("{with}{fault}")));
        }
    }
    faults
}

/// Why a mapping cannot write what has this name: neither a field nor what a contact is found by.
fn name_fault(name: &str, at: &str) -> Option<Fault> {
    let error = Field::check_name(name).err().filter(|_| IdentifierKind::of_field(name).is_none())?;
    Some(Fault::new(format!("{at}.field"), error.to_string()))
}

fn append_fault(field: &FieldMapping, holds_several: bool, at: &str) -> Option<Fault> {
    let message = format!("only a field that is declared to hold several takes append; {:?} is not", field.field);
    (field.write == WritePolicy::Append && !holds_several).then(|| Fault::new(format!("{at}.write"), message))
}

fn key(source: &Source) -> &'static str {
    match source {
        Source::From(_) => "from",
        Source::Value(_) => "value",
        Source::Template(_) => "template",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Config, first_payload};

    fn check(sample: Value, each: &str, wanted: Result<Value, &str>) {
        let found = first_payload(&sample, &json!(each), &Config::default()).map_err(|fault| fault.at);
        assert_eq!(found, wanted.map_err(str::to_owned), "{each} of {sample}");
    }

    #[test]
    fn a_run_sees_one_element_in_the_place_of_the_array() {
        check(json!({"s": 1, "o": [{"a": 1}, {"a": 2}]}), "$.o", Ok(json!({"s": 1, "o": {"a": 1}})));
        check(json!([7, 8]), "$", Ok(json!(7)));
        check(json!({"o": {"i": [5]}}), "$.o.i", Ok(json!({"o": {"i": 5}})));
        check(json!({"o": []}), "$.o", Ok(Value::Null));
        check(json!({"o": [1]}), "$['o']", Ok(json!({"o": 1})));
        check(Value::Null, "$..o", Err("trigger.webhook.each"));
        check(Value::Null, "$.o", Ok(Value::Null));
        check(json!({"o": 1}), "$.o", Err("trigger.webhook.each"));
        check(json!({"o": 1}), "$.p", Err("trigger.webhook.each"));
    }
}
