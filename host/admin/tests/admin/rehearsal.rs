//! Dry runs: what is tried out, on what, and how the report is shown.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    Contact, Conversation, Digest, DryRunReport, Extent, FieldValue, Id, Identifier, JsonLimits, LogLevel, LogLine,
    Message, Payload, StepRecord, StepState, TestCapture, Timestamp,
};
use hookbox_store::Store;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::documents::{YAML, apply, document, house, sampled};
use crate::house::{House, PANICS};

/// A run that would make a contact and write to them.
pub(crate) async fn report(house: &House) -> DryRunReport {
    let now = Timestamp::from_millis(1_700_000_000_000);
    let workspace = house.workspace.id;
    let phone = Identifier::Phone("+12155556677".to_owned());
    let mut contact = Contact::unknown(Id::from_uuid(Uuid::now_v7()), workspace, &phone, now);
    contact.fields.insert("first_name".to_owned(), FieldValue::Text("John".to_owned()));
    let inboxes = house.get("/api/v1/inboxes").await.expect(200);
    let inbox = inboxes["items"][0]["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let thread = Conversation::begun(Id::from_uuid(Uuid::now_v7()), workspace, contact.id, inbox, now);
    let message = Message::outgoing(Id::from_uuid(Uuid::now_v7()), &thread, "Hi John".to_owned(), now);
    DryRunReport {
        items: None,
        before: None,
        after: Some(Arc::new(contact)),
        steps: Vec::new(),
        conversations: vec![(None, Arc::new(thread))],
        messages: vec![message],
        state: Vec::new(),
        failure: None,
    }
}

/// A house with an automation, and the path of its dry run.
async fn rehearsing() -> (House, String) {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    *house.stage.report.lock() = Some(report(&house).await);
    let path = format!("/api/v1/automations/{}/dry-run", made["id"].as_str().unwrap_or_default());
    (house, path)
}

#[tokio::test]
async fn a_few_dry_runs_go_on_at_once_and_more_are_told_to_come_again() {
    let (house, path) = rehearsing().await;
    let gate = Arc::new(Notify::new());
    *house.stage.gate.lock() = Some(Arc::clone(&gate));
    let wish = json!({"payload": {"phone_number": "12155556677"}});
    let third = async {
        while house.stage.asked.lock().len() < 2 {
            tokio::task::yield_now().await;
        }
        let refused = house.post(&path, &wish).await;
        gate.notify_waiters();
        refused
    };
    let (first, second, third) = tokio::join!(house.post(&path, &wish), house.post(&path, &wish), third);
    assert_eq!(third.header("retry-after"), "1");
    assert!(
        third.expect(503)["detail"].as_str().is_some_and(|detail| detail.contains("2 dry runs")),
        "{}",
        third.text()
    );
    first.expect(200);
    second.expect(200);
    *house.stage.gate.lock() = None;
    house.post(&path, &wish).await.expect(200);
}

#[tokio::test]
async fn a_dry_run_that_panics_answers_with_a_problem_and_leaves_its_room() {
    let (house, path) = rehearsing().await;
    let wish = |item: u32| json!({"payload": {"phone_number": "12155556677"}, "item": item});
    for _ in 0..3 {
        let problem = house.post(&path, &wish(PANICS)).await.expect(500);
        assert!(!problem.to_string().contains("asked to panic"), "{problem}");
    }
    house.post(&path, &wish(0)).await.expect(200);
}

#[tokio::test]
async fn a_dry_run_shows_what_would_change() {
    let (house, path) = rehearsing().await;
    let shown = house.post(&path, &json!({"payload": {"phone_number": "12155556677"}})).await.expect(200);
    let changes = shown["changes"].as_array().expect("changes");
    for wanted in [
        json!({"at": "phone", "before": null, "after": "+12155556677"}),
        json!({"at": "fields.first_name", "before": null, "after": "John"}),
    ] {
        assert!(changes.contains(&wanted), "{shown}");
    }
    assert!(shown["before"].is_null() && shown["failure"].is_null() && shown["items"].is_null(), "{shown}");
    assert_eq!((&shown["after"]["phone"], &shown["messages"][0]["body"]), (&json!("+12155556677"), &json!("Hi John")));
    assert_eq!(shown["conversations"][0]["after"]["inbox"]["name"], "support");
    let asked = house.stage.asked.lock().pop().expect("it was asked");
    assert_eq!((asked.payload.text(), asked.extent), (r#"{"phone_number":"12155556677"}"#, Extent::Steps));
    assert_eq!(house.get("/api/v1/contacts").await.expect(200)["items"], json!([]), "nothing is stored");
}

#[tokio::test]
async fn a_dry_run_takes_any_payload_any_version_and_what_is_not_saved() {
    let (house, path) = rehearsing().await;
    let asked = async |wish: &Value| {
        house.post(&path, wish).await.expect(200);
        house.stage.asked.lock().pop().expect("it was asked")
    };
    let sample = asked(&json!({"extent": "mapping", "item": 2})).await;
    assert_eq!((sample.extent, sample.item), (Extent::Mapping, Some(2)));
    assert_eq!(**sample.payload.value(), document()["trigger"]["webhook"]["sample"]);
    assert_eq!(asked(&json!({"payload": null, "version": 1})).await.payload.text(), "null");
    let mut other = document();
    house.made("/api/v1/lists", &json!({"name": "vip"})).await;
    other["steps"][1]["settings"]["list"] = json!("vip");
    assert_eq!(asked(&json!({"document": other})).await.document.steps[1].settings["list"], "vip");
    assert_eq!(asked(&json!({"document": YAML})).await.document.name, "Order shipped");
    let automation = path.split('/').nth(4).and_then(|id| id.parse().ok()).expect("an id");
    let test = TestCapture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation,
        received_at: Timestamp::from_millis(1),
        from: None,
        headers: Default::default(),
        body: Payload::parse(Bytes::from_static(b"{\"test\":1}"), JsonLimits::default()).expect("JSON"),
    };
    house.store.captures().capture_test(&test).await.expect("a test capture");
    assert_eq!(asked(&json!({"test": test.id})).await.payload.text(), "{\"test\":1}");
    house.post("/api/v1/automations/dry-run", &json!({"document": other})).await.expect(200);
}

#[tokio::test]
async fn a_dry_run_that_makes_no_sense_is_refused_with_its_place() {
    let (house, path) = rehearsing().await;
    let check = async |path: &str, wish: Value, place: &str| {
        let problem = house.post(path, &wish).await.expect(422);
        assert_eq!(problem["faults"][0]["at"], place, "{problem}");
    };
    let unknown: hookbox_model::CaptureId = Id::from_uuid(Uuid::now_v7());
    check(&path, json!({"payload": 1, "capture": unknown}), "payload").await;
    check(&path, json!({"document": document(), "version": 1}), "version").await;
    let mut wrong = document();
    wrong["inbox"] = json!("nowhere");
    check(&path, json!({"document": wrong}), "document.inbox").await;
    check("/api/v1/automations/dry-run", json!({}), "document").await;
    house.post(&path, &json!({"capture": unknown})).await.expect(404);
    house.post(&path, &json!({"test": unknown})).await.expect(404);
    house.post(&path, &json!({"version": 9})).await.expect(404);
    *house.stage.report.lock() = None;
    house.post(&path, &json!({})).await.expect(503);
}

#[tokio::test]
async fn a_dry_run_that_may_call_out_is_in_the_audit_log_before_it_begins() {
    let (house, path) = rehearsing().await;
    let entries = async || {
        let page = house.get("/api/v1/audit?act=automation.dry-run").await.expect(200);
        page["items"].as_array().cloned().expect("entries")
    };
    house.post(&path, &json!({})).await.expect(200);
    assert_eq!(entries().await, [Value::Null; 0], "none of its plugins may call");
    let needs = json!([{"capability": "http", "scope": ["https://api.example/*"], "reason": "to ask"}]);
    house.install_granted("ask", &json!({"key": {"type": "string"}}), &[], &needs).await;
    let mut calls = document();
    calls["steps"][0] = json!({"name": "look up", "action": "ask", "settings": {"key": "of the shop"}});
    let wish = json!({"document": calls});
    house.post("/api/v1/automations/dry-run", &json!({"document": calls, "extent": "mapping"})).await.expect(200);
    assert_eq!(entries().await.len(), 0, "a mapping calls nobody");
    *house.stage.report.lock() = None;
    house.post("/api/v1/automations/dry-run", &wish).await.expect(503);
    house.post(&path, &wish).await.expect(503);
    let told = entries().await;
    let automation = path.split('/').nth(4).expect("an id");
    assert_eq!(told[0]["subject"], format!("{automation} Order shipped"), "it was noted before it came to nothing");
    assert_eq!(told[1]["subject"], "Order shipped");
    let step = json!({"step": "look up", "action": "ask", "settings": {"key": "of the shop"}});
    assert_eq!((told.len(), &told[1]["after"]["calls"]), (2, &json!([step])));
    house.post(&path, &json!({"document": calls, "payload": {"phone_number": "1"}})).await.expect(503);
    let pasted = r#"{"phone_number":"1"}"#;
    let payload = json!({"sha256": Digest::of(pasted.as_bytes()), "bytes": pasted.len()});
    assert_eq!(entries().await[0]["after"]["payload"], payload, "what it was tried on can be told again");
}

#[tokio::test]
async fn what_a_dry_run_requested_is_in_the_audit_log_however_its_document_is_padded() {
    let (house, path) = rehearsing().await;
    let needs = json!([{"capability": "http", "scope": ["https://api.example/*"], "reason": "to ask"}]);
    let properties = json!({"note": {"type": "string"}, "url": {"type": "string"}});
    house.install_granted("ask", &properties, &[], &needs).await;
    let mut calls = document();
    let settings = json!({"note": "x".repeat(30_000), "url": "https://api.example/{{payload.phone_number}}"});
    calls["steps"][0] = json!({"name": "look up", "action": "ask", "settings": settings});
    let line = |message: &str| LogLine { level: LogLevel::Info, message: message.to_owned() };
    let requested = "GET https://api.example/k-17 -> 200 in 3 ms";
    let step = StepRecord {
        name: "look up".to_owned(),
        action: "ask".to_owned(),
        plugin: "ask 1.0.0".to_owned(),
        digest: None,
        state: StepState::Succeeded,
        attempts: 1,
        input: "{}".to_owned(),
        output: "{}".to_owned(),
        effects: Vec::new(),
        log: vec![line("it looks up"), line(requested)],
        duration_us: 1,
        memory_bytes: 1,
        failure: None,
    };
    *house.stage.report.lock() = Some(DryRunReport { steps: vec![step], ..report(&house).await });
    house
        .post(&path, &json!({"document": calls, "payload": {"phone_number": "1", "secret": "k-17"}}))
        .await
        .expect(200);
    let page = house.get("/api/v1/audit?act=automation.dry-run").await.expect(200);
    let settings = &page["items"][1]["after"]["calls"][0]["settings"];
    assert_eq!(settings["url"], "https://api.example/{{payload.phone_number}}");
    assert!(settings["note"].as_str().is_some_and(|note| note.ends_with("x… (30000 bytes)")), "{settings}");
    let called = json!([{"step": "look up", "plugin": "ask 1.0.0", "requests": [requested]}]);
    assert_eq!(page["items"][0]["after"], json!({"called": called}));
}

#[tokio::test]
async fn a_dry_run_is_on_what_was_pasted_to_the_letter() {
    let (house, path) = rehearsing().await;
    let pasted = r#"{"z": 1.10, "phone_number": "12155556677", "1": 9007199254740993}"#;
    let asked = async |body: String| {
        house.ask("POST", &path).body("application/json", body).send().await.expect(200);
        house.stage.asked.lock().pop().expect("it was asked").payload.text().to_owned()
    };
    assert_eq!(asked(format!("{{\"payload\": {pasted}}}")).await, pasted);
    assert_eq!(asked(format!("{{\"document\":{}}}", sampled(pasted))).await, pasted);
}
