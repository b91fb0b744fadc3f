//! The JSON Schema of a plugin's settings: compiled once, checked before every call.
//!
//! It comes from the plugin, so it is hostile: refused are schemas that refer outside themselves or to themselves, that
//! unfold to too many parts, and patterns that could take exponential time.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::log::printable;

/// The longest schema, in bytes.
const SCHEMA_BYTES_MAX: usize = 64 * 1024;

/// The most values a schema may hold when every `$ref` is replaced by what it refers to.
const UNFOLDED_MAX: usize = 5_000;

/// The deepest nesting of a schema, references followed.
const DEPTH_MAX: usize = 64;

/// The most faults of settings that are named at once.
const FAULTS_SHOWN: usize = 5;

/// The longest description of one fault, in bytes.
const FAULT_BYTES_MAX: usize = 300;

/// The largest compiled pattern, in bytes: counted repetitions (`(\pL{1,100}\d){1,500}`) would take megabytes each.
const PATTERN_BYTES_MAX: usize = 64 * 1024;

/// Keywords that refer somewhere, or change where references lead; `$ref` within the schema is what remains.
const REFUSED_KEYWORDS: [&str; 5] = ["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$id"];

/// A compiled schema of settings.
#[derive(Debug)]
pub(crate) struct SettingsSchema(Validator);

impl SettingsSchema {
    /// Compiles `schema`, a JSON text. The error says what is wrong with it.
    pub(crate) fn compile(schema: &str) -> Result<Self, String> {
        if schema.len() > SCHEMA_BYTES_MAX {
            return Err(format!("the settings schema is longer than {SCHEMA_BYTES_MAX} bytes"));
        }
        let schema: Value =
            serde_json::from_str(schema).map_err(|error| format!("the settings schema is not JSON: {error}"))?;
        if !schema.is_object() {
            return Err("the settings schema must be a JSON object".into());
        }
        unfold(&schema, &schema, DEPTH_MAX, &mut { UNFOLDED_MAX })?;
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
            .offline()
            .build(&schema)
            .map(Self)
            .map_err(|error| format!("the settings schema is no JSON Schema: {}", printable(&error.to_string(), 300)))
    }

    /// Checks `settings`, a JSON text. The error names the first faults and where they are.
    pub(crate) fn check(&self, settings: &str) -> Result<(), String> {
        let settings: Value = serde_json::from_str(settings).map_err(|error| format!("they are not JSON: {error}"))?;
        if self.0.is_valid(&settings) {
            return Ok(());
        }
        let faults: Vec<String> = self
            .0
            .iter_errors(&settings)
            .take(FAULTS_SHOWN)
            .map(|fault| {
                let place = fault.instance_path().to_string();
                let place = if place.is_empty() { "settings".to_owned() } else { format!("settings{place}") };
                printable(&format!("{place}: {fault}"), FAULT_BYTES_MAX)
            })
            .collect();
        Err(faults.join("; "))
    }
}

/// Follows every reference of `part`, refusing what does not end or does not stay within `schema`.
///
/// Keywords are looked for everywhere, also where only data can be: a property may be named like a keyword, and refusing
/// too much is the safe side.
fn unfold(schema: &Value, part: &Value, depth_left: usize, values_left: &mut usize) -> Result<(), String> {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        return Err("the settings schema refers to itself or is nested too deeply".into());
    };
    let Some(left) = values_left.checked_sub(1) else {
        return Err(format!("the settings schema unfolds to more than {UNFOLDED_MAX} values"));
    };
    *values_left = left;
    match part {
        Value::Array(items) => items.iter().try_for_each(|item| unfold(schema, item, depth_left, values_left)),
        Value::Object(members) => members.iter().try_for_each(|(keyword, member)| match member {
            Value::String(target) if keyword == "$ref" => {
                unfold(schema, referred(schema, target)?, depth_left, values_left)
            }
            Value::String(_) if REFUSED_KEYWORDS.contains(&keyword.as_str()) => {
                Err(format!("the settings schema uses {keyword}, which is not supported; use $defs and $ref"))
            }
            other => unfold(schema, other, depth_left, values_left),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn referred<'a>(schema: &'a Value, target: &str) -> Result<&'a Value, String> {
    let pointer = target.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
    pointer.and_then(|pointer| schema.pointer(pointer)).ok_or_else(|| {
        let target = printable(target, 100);
        format!("the settings schema refers to {target:?}, which is not in it; only references like #/$defs/name work")
    })
}

#[cfg(test)]
mod tests {
    use super::SettingsSchema;
    use serde_json::json;

    #[test]
    fn settings_that_do_not_match_are_refused_with_where_and_why() {
        let schema = json!({
            "type": "object",
            "properties": { "body": { "type": "string", "maxLength": 5 }, "to": { "$ref": "#/$defs/to" } },
            "required": ["body"],
            "additionalProperties": false,
            "$defs": { "to": { "type": "array", "items": { "type": "integer" } } },
        });
        let schema = SettingsSchema::compile(&schema.to_string()).expect("a good schema");
        assert_eq!(schema.check(r#"{"body":"Hi","to":[1]}"#), Ok(()));
        for (settings, expected) in [
            ("{}", "settings: \"body\" is a required property"),
            (r#"{"body":"too long"}"#, "settings/body: \"too long\" is longer than 5 characters"),
            (r#"{"body":"a","to":[1,"x"]}"#, "settings/to/1: \"x\" is not of type \"integer\""),
            (r#"{"body":"a","extra":1}"#, "settings: Additional properties"),
            ("{", "they are not JSON"),
        ] {
            let fault = schema.check(settings).expect_err("does not match");
            assert!(fault.contains(expected), "{fault}");
        }
    }

    #[test]
    fn hostile_schemas_are_refused() {
        let mut doubling = json!({ "$defs": { "d0": {} }, "$ref": "#/$defs/d40" });
        for n in 0..40 {
            let half = json!({ "$ref": format!("#/$defs/d{n}") });
            doubling["$defs"][format!("d{}", n + 1)] = json!({ "allOf": [half, half] });
        }
        let deep = format!("{}{}{}", "{\"not\":".repeat(100), "{}", "}".repeat(100));
        for schema in [
            doubling.to_string(),
            deep,
            json!({ "allOf": [{ "$ref": "#" }] }).to_string(),
            json!({ "properties": { "a": { "$ref": "#/properties/b" }, "b": { "$ref": "#/properties/a" } } })
                .to_string(),
            json!({ "properties": { "const": { "$ref": "#" } } }).to_string(),
            json!({ "$ref": "https://example.com/schema.json" }).to_string(),
            json!({ "$ref": "file:///etc/passwd" }).to_string(),
            json!({ "$ref": "#/$defs/missing" }).to_string(),
            json!({ "$dynamicRef": "#x" }).to_string(),
            json!({ "pattern": "(?<=a)b" }).to_string(),
            json!({ "pattern": "(" }).to_string(),
            json!({ "type": "string", "pattern": r"^(\pL{1,100}\d){1,500}$" }).to_string(),
            json!({ "type": "nonsense" }).to_string(),
            "[]".to_owned(),
            "nonsense".to_owned(),
            format!("{{\"title\":\"{}\"}}", "x".repeat(70_000)),
        ] {
            assert!(SettingsSchema::compile(&schema).is_err(), "{schema:.100}");
        }
    }
}
