//! The JSON Schema of a plugin's settings: compiled once, checked before every call.
//!
//! It comes from the plugin, so it is hostile: refused are schemas that refer outside themselves or to themselves, that
//! unfold to too many parts, and patterns that could take exponential time. How long a check takes is bounded by counting: the
//! checks that a schema makes of one value (`work.rs`) times the bytes of the settings. Too many are refused; many are made off
//! the async threads, where workspaces take turns.

mod work;

use std::sync::Arc;

use hookbox_model::WorkspaceId;
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::lane::SlowLane;
use crate::log::printable;
use work::Work;

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

/// The most patterns of a schema, references followed: compiled ones stay in memory as long as the component does.
const PATTERNS_MAX: usize = 100;

/// Keywords that refer somewhere, or change where references lead; `$ref` within the schema is what remains.
const REFUSED_KEYWORDS: [&str; 5] = ["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$id"];

/// Keywords that make a check look at everything in place once more, at each level again.
const COSTLY_KEYWORDS: [&str; 2] = ["unevaluatedProperties", "unevaluatedItems"];

/// The most checks of any one value of the settings.
const CHECKS_MAX: u64 = 10_000;

/// The most checks times bytes of the settings. The slowest pattern that was found takes about a second for the 128 KiB that this
/// allows it; ordinary ones take milliseconds.
const WORK_MAX: u64 = 16 * 1024 * 1024;

/// The most of the same that is done on an async thread: a few milliseconds. All faults of such settings are collected.
const WORK_AT_ONCE_MAX: u64 = 128 * 1024;

/// A compiled schema of settings.
#[derive(Debug, Clone)]
pub(crate) struct SettingsSchema {
    validator: Arc<Validator>,
    work: Work,
}

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
        unfold(&schema, &schema, DEPTH_MAX, &mut Left { values: UNFOLDED_MAX, patterns: PATTERNS_MAX })?;
        let work = Work::of(&schema, &schema);
        if work.checks() > CHECKS_MAX {
            let checks = work.checks();
            return Err(format!(
                "the settings schema makes {checks} checks of one value, and {CHECKS_MAX} is the most"
            ));
        }
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
            .offline()
            .build(&schema)
            .map_err(|error| {
                format!("the settings schema is no JSON Schema: {}", printable(&error.to_string(), 300))
            })?;
        Ok(Self { validator: Arc::new(validator), work })
    }

    /// Checks `settings`, a JSON text. The error names the first faults and where they are. Large work waits for a turn of `lane`,
    /// which goes with it to its end.
    pub(crate) async fn check(&self, settings: &str, workspace: WorkspaceId, lane: &SlowLane) -> Result<(), String> {
        let work = self.work.checks().saturating_mul(settings.len() as u64);
        if work > WORK_MAX {
            let max = WORK_MAX / self.work.checks().max(1);
            return Err(format!("they have {} bytes, and with this plugin's schema {max} is the most", settings.len()));
        }
        if work <= WORK_AT_ONCE_MAX {
            return self.check_all(&parse(settings)?);
        }
        let turn = lane.turn(Some(workspace)).await;
        let (schema, settings) = (self.clone(), settings.to_owned());
        let check = move || {
            let _turn = turn;
            schema.check_first(&parse(&settings)?)
        };
        let checked = tokio::task::spawn_blocking(check).await;
        checked.unwrap_or_else(|_| Err("checking them failed".into()))
    }

    fn check_all(&self, settings: &Value) -> Result<(), String> {
        if self.validator.is_valid(settings) {
            return Ok(());
        }
        let faults: Vec<String> = self.validator.iter_errors(settings).take(FAULTS_SHOWN).map(shown).collect();
        Err(faults.join("; "))
    }

    /// Large settings can have so many faults that collecting them would take more memory than a call may.
    fn check_first(&self, settings: &Value) -> Result<(), String> {
        if !self.work.has_alternatives {
            return self.validator.validate(settings).map_err(shown);
        }
        let valid = self.validator.is_valid(settings);
        if valid { Ok(()) } else { Err("they do not match the schema, and are too large to say where".into()) }
    }
}

fn parse(settings: &str) -> Result<Value, String> {
    serde_json::from_str(settings).map_err(|error| format!("they are not JSON: {error}"))
}

fn shown(fault: jsonschema::ValidationError<'_>) -> String {
    let place = fault.instance_path().to_string();
    let place = if place.is_empty() { "settings".to_owned() } else { format!("settings{place}") };
    let text = fault.to_string();
    // What is wrong stands behind the value, and would be cut off with it.
    let text = if text.len() > FAULT_BYTES_MAX { fault.masked_with("what is there").to_string() } else { text };
    printable(&format!("{place}: {text}"), FAULT_BYTES_MAX)
}

/// What a schema may still hold.
struct Left {
    values: usize,
    patterns: usize,
}

impl Left {
    fn take_patterns(&mut self, patterns: usize) -> Result<(), String> {
        let left = self.patterns.checked_sub(patterns);
        self.patterns = left.ok_or_else(|| format!("the settings schema has more than {PATTERNS_MAX} patterns"))?;
        Ok(())
    }
}

/// Follows every reference of `part`, refusing what does not end or does not stay within `schema`.
///
/// Keywords are looked for everywhere, also where only data can be: a property may be named like a keyword, and refusing
/// too much is the safe side.
fn unfold(schema: &Value, part: &Value, depth_left: usize, left: &mut Left) -> Result<(), String> {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        return Err("the settings schema refers to itself or is nested too deeply".into());
    };
    let Some(values) = left.values.checked_sub(1) else {
        return Err(format!("the settings schema unfolds to more than {UNFOLDED_MAX} values"));
    };
    left.values = values;
    match part {
        Value::Array(items) => items.iter().try_for_each(|item| unfold(schema, item, depth_left, left)),
        Value::Object(members) => members.iter().try_for_each(|(keyword, member)| match member {
            Value::String(target) if keyword == "$ref" => unfold(schema, referred(schema, target)?, depth_left, left),
            Value::String(_) if keyword == "pattern" => left.take_patterns(1),
            Value::Object(parts) if keyword == "patternProperties" => {
                left.take_patterns(parts.len())?;
                unfold(schema, member, depth_left, left)
            }
            Value::String(_) if REFUSED_KEYWORDS.contains(&keyword.as_str()) => {
                Err(format!("the settings schema uses {keyword}, which is not supported; use $defs and $ref"))
            }
            _ if COSTLY_KEYWORDS.contains(&keyword.as_str()) => Err(format!(
                "the settings schema uses {keyword}, which is not supported; use additionalProperties or items"
            )),
            other => unfold(schema, other, depth_left, left),
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
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::SettingsSchema;
    use crate::lane::SlowLane;
    use hookbox_model::WorkspaceId;
    use serde_json::json;

    const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);

    async fn check(schema: &SettingsSchema, settings: &str) -> Result<(), String> {
        schema.check(settings, WORKSPACE, &SlowLane::new(1)).await
    }

    #[tokio::test]
    async fn large_settings_of_a_workspace_are_checked_one_after_the_other() {
        let schema = SettingsSchema::compile(r#"{"items":{"pattern":"a"}}"#).expect("a good schema");
        let large = json!(vec!["a"; 1_000]).to_string();
        let lane = SlowLane::new(2);
        let busy = lane.turn(Some(WORKSPACE)).await;
        let mut waiting = pin!(schema.check(&large, WORKSPACE, &lane));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(schema.check(&large, WorkspaceId::from_bytes([2; 16]), &lane).await, Ok(()));
        assert_eq!(schema.check(r#"["a"]"#, WORKSPACE, &lane).await, Ok(()), "what is quick does not wait");
        drop(busy);
        assert_eq!(waiting.await, Ok(()));
    }

    #[test]
    fn a_schema_has_few_patterns_wherever_they_stand() {
        let patterns = |count: usize| {
            let named = |n: usize| (format!("p{n}"), json!({ "pattern": format!("a{n}") }));
            json!({ "properties": (0..count).map(named).collect::<serde_json::Map<_, _>>() })
        };
        assert!(SettingsSchema::compile(&patterns(100).to_string()).is_ok());
        let mut names = patterns(99);
        names["patternProperties"] = json!({ "a": {}, "b": {} });
        let mut twice = patterns(0);
        twice["$defs"] = json!({ "many": patterns(60) });
        twice["allOf"] =
            json!([{ "properties": { "a": { "$ref": "#/$defs/many" }, "b": { "$ref": "#/$defs/many" } } }]);
        for schema in [patterns(101), names, twice] {
            let refused = SettingsSchema::compile(&schema.to_string()).expect_err("too many patterns");
            assert!(refused.contains("more than 100 patterns"), "{refused}");
        }
    }

    #[tokio::test]
    async fn settings_that_do_not_match_are_refused_with_where_and_why() {
        let schema = json!({
            "type": "object",
            "properties": { "body": { "type": "string", "maxLength": 5 }, "to": { "$ref": "#/$defs/to" } },
            "required": ["body"],
            "additionalProperties": false,
            "$defs": { "to": { "type": "array", "items": { "type": "integer" } } },
        });
        let schema = SettingsSchema::compile(&schema.to_string()).expect("a good schema");
        assert_eq!(check(&schema, r#"{"body":"Hi","to":[1]}"#).await, Ok(()));
        for (settings, expected) in [
            ("{}", "settings: \"body\" is a required property"),
            (r#"{"body":"too long"}"#, "settings/body: \"too long\" is longer than 5 characters"),
            (r#"{"body":"a","to":[1,"x"]}"#, "settings/to/1: \"x\" is not of type \"integer\""),
            (r#"{"body":"a","extra":1}"#, "settings: Additional properties"),
            ("{", "they are not JSON"),
        ] {
            let fault = check(&schema, settings).await.expect_err("does not match");
            assert!(fault.contains(expected), "{fault}");
        }
    }

    #[tokio::test]
    async fn large_settings_are_checked_within_bounds() {
        let text = json!({ "items": { "type": "string", "pattern": "^(a+)+$" }, "uniqueItems": true });
        let schema = SettingsSchema::compile(&text.to_string()).expect("a good schema");
        let settings = json!((0..8_000).map(|n| "a".repeat(n % 20 + 1)).collect::<Vec<_>>()).to_string();
        let fault = check(&schema, &settings).await.expect_err("not unique");
        assert!(fault.contains("has non-unique elements"), "{fault}");
        let wrong = json!(vec![1; 40_000]).to_string();
        let fault = check(&schema, &wrong).await.expect_err("no texts");
        assert!(fault.starts_with("settings"), "{fault}");

        let any = json!({ "items": { "anyOf": vec![json!({ "type": "string" }); 30] } });
        let schema = SettingsSchema::compile(&any.to_string()).expect("a good schema");
        let fault = check(&schema, &wrong).await.expect_err("no texts");
        assert!(fault.contains("too large to say where"), "{fault}");

        let many = json!({ "items": { "allOf": vec![json!({ "pattern": "a" }); 30] } });
        let schema = SettingsSchema::compile(&many.to_string()).expect("a good schema");
        let fault = check(&schema, &settings).await.expect_err("too much work");
        assert!(fault.contains("with this plugin's schema"), "{fault}");
        assert_eq!(check(&schema, r#"["a"]"#).await, Ok(()));
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
            json!({ "allOf": [{ "unevaluatedProperties": false }] }).to_string(),
            json!({ "items": { "allOf": vec![json!({ "pattern": "a" }); 100] } }).to_string(),
            "[]".to_owned(),
            "nonsense".to_owned(),
            format!("{{\"title\":\"{}\"}}", "x".repeat(70_000)),
        ] {
            assert!(SettingsSchema::compile(&schema).is_err(), "{schema:.100}");
        }
    }
}
