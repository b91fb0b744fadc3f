//! What people do about automations and runs: pause, listen, cancel, replay.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    AutomationId, Capture, Id, JsonLimits, KeptHeaders, Payload, Run, RunFailure, RunState, TestCapture, Timestamp,
};
use hookbox_store::{RunCommit, Store};
use serde_json::json;
use uuid::Uuid;

use crate::documents::{YAML, apply, document, house};
use crate::house::House;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn payload(text: &'static str) -> Payload {
    Payload::parse(Bytes::from_static(text.as_bytes()), JsonLimits::default()).expect("JSON")
}

/// A house with an automation and its path.
pub(crate) async fn settled() -> (House, AutomationId, String) {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    (house, id.parse().expect("an id"), format!("/api/v1/automations/{id}"))
}

/// A dead letter of the automation.
pub(crate) async fn dead_letter(house: &House, automation: AutomationId) -> Run {
    dead_letter_beside(house, automation, 0).await
}

/// A dead letter of the first element of an array of which `others` wait for their turn.
async fn dead_letter_beside(house: &House, automation: AutomationId, others: u32) -> Run {
    let capture = Capture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation,
        automation_version: 1,
        received_at: NOW,
        body: payload("{}"),
        idempotency: None,
        from: None,
        headers: Default::default(),
    };
    house.store.captures().capture(Arc::new(capture)).await.expect("a capture");
    let claim = house.store.runs().claim(1).await.expect("a claim").pop().expect("a run");
    let mut run = Run::first_of(&claim.capture, NOW);
    (run.state, run.revision, run.finished_at) = (RunState::Failed, 1, Some(NOW));
    let (code, message) = ("timeout".to_owned(), "it took too long".to_owned());
    run.failure = Some(RunFailure { at: "tell them".to_owned(), code, message });
    let begun = |item| {
        let id = Id::from_uuid(Uuid::now_v7());
        Run { id, item: Some(item), state: RunState::Queued, revision: 1, ..Run::first_of(&claim.capture, NOW) }
    };
    let commit =
        RunCommit { run: run.clone(), contact: None, begins: (1..=others).map(begun).collect(), state: Vec::new() };
    house.store.runs().commit_run(commit).await.expect("a commit");
    run
}

#[tokio::test]
async fn an_automation_is_paused_and_comes_back() {
    let (house, _, path) = settled().await;
    for state in ["paused", "live"] {
        let shown = house.post(&format!("{path}/state"), &json!({"state": state})).await.expect(200);
        assert_eq!(shown["state"], state);
    }
    house.post(&format!("{path}/state"), &json!({"state": "asleep"})).await.expect(422);
}

#[tokio::test]
async fn a_dead_letter_is_replayed_once_and_stays_as_it_is() {
    let (house, automation, _) = settled().await;
    let run = dead_letter(&house, automation).await;
    let path = format!("/api/v1/runs/{}", run.id);
    let again = house.post(&format!("{path}/replay"), &json!({"from": "start"})).await.expect(201);
    assert_eq!((&again["state"], &again["replay"]["of"]), (&json!("queued"), &json!(run.id)));
    let shown = house.get(&path).await.expect(200);
    assert_eq!((&shown["state"], &shown["replayed_by"]), (&json!("failed"), &again["id"]));
    house.post(&format!("{path}/replay"), &json!({})).await.expect(409);
    let path = format!("/api/v1/runs/{}", again["id"].as_str().unwrap_or_default());
    house.post(&format!("{path}/replay"), &json!({})).await.expect(409);
    assert_eq!(house.post(&format!("{path}/cancel"), &json!({})).await.expect(200)["state"], "cancelled");
    assert_eq!(house.post(&format!("{path}/cancel"), &json!({})).await.expect(200)["state"], "cancelled");
}

#[tokio::test]
async fn a_capture_of_several_runs_shows_that_one_failed_until_it_is_replayed() {
    let (house, automation, _) = settled().await;
    let run = dead_letter_beside(&house, automation, 2).await;
    let path = format!("/api/v1/captures/{}", run.capture);
    let shown = house.get(&path).await.expect(200);
    assert_eq!((&shown["state"], &shown["states"]), (&json!("failed"), &json!({"failed": 1, "queued": 2})));
    house.post(&format!("/api/v1/runs/{}/replay", run.id), &json!({})).await.expect(201);
    let shown = house.get(&path).await.expect(200);
    assert_eq!((&shown["state"], &shown["states"]), (&json!("queued"), &json!({"queued": 3})));
}

#[tokio::test]
async fn dead_letters_are_replayed_together_and_only_those_that_are_meant() {
    let (house, automation, _) = settled().await;
    for _ in 0..3 {
        dead_letter(&house, automation).await;
    }
    let bulk = async |wish| house.post("/api/v1/runs/replay", &wish).await.expect(200);
    let count = async |query: &str| house.get(&format!("/api/v1/runs/replay{query}")).await.expect(200);
    assert_eq!(count("").await, json!({"count": 3, "more": false}));
    assert_eq!(count("?code=other").await, json!({"count": 0, "more": false}));
    assert_eq!(count(&format!("?code=timeout&automation={automation}")).await["count"], 3);
    assert_eq!(bulk(json!({"code": "other"})).await["replayed"], 0);
    let first = bulk(json!({"code": "timeout", "limit": 2})).await;
    assert_eq!((&first["replayed"], &first["skipped"]), (&json!(2), &json!([])));
    assert_eq!(count("").await["count"], 1, "what was replayed waits for nobody");
    house.get("/api/v1/runs/replay?state=failed").await.expect(400);
    assert_eq!(bulk(json!({"automation": automation})).await["replayed"], 1);
    assert_eq!(bulk(json!({})).await, json!({"replayed": 0, "skipped": [], "more": false, "next": null}));
    house.post("/api/v1/runs/replay", &json!({"limit": 0})).await.expect(422);
}

#[tokio::test]
async fn counting_dead_letters_ends_at_a_limit_and_says_so() {
    let house = House::over(|store| store.count_rows_max = 2, |_| {}).await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    house.made("/api/v1/lists", &json!({"name": "customers"})).await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let automation = made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    for (dead, more) in [(1, false), (2, false), (2, true)] {
        dead_letter(&house, automation).await;
        let counted = house.get("/api/v1/runs/replay").await.expect(200);
        assert_eq!(counted, json!({"count": dead, "more": more}));
    }
}

#[tokio::test]
async fn dead_letters_are_replayed_in_the_order_in_which_their_captures_came() {
    let (house, automation, _) = settled().await;
    let mut dead = Vec::new();
    for _ in 0..3 {
        dead.push(json!(dead_letter(&house, automation).await.id));
    }
    let first = house.post("/api/v1/runs/replay", &json!({"limit": 2})).await.expect(200);
    assert_eq!((&first["replayed"], &first["more"]), (&json!(2), &json!(true)));
    house.post("/api/v1/runs/replay", &json!({"after": first["next"]})).await.expect(200);
    let shown = house.get("/api/v1/runs?state=queued").await.expect(200);
    let newest_first = shown["items"].as_array().expect("runs").iter().map(|run| run["replay"]["of"].clone());
    assert_eq!(newest_first.rev().collect::<Vec<_>>(), dead);
}

#[tokio::test]
async fn a_request_to_the_test_url_ends_the_wait_and_becomes_the_sample() {
    let (house, automation, path) = settled().await;
    assert_eq!(house.get(&format!("{path}/tests")).await.expect(200)["items"], json!([]));
    house.get(&format!("{path}/tests?wait=61")).await.expect(400);
    let text = r#"{"phone_number":"12155556677","first_name":"Ann","last_name":"Roe","Integration":"x"}"#;
    let mut headers = KeptHeaders::default();
    headers.push("user-agent", b"shop");
    let test = TestCapture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation,
        received_at: NOW,
        from: None,
        headers,
        body: payload(text),
    };
    let wait = format!("{path}/tests?wait=60");
    let (met, kept) = tokio::join!(house.get(&wait), house.store.captures().capture_test(&test));
    kept.expect("a test capture");
    let met = met.expect(200);
    assert_eq!((&met["items"][0]["id"], &met["items"][0]["body"]["first_name"]), (&json!(test.id), &json!("Ann")));
    assert_eq!(house.get(&format!("{path}/tests?after={}", test.id)).await.expect(200)["items"], json!([]));
    let changed = house.post(&format!("{path}/sample"), &json!({"test": test.id})).await.expect(200);
    assert_eq!(
        (&changed["version"], &changed["document"]["trigger"]["webhook"]["sample"]["first_name"]),
        (&json!(2), &json!("Ann"))
    );
    assert_ne!(changed["document"], document());
}

#[tokio::test]
async fn a_signing_secret_is_shown_once_and_taken_back() {
    let (house, _, path) = settled().await;
    let path = format!("{path}/secrets");
    let made = house.post(&path, &json!({})).await.expect(201);
    assert!(made["secret"].as_str().is_some_and(|text| text.starts_with("whsec_")), "{made}");
    let other = house.post(&path, &json!({})).await.expect(201);
    let listed = house.get(&path).await;
    assert_eq!(listed.expect(200)["items"].as_array().map(Vec::len), Some(2), "both are taken for a while");
    assert!(!listed.text().contains("whsec_"), "{}", listed.text());
    let one = format!("{path}/{}", made["id"].as_str().unwrap_or_default());
    assert!(house.ask("DELETE", &one).send().await.status.is_success());
    let left = house.get(&path).await.expect(200);
    assert_eq!((left["items"].as_array().map(Vec::len), &left["items"][0]["id"]), (Some(1), &other["id"]));
    house.ask("DELETE", &one).send().await.expect(404);
}
