//! What the author of an action can rely on beyond one call: HTTP, secrets, and what is remembered.

use std::time::Duration;

use hookbox_sdk::mock::{Answer, Host, Report};
use hookbox_sdk::{Call, Failure, Outcome, Secret, http, state};
use schemars::JsonSchema;
use serde::Deserialize;

const URL: &str = "https://api.example.com/points";

/// Settings of the action below.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// The key.
    key: Option<Secret>,
    /// A second service.
    #[serde(default)]
    more: Option<More>,
    /// How often.
    #[serde(default)]
    times: Option<u8>,
}

/// A service.
#[derive(Deserialize, JsonSchema)]
struct More {
    /// Its key.
    key: Secret,
}

#[hookbox_sdk::action(
    name = "ask",
    title = "Ask",
    description = "Asks.",
    needs(
        http("POST https://api.example.com", "https://*.example.org", reason = "To ask"),
        secret("crm", "other", reason = "To be known"),
    )
)]
fn ask(call: Call<Settings>) -> Result<Outcome, Failure> {
    let mut request = http::post(URL).json(&serde_json::json!({"n": 1}));
    if let Some(key) = &call.settings.key {
        request = request.bearer(key);
    }
    if let (Some(More { key }), None) = (&call.settings.more, call.settings.times) {
        request = request.basic("me", key);
    }
    let answer = request.timeout(Duration::from_secs(3)).send()?;
    Outcome::with(&(answer.status, answer.json::<u8>()?))
}

/// A call of a few lines that a test is about.
fn report(host: &Host, action: impl Fn() -> Result<(), Failure>) -> Report {
    host.run(|_: Call<()>| action().map(|()| Outcome::done()), "null")
}

fn host() -> Host {
    Host::granting(manifest()).http("POST", URL, Answer::json(200, "7"))
}

#[test]
fn a_secret_is_a_name_in_the_settings_that_a_form_can_choose() {
    let schema: serde_json::Value = serde_json::from_str(&manifest().settings).expect("JSON");
    let expected = serde_json::json!({"description": "The key.", "type": ["string", "null"], "format": "secret"});
    assert_eq!(schema["properties"]["key"], expected);
    let expected = serde_json::json!({
        "description": "How often.", "type": ["integer", "null"], "minimum": 0, "maximum": 255, "default": null,
    });
    assert_eq!(schema["properties"]["times"], expected, "without the names of Rust's numbers");
}

#[test]
fn a_request_leaves_as_it_was_put_together() {
    let report = host().run(ask, "{}");
    assert_eq!(report.result.map(|outcome| outcome.output).as_deref(), Ok("[200,7]"));
    let [sent] = report.requests.as_slice() else { panic!("{:?}", report.requests) };
    assert_eq!((sent.method.as_str(), sent.url.as_str(), sent.text().as_str()), ("POST", URL, r#"{"n":1}"#));
    assert_eq!(sent.header("Content-Type"), Some("application/json"));
    assert_eq!((sent.header("authorization"), sent.timeout), (None, Some(Duration::from_secs(3))));
}

#[test]
fn a_secret_is_seen_by_the_service_and_not_by_the_action() {
    let host = host().secret("crm", "s3cr3t", ["https://api.example.com"]).secret("other", "0ther", ["*"]);
    let report = host.run(ask, r#"{"key": "crm"}"#);
    assert_eq!(report.requests[0].header("authorization"), Some("Bearer s3cr3t"));
    let report = host.run(ask, r#"{"more": {"key": "other"}}"#);
    assert_eq!(report.requests[0].header("authorization"), Some("Basic bWU6MHRoZXI="), "me:0ther");
    let look = |call: Call<Settings>| Outcome::with(&call.settings.key.map(|key| key.to_string()));
    let seen = host.run(look, r#"{"key": "crm"}"#).result.expect("nothing to refuse").output;
    assert!(!seen.contains("s3cr3t") && seen != "null", "{seen}");
}

#[test]
fn a_secret_goes_nowhere_but_to_its_own_hosts() {
    let elsewhere = host().secret("crm", "s3cr3t", ["https://crm.example.com", "GET https://api.example.com"]);
    let report = elsewhere.run(ask, r#"{"key": "crm"}"#);
    assert_eq!(report.failure_code(), Some("not-granted"));
    assert!(report.requests.is_empty());
}

#[test]
fn a_secret_that_is_not_granted_or_not_there_is_named() {
    let host = host().secret("crm", "x", ["*"]).secret("private", "x", ["*"]);
    assert_eq!(host.run(ask, r#"{"key": "private"}"#).failure_code(), Some("not-granted"));
    assert_eq!(host.run(ask, r#"{"more": {"key": "other"}}"#).failure_code(), Some("settings"));
    assert_eq!(host.without("secret").run(ask, r#"{"key": "crm"}"#).failure_code(), Some("not-granted"));
}

#[test]
fn a_call_that_is_not_granted_is_named_by_the_grant_it_wants() {
    let report =
        report(&host(), || http::get("https://api.example.com:8443/x").send().map(drop).map_err(Failure::from));
    let text = "not granted: http for \"GET https://api.example.com:8443\"";
    assert_eq!(report.result, Err(Failure::permanent("not-granted", text)));
}

#[test]
fn errors_say_whether_to_try_again() {
    let after = |answer: Answer| Host::granting(manifest()).http("POST", URL, answer).run(ask, "{}").result;
    assert!(matches!(after(Answer::timeout()), Err(Failure::Retryable { after_ms: None, .. })));
    assert!(matches!(after(Answer::no_connection()), Err(Failure::Retryable { .. })));
    let denied = Answer::failing(http::Error::Denied("the operator says no".into()));
    assert_eq!(after(denied), Err(Failure::permanent("not-granted", "the operator says no")));
    let report = Host::granting(manifest()).http("POST", URL, Answer::text(200, "seven")).run(ask, "{}");
    assert_eq!(report.failure_code(), Some("unexpected-answer"));
}

#[test]
fn answers_come_in_order_and_the_last_again_and_again() {
    let host = host().http("POST", URL, Answer::status(503).header("Retry-After", "2"));
    let report = report(&host, || {
        let statuses: Vec<u16> = (0..3).map(|_| http::post(URL).send().map_or(0, |answer| answer.status)).collect();
        assert_eq!(statuses, [200, 503, 503]);
        Err(http::post(URL).send()?.retryable("busy"))
    });
    assert_eq!(report.result, Err(Failure::retryable_after("busy", 2_000)));
    assert_eq!(report.requests.len(), 4, "what was sent was sent, also when the action failed");
}

#[test]
fn parameters_arrive_as_they_are() {
    let url = "https://a.example.org/find?x=1&q=a%26b%20%C3%B6&n=7";
    let host = Host::granting(manifest()).http("GET", url, Answer::status(204));
    let report = report(&host, || {
        let request = http::get("https://a.example.org/find?x=1#part").query("q", "a&b ö").query("n", 7);
        assert_eq!(request.send()?.status, 204);
        Ok(())
    });
    assert_eq!(report.requests[0].url, url);
}

#[track_caller]
fn check_refused(request: http::Request, expected: &str) {
    let host = Host::new().grant("http", ["*"]).http("GET", "https://a/", Answer::text(200, "four"));
    let report = report(&host, || request.clone().send().map(drop).map_err(Failure::from));
    let Err(Failure::Permanent { code, .. }) = &report.result else { panic!("{:?}", report.result) };
    assert_eq!(code, expected);
}

#[test]
fn what_makes_no_sense_or_is_too_large_is_refused() {
    check_refused(http::get("a/b"), "invalid");
    check_refused(http::request("get", "https://a"), "invalid");
    check_refused(http::get("https://a").header("na me", 1), "invalid");
    check_refused(http::get("https://a").header("name", "two\r\nlines"), "invalid");
    check_refused(http::put("https://a").json(&std::collections::BTreeMap::from([((1, 2), 3)])), "invalid");
    check_refused(http::patch("https://a").bytes(vec![0; http::BODY_BYTES_MAX + 1]), "limit");
    check_refused(http::get("https://a").answer_bytes_max(3), "limit");
}

#[test]
fn a_call_that_the_test_has_no_answer_for_is_a_fault_of_the_test() {
    let caught = std::panic::catch_unwind(|| {
        report(&Host::new().grant("http", ["*"]), || http::delete("https://a").send().map(drop).map_err(Failure::from))
    });
    let text = caught.err().and_then(|panic| panic.downcast::<String>().ok()).expect("a panic with a text");
    assert!(text.contains("DELETE https://a/"), "{text}");
    assert!(http::get("https://a").send().is_err(), "without a host nothing is sent");
}

#[test]
fn what_is_kept_for_some_time_is_forgotten_after_it() {
    let host = Host::new().grant("state", ["n*"]);
    let first = report(&host, || {
        state::set("n1", "1", Some(500))?;
        state::set("n2", "x", None)?;
        state::increment("n1", 1)?;
        assert!(state::get("m").is_err());
        Ok(())
    });
    assert_eq!(first.state_ends_in_ms.get("n1"), Some(&500), "a counter keeps its end");
    let look = |ms: u64, expected: Option<&str>| {
        report(&host.clone().state_after(&first, ms), || {
            assert_eq!(state::get("n1")?.as_deref(), expected);
            assert_eq!(state::get("n2")?.as_deref(), Some("x"));
            Ok(())
        })
    };
    assert_eq!(look(499, Some("2")).state_ends_in_ms.get("n1"), Some(&1));
    assert!(look(500, None).state_ends_in_ms.is_empty());
}
