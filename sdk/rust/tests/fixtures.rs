//! Fixtures run natively, and tell every difference.

use hookbox_sdk::mock::Fixture;
use hookbox_sdk::{Call, Contact, Failure, Level, Message, Outcome, contacts, http, log, messages, state};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Settings of the action below.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// Where to ask.
    url: String,
    /// By which secret.
    key: Option<hookbox_sdk::Secret>,
}

#[hookbox_sdk::action(
    name = "count",
    title = "Count",
    description = "Counts.",
    needs(
        contacts::read("*", reason = "To look"),
        contacts::write("*", reason = "To write"),
        messages::send("*", reason = "To tell"),
        state("*", reason = "To count"),
        http("*", reason = "To ask"),
        secret("*", reason = "To be known"),
    )
)]
fn count(call: Call<Settings>) -> Result<Outcome, Failure> {
    let request = http::post(&call.settings.url).json(&json!({"step": call.step(), "payload": call.payload_text()}));
    let answer = match &call.settings.key {
        Some(key) => request.bearer(key).send()?,
        None => request.send()?,
    };
    if !answer.is_success() {
        return Err(answer.retryable(format!("it answered {}", answer.status)));
    }
    let Contact { phone, email, tags, .. } = call.contact();
    log::warn(&format!("{phone:?} {email:?} {tags:?} {} {}", call.attempt(), call.now()));
    contacts::set_field("n", state::increment("n", 1)?)?;
    let earlier: Option<Value> = call.output_of("earlier")?;
    messages::send(Message::new(answer.text().into_owned()))?;
    Ok(Outcome::with(&json!({"conversation": call.conversation().is_some(), "earlier": earlier}))?.and_stop())
}

fn fixture() -> Value {
    json!({
        "name": "everything",
        "payload": {"a": 1},
        "settings": {"url": "https://a.example.com/x", "key": "crm"},
        "contact": {"email": "a@b.example", "external_id": "7", "fields": {"city": "Köln"}, "tags": ["vip"]},
        "conversation": {"state": "closed", "assignee": "Ann"},
        "steps": [{"name": "earlier", "output": [1]}],
        "step": "second", "attempt": 2, "now": "2026-02-03T04:05:06Z",
        "state": {"n": "4"},
        "secrets": {"crm": {"text": "s3cr3t", "hosts": ["https://a.example.com"]}},
        "http": [{
            "request": {
                "method": "POST", "url": "https://a.example.com/x",
                "headers": {"authorization": "Bearer s3cr3t", "x-none": null},
                "json": {"step": "second", "payload": "{\"a\":1}"},
            },
            "answer": {"text": "Hi"},
        }],
        "expect": {
            "effects": [{"kind": "set-field", "name": "n", "value": 5}, {"kind": "send", "body": "Hi", "inbox": null}],
            "output": {"earlier": [1], "conversation": true},
            "next": "stop",
            "state": {"n": "5"},
            "log": [{"level": "warn", "message": "None Some(\"a@b.example\") [\"vip\"] 2 2026-02-03T04:05:06Z"}],
        },
    })
}

fn differences(fixture: &Value) -> String {
    let fixture = Fixture::parse(&fixture.to_string()).expect("a fixture");
    fixture.check(manifest(), count).map(|_| String::new()).unwrap_or_else(|differences| differences)
}

#[test]
fn a_fixture_passes_when_all_of_it_comes_true() {
    let fixture = Fixture::parse(&fixture().to_string()).expect("a fixture");
    let report = fixture.check(manifest(), count).expect("no difference");
    assert_eq!((report.requests.len(), report.log[0].level), (1, Level::Warn));
}

#[track_caller]
fn check(pointer: &str, value: Value, expected: &str) {
    let mut fixture = fixture();
    *fixture.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
    let differences = differences(&fixture);
    assert!(differences.contains(expected), "{pointer}: {differences}");
}

#[test]
fn every_difference_is_told() {
    check("/expect/effects/0/value", json!(6), "the effects: expected");
    check("/expect/effects", json!([]), "the effects: expected []");
    check("/expect/output", json!("{}"), "the output: expected");
    check("/expect/output/earlier", json!(null), "the output: expected");
    check("/expect/next", json!("continue"), "what is next");
    check("/expect/state", json!({}), "the state: expected {}");
    check("/expect/log/0/level", json!("info"), "the log");
    check("/http/0/request/headers/authorization", json!("Bearer x"), "header authorization");
    check("/http/0/request/headers/x-none", json!("x"), "header x-none");
    check("/http/0/request/json/step", json!("first"), "the body");
    check("/http/0/answer", json!({"status": 500}), "it failed: {\"retryable\"");
    check("/http/0/answer", json!({"error": "timeout"}), "it failed");
    check("/expect", json!({"failure": {"retryable": {}}}), "the failure: expected");
    let second = json!([fixture()["http"][0], {"request": {"method": "GET", "url": "https://b.example.com/"}}]);
    check("/http", second, "the requests: expected");
}

#[test]
fn of_a_failure_only_what_stands_there_is_compared() {
    let failing = |answer: Value, failure: Value| {
        let mut fixture = fixture();
        fixture["http"][0]["answer"] = answer;
        fixture["expect"] = json!({"effects": [], "state": {"n": "4"}, "failure": failure});
        differences(&fixture)
    };
    let busy = json!({"status": 503, "headers": {"retry-after": "2"}, "json": {"busy": true}});
    assert_eq!(failing(busy.clone(), json!({"retryable": {}})), "");
    assert_eq!(failing(busy.clone(), json!({"retryable": {"message": "it answered 503", "after_ms": 2000}})), "");
    assert_eq!(failing(json!({"error": "closed"}), json!({"retryable": {"after_ms": null}})), "");
    assert!(failing(busy.clone(), json!({"retryable": {"after_ms": 1}})).contains("the failure"));
    assert!(failing(busy, json!({"permanent": {}})).contains("the failure"));
}

#[test]
fn what_is_granted_can_be_less_than_what_is_asked() {
    let mut fixture = fixture();
    fixture["grants"] = json!([{"capability": "secret", "scope": ["crm"]}]);
    fixture["http"] = json!([]);
    fixture["expect"] = json!({"failure": {"permanent": {"code": "not-granted"}}});
    assert_eq!(differences(&fixture), "");
}

#[test]
fn a_misspelt_key_is_no_fixture() {
    assert!(Fixture::parse(r#"{"expects": {}}"#).is_err());
    assert!(Fixture::parse(r#"{"expect": {"effect": []}}"#).is_err());
}
