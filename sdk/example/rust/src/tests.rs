//! The fixtures that all three languages share, the manifest, and what fixtures cannot say.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hookbox_sdk::Failure;
use hookbox_sdk::mock::{Answer, Fixture, Host};
use serde_json::{Value, json};

use super::{manifest, run};

const URL: &str = "https://enrich.example.com/v1/companies";

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_fixture_comes_true() {
    let files = fs::read_dir(example().join("fixtures")).expect("the folder of fixtures");
    let paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    assert!(paths.len() >= 8, "{paths:?}");
    for path in paths {
        let text = fs::read_to_string(&path).expect("a text");
        let passed = Fixture::parse(&text).and_then(|fixture| fixture.check(manifest(), run));
        assert!(passed.is_ok(), "{}: {}", path.display(), passed.err().unwrap_or_default());
    }
}

#[test]
fn the_manifest_is_that_of_the_example() {
    let text = fs::read_to_string(example().join("manifest.json")).expect("a text");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let manifest = manifest();
    let needs: Vec<Value> = manifest
        .needs
        .iter()
        .map(|need| json!({"capability": need.capability, "scope": need.scope, "reason": need.reason}))
        .collect();
    let settings: Value = serde_json::from_str(&manifest.settings).expect("JSON");
    let came = json!({
        "name": manifest.name, "version": manifest.version, "title": manifest.title,
        "description": manifest.description, "needs": needs, "settings": settings,
    });
    assert_eq!(came, expected);
}

fn settings() -> String {
    json!({"enrich_url": URL, "list": "hot leads", "message": "Hi"}).to_string()
}

#[test]
fn a_service_that_does_not_answer_in_ten_seconds_is_asked_again() {
    let host = Host::granting(manifest()).payload(r#"{"company": "Acme"}"#).http("POST", URL, Answer::timeout());
    let report = host.run(run, &settings());
    assert_eq!(report.result, Err(Failure::retryable("the enrichment service did not answer")));
    assert_eq!(report.requests[0].timeout, Some(Duration::from_secs(10)));
}

#[test]
fn a_place_that_is_not_granted_fails_the_step_for_good() {
    let host = Host::granting(manifest()).without("http").payload(r#"{"company": "Acme"}"#);
    assert_eq!(host.run(run, &settings()).failure_code(), Some("not-granted"));
}
