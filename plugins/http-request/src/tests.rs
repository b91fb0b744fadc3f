//! What whoever writes an automation can rely on.

use hookbox_sdk::mock::{Answer, Host, Report};
use hookbox_sdk::{Failure, http};
use serde_json::{Value, json};

use super::{manifest, run};

const URL: &str = "https://api.example.com/orders";

fn host() -> Host {
    Host::granting(manifest()).secret("crm", "s3cr3t", ["https://api.example.com"])
}

/// What comes of `settings`, with the URL, when the service gives `answer` to the method.
fn report(method: &str, settings: &Value, answer: Answer) -> Report {
    let mut settings = settings.clone();
    settings["url"] = json!(URL);
    host().http(method, URL, answer).run(run, &settings.to_string())
}

fn output(report: Report) -> Value {
    serde_json::from_str(&report.result.expect("an outcome").output).expect("JSON")
}

#[test]
fn later_steps_read_status_headers_and_body() {
    let answer =
        Answer::json(201, r#"{"id": 9007199254740993}"#).header("Location", "/orders/7").header("x-other", "1");
    let report = report("POST", &json!({"method": "POST", "json": {"n": 1}}), answer);
    let headers = json!({"content-type": "application/json", "location": "/orders/7"});
    assert_eq!(output(report), json!({"status": 201, "headers": headers, "body": {"id": 9_007_199_254_740_993_i64}}));
}

#[track_caller]
fn check_body(answer: Answer, body: &Value) {
    assert_eq!(&output(report("GET", &json!({}), answer))["body"], body);
}

#[test]
fn a_body_is_json_when_the_service_says_so_and_else_a_text() {
    check_body(Answer::text(200, "{}").header("content-type", "Application/Problem+JSON; charset=utf-8"), &json!({}));
    check_body(Answer::text(200, "{}").header("content-type", "text/plain"), &json!("{}"));
    check_body(Answer::json(200, "{"), &json!("{"));
    check_body(Answer::json(204, ""), &Value::Null);
}

#[test]
fn the_request_is_what_the_settings_say() {
    let url = "https://api.example.com/orders?a=1&q=x%20%26%20y&vip=true";
    let settings = json!({
        "method": "PUT", "url": "https://api.example.com/orders?a=1", "query": {"q": "x & y", "vip": true},
        "headers": {"X-Source": "hookbox"}, "text": "Hi", "timeout_ms": 500,
    });
    let report = host().http("PUT", url, Answer::status(200)).run(run, &settings.to_string());
    let [sent] = report.requests.as_slice() else { panic!("{:?}", report.result) };
    assert_eq!((sent.url.as_str(), sent.text().as_str(), sent.header("x-source")), (url, "Hi", Some("hookbox")));
    assert_eq!(sent.timeout.map(|timeout| timeout.as_millis()), Some(500));
}

#[test]
fn a_json_body_is_sent_to_the_digit() {
    let settings =
        format!(r#"{{"url": "{URL}", "method": "PATCH", "json": {{"b": 1.10, "a": 12345678901234567890123}}}}"#);
    let report = host().http("PATCH", URL, Answer::status(200)).run(run, &settings);
    let sent = &report.requests[0];
    assert_eq!(sent.text(), r#"{"b": 1.10, "a": 12345678901234567890123}"#);
    assert_eq!(sent.header("content-type"), Some("application/json"));
}

#[track_caller]
fn check_auth(auth: &Value, header: &str, value: &str) {
    let report = report("GET", &json!({"auth": auth}), Answer::status(200));
    assert_eq!(report.requests[0].header(header), Some(value), "{:?}", report.result);
}

#[test]
fn the_secret_goes_where_the_service_wants_it() {
    check_auth(&json!({"type": "bearer", "secret": "crm"}), "authorization", "Bearer s3cr3t");
    let basic = json!({"type": "basic", "username": "me", "secret": "crm"});
    check_auth(&basic, "authorization", "Basic bWU6czNjcjN0");
    check_auth(&json!({"type": "header", "header": "X-Api-Key", "secret": "crm"}), "x-api-key", "s3cr3t");
    let token = json!({"type": "header", "header": "Authorization", "prefix": "Token ", "secret": "crm"});
    check_auth(&token, "authorization", "Token s3cr3t");
}

#[track_caller]
fn check_wrong(settings: &Value, code: &str) {
    let report = report("GET", settings, Answer::status(200));
    assert_eq!(report.failure_code(), Some(code), "{settings}: {:?}", report.result);
    assert!(report.requests.is_empty(), "{settings}");
}

#[test]
fn settings_that_do_not_go_together_send_nothing() {
    check_wrong(&json!({"json": 1, "text": "x"}), "invalid-settings");
    check_wrong(&json!({"auth": {"type": "bearer", "secret": "crm", "username": "me"}}), "invalid-settings");
    check_wrong(&json!({"auth": {"type": "basic", "secret": "crm"}}), "invalid-settings");
    check_wrong(&json!({"auth": {"type": "header", "secret": "crm"}}), "invalid-settings");
    check_wrong(&json!({"expected": ["2xx"]}), "invalid-settings");
    check_wrong(&json!({"expected": ["299-200"]}), "invalid-settings");
    check_wrong(&json!({"retry_on": ["sometimes"]}), "invalid-settings");
    check_wrong(&json!({"auth": {"type": "bearer", "secret": "unknown"}}), "settings");
    check_wrong(&json!({"headers": {"x": "two\nlines"}}), "invalid");
}

fn failure(settings: &Value, answer: Answer) -> Failure {
    report("GET", settings, answer).result.expect_err("a failure")
}

#[test]
fn a_service_that_is_busy_or_away_is_asked_again() {
    for status in [429, 500, 503, 599] {
        let busy = Answer::text(status, "busy").header("retry-after", "7");
        let message = format!("the service answered {status}: busy");
        assert_eq!(failure(&json!({}), busy), Failure::retryable_after(message, 7_000));
    }
    for away in [Answer::timeout(), Answer::no_connection()] {
        assert!(matches!(failure(&json!({}), away), Failure::Retryable { after_ms: None, .. }));
    }
}

#[test]
fn any_other_answer_fails_for_good_and_shows_its_beginning() {
    let long = format!("{}ö", "x".repeat(1023));
    let message = format!("the service answered 404: {}", "x".repeat(1023));
    assert_eq!(failure(&json!({}), Answer::text(404, &long)), Failure::permanent("unexpected-status", message));
    let redirect = failure(&json!({}), Answer::status(302).header("location", "https://elsewhere"));
    assert_eq!(redirect, Failure::permanent("unexpected-status", "the service answered 302: "));
}

#[test]
fn the_settings_say_what_is_expected_and_what_is_tried_again() {
    let settings = json!({"expected": ["404", "200-204"], "retry_on": ["403"]});
    assert_eq!(output(report("GET", &settings, Answer::status(404)))["status"], 404);
    assert!(matches!(failure(&settings, Answer::status(403)), Failure::Retryable { .. }));
    let for_good = |answer: Answer| match failure(&settings, answer) {
        Failure::Permanent { code, .. } => code,
        Failure::Retryable { message, .. } => panic!("{message}"),
    };
    assert_eq!(for_good(Answer::status(205)), "unexpected-status");
    assert_eq!(for_good(Answer::status(503)), "unexpected-status");
    assert_eq!(for_good(Answer::timeout()), "no-answer");
}

#[test]
fn what_may_not_be_called_or_is_too_large_fails_for_good() {
    let code = |report: Report| report.failure_code().map(String::from);
    let settings = json!({"url": URL}).to_string();
    assert_eq!(code(host().without("http").run(run, &settings)).as_deref(), Some("not-granted"));
    let denied = Answer::failing(http::Error::Denied("a private address".into()));
    assert_eq!(code(report("GET", &json!({}), denied)).as_deref(), Some("not-granted"));
    let large = Answer::text(200, &"x".repeat(256 * 1024 + 1));
    assert_eq!(code(report("GET", &json!({}), large)).as_deref(), Some("limit"));
    let elsewhere = json!({"url": "https://evil.example.net", "auth": {"type": "bearer", "secret": "crm"}});
    assert_eq!(code(host().run(run, &elsewhere.to_string())).as_deref(), Some("not-granted"));
}

#[test]
fn an_answer_that_the_host_would_not_take_as_an_output_fails_for_good() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let many = |count: usize| serde_json::to_string(&vec![0; count]).expect("JSON");
    assert_eq!(output(report("GET", &json!({}), Answer::json(200, &nested(63))))["status"], 200);
    assert_eq!(output(report("GET", &json!({}), Answer::json(200, &many(49_000))))["body"][48_999], 0);
    let controls = Answer::text(200, &"\u{1}".repeat(200 * 1024));
    for answer in [Answer::json(200, &nested(64)), Answer::json(200, &many(50_000)), controls] {
        let failed = report("GET", &json!({}), answer);
        assert_eq!(failed.failure_code(), Some("limit"), "{:?}", failed.result);
    }
}

#[test]
fn a_form_knows_the_defaults_and_where_the_secret_is() {
    let schema: Value = serde_json::from_str(&manifest().settings).expect("JSON");
    let properties = &schema["properties"];
    assert_eq!(schema["required"], json!(["url"]));
    assert_eq!(properties["auth"]["properties"]["secret"]["format"], "secret");
    assert_eq!(properties["method"]["enum"], json!(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]));
    assert_eq!(properties["expected"]["default"], json!(["200-299"]));
    assert_eq!(properties["retry_on"]["default"], json!(["network", "429", "500-599"]));
    assert_eq!(
        (&properties["method"]["default"], &properties["timeout_ms"]["default"]),
        (&json!("GET"), &json!(10_000))
    );
}
