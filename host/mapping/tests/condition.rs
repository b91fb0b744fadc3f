//! Conditions: what they read, what they refuse, and that no input breaks them.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookbox_mapping::{Condition, ConditionError, Config, Datum, Lookup, Scope};
use serde_json::{Map, Value, json};

fn evaluate(text: &str) -> Result<bool, ConditionError> {
    let payload = json!({
        "Integration": "Salesforce", "celsius": -4.5, "severity": 1, "nothing": null, "a": {"b": [1, 2, {"c": "x"}]},
        "tags": ["new", "vip"], "long": "x".repeat(900_000), "many": vec![1; 2_000],
    });
    let contact: Map<String, Value> = json!({"first_name": "John"}).as_object().cloned().unwrap_or_default();
    let steps: Map<String, Value> =
        json!({"look up": {"id": 7}, "ask": {"score": 0.5}}).as_object().cloned().unwrap_or_default();
    let condition = Condition::compile(text, &Config::default()).expect(text);
    condition.evaluate(&Scope { payload: &payload, contact: &contact, steps: &steps }, 1_790_000_000_123)
}

#[test]
fn a_condition_reads_payload_contact_steps_and_now() {
    for (text, truth) in [
        ("payload.Integration == \"Salesforce\"", true),
        ("payload.celsius > -10.0", true),
        ("payload.celsius > -4", false),
        ("payload.severity > 2", false),
        ("payload.nothing == null", true),
        ("payload.a.b[2].c == 'x' && payload['a'].b[0] == 1", true),
        ("has(payload.a) && !has(payload.b) && has(payload.a.b)", true),
        ("'vip' in payload.tags && size(payload.tags) == 2", true),
        ("payload.tags.exists(tag, tag.startsWith('v'))", true),
        ("payload.a.b.all(x, x == 1)", false),
        ("has(contact.first_name) && contact.first_name == 'John'", true),
        ("has(contact.last_name)", false),
        ("contact['first_name'].contains('oh')", true),
        ("steps['look up'].id == 7 && steps.ask.score < 1", true),
        ("now > timestamp('2020-01-01T00:00:00Z') && now.getFullYear() == 2026", true),
        ("size(payload) == 8", true),
    ] {
        assert_eq!(evaluate(text), Ok(truth), "{text}");
    }
}

#[test]
fn what_cannot_be_evaluated_says_why_without_values() {
    let error = evaluate("payload.missing == 1").expect_err("it is missing");
    assert!(error.to_string().contains("missing"), "{error}");
    assert_eq!(evaluate("payload.Integration"), Err(ConditionError::NotBoolean));
    for text in [
        "payload.Integration > 1",
        "payload.Integration + 1 == 2",
        "payload.severity / 0 == 1",
        "contact.x == 1",
        "payload.a[payload.Integration] == 1",
        "payload[payload.Integration] == 1",
        "{'a': 1}[payload.Integration] == 1",
        "payload.tags[payload.Integration] == 1",
        "int(payload.Integration) == 1",
        "timestamp(payload.Integration) == now",
        "payload.Integration in payload.Integration",
        "dyn(payload.Integration).x == 1",
    ] {
        let error = evaluate(text).expect_err(text).to_string();
        assert!(!error.contains("Salesforce"), "{error}");
    }
    let heavy = evaluate("payload.many.exists(x, payload.long == 'y' || payload.long == 'z')");
    assert!(matches!(heavy, Err(ConditionError::TooMuchWork { .. })), "{heavy:?}");
}

/// Makes an object for every look-up and counts how many bytes that took.
struct Costly {
    json: String,
    made_bytes: AtomicUsize,
}

impl Costly {
    fn new(text_bytes: usize) -> Self {
        let json = json!({"id": 7, "text": "x".repeat(text_bytes)}).to_string();
        Self { json, made_bytes: AtomicUsize::new(0) }
    }
}

impl Lookup for Costly {
    fn look_up(&self, _name: &str) -> Option<Datum<'_>> {
        self.made_bytes.fetch_add(self.json.len(), Ordering::Relaxed);
        Datum::from_value(serde_json::from_str(&self.json).ok()?)
    }
}

#[test]
fn an_output_is_made_once_and_paid_for_however_often_a_condition_reads_it() {
    let payload = json!({"items": vec![1; 49_000]});
    for text in ["payload.items.exists(i, i == steps.fetch.id)", "payload.items.exists(i, i == contact.fetch.id)"] {
        let condition = Condition::compile(text, &Config::default()).expect(text);
        let costly = Costly::new(1_000_000);
        let scope = Scope { payload: &payload, contact: &costly, steps: &costly };
        drop(condition.evaluate(&scope, 0));
        assert_eq!(costly.made_bytes.into_inner(), costly.json.len(), "{text}");
    }
    let config = Config { condition_work_bytes_max: 100_000, ..Config::default() };
    let condition = Condition::compile("steps.fetch.id == 7 && steps.fetch.id < 8", &config).expect("a condition");
    for (text_bytes, enough) in [(99_000, true), (101_000, false)] {
        let costly = Costly::new(text_bytes);
        let scope = Scope { payload: &payload, contact: &costly, steps: &costly };
        let result = condition.evaluate(&scope, 0);
        assert_eq!(result.is_ok(), enough, "{result:?}");
        assert!(enough || matches!(result, Err(ConditionError::TooMuchWork { .. })), "{result:?}");
    }
}

#[test]
fn nothing_more_is_made_for_a_condition_that_used_up_its_work() {
    let payload = json!({"items": vec![1; 100], "long": "x".repeat(8_000_000)});
    let text = "payload.items.exists(i, payload.long == 'y' || steps.fetch.id == 8)";
    let condition = Condition::compile(text, &Config::default()).expect(text);
    let costly = Costly::new(10);
    let result = condition.evaluate(&Scope { payload: &payload, contact: &costly, steps: &costly }, 0);
    assert!(matches!(result, Err(ConditionError::TooMuchWork { .. })), "{result:?}");
    assert_eq!(costly.made_bytes.into_inner(), 0, "the work was used up before the step was asked for");
}

#[test]
fn a_condition_tells_every_name_it_mentions() {
    let text = "payload.a == 1 && (contact.vip || steps['look up'].id == 7) && payload.b.exists(b, b == steps.ask.id)";
    let reads = Condition::compile(text, &Config::default()).expect(text).reads().clone();
    assert_eq!(reads.contact.into_iter().collect::<Vec<_>>(), ["vip"]);
    assert_eq!(reads.steps.into_iter().collect::<Vec<_>>(), ["ask", "look up"]);
}

#[test]
fn what_is_unknown_or_costly_is_refused_when_it_is_compiled() {
    let deep = format!("{}1{} == 1", "(".repeat(40), ")".repeat(40));
    let long = format!("payload.a == '{}'", "x".repeat(2_000));
    let chain = format!("1{} == 1", "+1".repeat(400));
    for text in [
        "",
        "paylod.a == 1",
        "payload.a ==",
        "foo(1)",
        "payload.a.matches('x+')",
        "contact",
        "size(steps) > 1",
        "Foo{a: 1}",
        "payload.a.all(x, x.all(y, y == 1))",
        "payload.a.map(x, x).exists(y, y == 1)",
        "x == 1",
        &deep,
        &long,
        &chain,
    ] {
        assert!(Condition::compile(text, &Config::default()).is_err(), "{text}");
    }
}

#[test]
fn any_text_compiles_or_is_refused() {
    for text in [
        "\u{0}",
        "'",
        "\"\"\"",
        "r'",
        "{}",
        "[?]",
        "a ? b ((?))",
        "0x",
        "1u.a",
        "-9223372036854775808",
        ".payload",
        "!!!!!!!",
    ] {
        drop(Condition::compile(text, &Config::default()));
    }
}
