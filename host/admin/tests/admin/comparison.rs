//! Comparing a version with the active one before it takes its place.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    AutomationId, Capture, CaptureId, DryRunReport, Effect, Grants, Id, JsonLimits, Left, LogLevel, LogLine, Payload,
    Seen, StateAccess, StateEntry, StepRecord, StepState, Timestamp,
};
use hookbox_store::Store;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::house::House;
use crate::plugins::{installed, path};
use crate::rehearsal::report;
use crate::uploads::{component, named, uploaded};

async fn captured(house: &House, automation: AutomationId, n: u64) -> CaptureId {
    let capture = Capture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation,
        automation_version: 1,
        received_at: Timestamp::from_millis(1_700_000_000_000 + n),
        body: Payload::parse(Bytes::from(format!("{{\"phone\":\"{n}\"}}")), JsonLimits::default()).expect("JSON"),
        idempotency: None,
        from: None,
        headers: Default::default(),
    };
    let id = capture.id;
    house.store.captures().capture(Arc::new(capture)).await.expect("a capture");
    id
}

/// What a version does that adds this tag, took this long to be answered and remembers this.
async fn doing(house: &House, tag: &str, took_ms: u32, total: &str) -> DryRunReport {
    let entry = |value: &str| StateEntry { value: value.to_owned(), expires_at: None };
    let access =
        StateAccess { key: "total".to_owned(), seen: Seen::Entry(entry("1")), left: Left::Entry(entry(total)) };
    let call = format!("GET https://api.example.com/score -> 200 in {took_ms} ms");
    let step = StepRecord {
        name: "score-lead".to_owned(),
        action: "score-lead".to_owned(),
        plugin: String::new(),
        digest: None,
        state: StepState::Succeeded,
        attempts: 1,
        input: "{}".to_owned(),
        output: "{\"score\":7}".to_owned(),
        effects: vec![Effect::AddTag { tag: tag.to_owned() }],
        log: vec![LogLine { level: LogLevel::Info, message: call }],
        duration_us: u64::from(took_ms),
        memory_bytes: 1,
        failure: None,
    };
    DryRunReport {
        steps: vec![step],
        state: vec![("score-lead".to_owned(), access)],
        messages: Vec::new(),
        ..report(house).await
    }
}

/// A house with version 1 active, two captures of an automation that uses it, and version 2 uploaded: gives its path.
async fn comparing() -> (House, String, [CaptureId; 2]) {
    comparing_in(House::new().await).await
}

async fn comparing_in(house: House) -> (House, String, [CaptureId; 2]) {
    installed(&house, &component("1.0.0", &["v1"])).await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    let document = json!({
        "name": "Leads", "inbox": "support", "steps": [{"action": "score-lead"}],
        "trigger": {"webhook": {"identifier": {"field": "phone", "from": "$.phone"}, "map": []}},
    });
    let made = house.ask("PUT", "/api/v1/automations").json(&document).send().await.expect(201);
    let automation = made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let captures = [captured(&house, automation, 1).await, captured(&house, automation, 2).await];
    let path = path(&uploaded(&house, &component("2.0.0", &["v1", "v2"])).await);
    (house, format!("{path}/compare"), captures)
}

#[tokio::test]
async fn what_a_new_version_would_do_otherwise_is_told_capture_by_capture() {
    let (house, compare, captures) = comparing().await;
    for (version, tag, took_ms, total) in [("1.0.0", "v1", 3, "2"), ("2.0.0", "v2", 90, "5")] {
        let doing = doing(&house, tag, took_ms, total).await;
        house.stage.of_versions.lock().insert(version.to_owned(), doing);
    }
    let told = house.post("/api/v1/plugins/score-lead/compare", &json!({})).await.expect(200);
    assert_eq!(house.post(&compare, &json!({})).await.expect(200), told, "the name is the version that may come next");
    assert_eq!([&told["same"], &told["different"], &told["untried"]], [&json!(0), &json!(2), &json!(0)]);
    assert_eq!((&told["active"]["version"], &told["candidate"]["version"]), (&json!("1.0.0"), &json!("2.0.0")));
    let shown: Vec<&Value> = told["captures"].as_array().expect("captures").iter().collect();
    assert_eq!([&shown[0]["capture"], &shown[1]["capture"]], [&json!(captures[1]), &json!(captures[0])]);
    let differences = json!([
        {"at": "state.score-lead/total", "before": "2", "after": "5"},
        {"at": "steps[0].effects[0].tag", "before": "v1", "after": "v2"},
    ]);
    assert_eq!(shown[0]["differences"], differences, "the time that a call took is no difference");
}

#[tokio::test]
async fn both_versions_are_tried_as_of_the_same_moment_with_the_grants_in_question() {
    let (house, compare, captures) = comparing().await;
    *house.stage.report.lock() = Some(doing(&house, "v1", 1, "2").await);
    let part = json!({"captures": 1, "grants": [{"capability": "contacts.tag", "scope": ["v2"]}]});
    let told = house.post(&compare, &part).await.expect(200);
    assert_eq!((&told["same"], &told["different"]), (&json!(1), &json!(0)));
    let asked = std::mem::take(&mut *house.stage.asked.lock());
    let [active, candidate] = asked.as_slice() else { panic!("one capture is tried on two versions") };
    assert_eq!(active.as_of, candidate.as_of);
    assert_eq!(active.as_of.map(|as_of| as_of.capture), Some(captures[1]));
    let tried = |asked: &hookbox_model::DryRun| asked.instead.clone().expect("a version");
    assert_eq!(tried(active).manifest.version, "1.0.0");
    let candidate = tried(candidate);
    assert!(candidate.approval.is_given() && candidate.grants.check(Grants::CONTACTS_TAG, "v2").is_ok());
    assert!(candidate.grants.check(Grants::CONTACTS_TAG, "v1").is_err());
    house.post(&compare, &json!({"captures": 1})).await.expect(200);
    let asked = house.stage.asked.lock().pop().expect("it was asked");
    assert!(
        tried(&asked).grants.check(Grants::CONTACTS_TAG, "v1").is_ok(),
        "without a wish it is tried with all it asks"
    );
    let shown = house.get(&compare.replace("/compare", "")).await.expect(200);
    assert_eq!(shown["approval"]["state"], "pending", "comparing decides nothing");
}

#[tokio::test]
async fn a_comparison_that_makes_no_sense_is_refused() {
    let (house, compare, _) = comparing().await;
    for wrong in
        [json!({"captures": 0}), json!({"captures": 101}), json!({"grants": [{"capability": "http", "scope": ["*"]}]})]
    {
        house.post(&compare, &wrong).await.expect(422);
    }
    let active = path(&house.get("/api/v1/plugins/score-lead").await.expect(200));
    let itself = house.post(&format!("{active}/compare"), &json!({})).await.expect(409);
    assert!(itself["detail"].as_str().is_some_and(|told| told.contains("itself")), "{itself}");
    house.post("/api/v1/plugins/score-lead/deactivate", &json!({})).await.expect(200);
    house.post(&compare, &json!({})).await.expect(409);
}

#[tokio::test]
async fn a_comparison_ends_in_time_and_says_what_was_left() {
    let (house, compare, _) = comparing_in(House::with(|config| config.comparison_timeout_ms = 0).await).await;
    *house.stage.gate.lock() = Some(Arc::new(Notify::new()));
    let answer = house.ask("POST", &compare).json(&json!({})).header("accept", "application/x-ndjson").send().await;
    let lines: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (last, before) = lines.split_last().expect("lines");
    assert_eq!((&last["untried"], &last["captures"]), (&json!(2), &json!([])));
    assert_eq!(before[0]["phase"], "comparing");
}

/// An automation with a step that has this action; its id.
async fn using(house: &House, action: &str, settings: &Value) -> AutomationId {
    let document = json!({
        "name": action, "inbox": "support", "steps": [{"action": action, "settings": settings}],
        "trigger": {"webhook": {"identifier": {"field": "phone", "from": "$.phone"}, "map": []}},
    });
    let made = house.ask("PUT", "/api/v1/automations").json(&document).send().await.expect(201);
    made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

fn needs(wanted: &[(&str, &[&str])]) -> Value {
    wanted
        .iter()
        .map(|(capability, scope)| json!({"capability": capability, "scope": scope, "reason": "to score"}))
        .collect()
}

#[tokio::test]
async fn a_version_that_nobody_decided_about_takes_nothing_along_to_where_the_active_one_may_call() {
    let house = House::new().await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    *house.stage.report.lock() = Some(doing(&house, "v1", 1, "2").await);
    let place = "GET https://api.example.com";
    let first = needs(&[("http", &[place]), ("contacts.read", &["phone"])]);
    installed(&house, &named("score-lead", "1.0.0", &first)).await;
    captured(&house, using(&house, "score-lead", &json!({})).await, 1).await;
    let more = [("http", &[place, "*"][..]), ("contacts.read", &["phone", "email"]), ("contacts.tag", &["hot"])];
    let next = path(&uploaded(&house, &named("score-lead", "2.0.0", &needs(&more))).await);
    let told = house.post(&format!("{next}/compare"), &json!({})).await.expect(200);
    let mut allowed: Vec<_> =
        told["candidate"]["grants"].as_array().expect("grants").iter().map(|grant| &grant["scope"]).collect();
    allowed.sort_by_key(|scope| scope.to_string());
    assert_eq!(allowed, [&json!([place]), &json!(["hot"]), &json!(["phone"])]);
    let wish = json!({"grants": [{"capability": "contacts.read", "scope": ["email"]}]});
    let told = house.post(&format!("{next}/compare"), &wish).await.expect(200);
    assert_eq!(told["candidate"]["grants"][0]["scope"], json!(["email"]), "unless it is said");
    let log = house.get("/api/v1/audit").await.expect(200);
    assert_eq!(log["items"][0]["act"], "plugin.compare", "and that is in the audit log");
    assert_eq!(log["items"][0]["after"]["grants"], told["candidate"]["grants"]);
}

#[tokio::test]
async fn an_upload_with_the_name_of_one_of_the_hosts_is_not_tried_with_what_the_operator_granted_that() {
    let house = House::new().await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    *house.stage.report.lock() = Some(doing(&house, "v1", 1, "2").await);
    let wide = needs(&[("http", &["*"]), ("secret", &["*"])]);
    house.install_granted("http-request", &json!({}), &[], &wide).await;
    captured(&house, using(&house, "http-request", &json!({})).await, 1).await;
    let disguised = path(&uploaded(&house, &named("http-request", "9.0.0", &wide)).await);
    let told = house.post(&format!("{disguised}/compare"), &json!({})).await.expect(200);
    assert_eq!(told["candidate"]["grants"], json!([]));
    assert_eq!(told["active"]["grants"][0]["scope"], json!(["*"]));
}

#[tokio::test]
async fn captures_that_are_far_back_are_compared_too() {
    let house = House::over(|store| store.page_scan_rows_max = 3, |_| {}).await;
    let (house, compare, captures) = comparing_in(house).await;
    *house.stage.report.lock() = Some(doing(&house, "v1", 1, "2").await);
    house.made("/api/v1/lists", &json!({"name": "leads"})).await;
    let other = using(&house, "add-to-list", &json!({"list": "leads"})).await;
    for n in 0..10 {
        captured(&house, other, 10 + n).await;
    }
    let told = house.post(&compare, &json!({})).await.expect(200);
    assert_eq!((&told["same"], &told["searched"]), (&json!(captures.len()), &json!(true)));
}
