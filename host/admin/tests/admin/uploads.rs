//! Uploading: what becomes of a component, how it is told, and that nothing is left of what comes to nothing.

use std::sync::Arc;

use axum::body::to_bytes;
use hookbox_model::{Digest, Role};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::house::{Answer, COMPONENT_BYTES_MAX, House};
use crate::people::person;

/// A component that says it is `score-lead` in this version and asks these scopes of `contacts.tag`.
pub(crate) fn component(version: &str, tags: &[&str]) -> Vec<u8> {
    let needs = if tags.is_empty() {
        json!([])
    } else {
        json!([{"capability": "contacts.tag", "scope": tags, "reason": "to mark leads"}])
    };
    named("score-lead", version, &needs)
}

/// A component that says that it has this name and asks this.
pub(crate) fn named(name: &str, version: &str, needs: &Value) -> Vec<u8> {
    let settings = json!({"type": "object", "properties": {"key": {"type": "string", "format": "secret"}}});
    let manifest = json!({
        "name": name, "version": version, "title": "Score a lead", "description": "", "settings": settings.to_string(),
        "needs": needs,
    });
    manifest.to_string().into_bytes()
}

/// What uploading a component answers.
pub(crate) async fn upload(house: &House, component: &[u8]) -> Answer {
    house.ask("POST", "/api/v1/plugins").body("application/wasm", component).send().await
}

/// Uploads a component and gives its plugin.
pub(crate) async fn uploaded(house: &House, component: &[u8]) -> Value {
    upload(house, component).await.expect(201)["plugin"].clone()
}

async fn versions(house: &House) -> usize {
    house.get("/api/v1/plugins?name=score-lead").await.expect(200)["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn an_uploaded_version_may_do_nothing_and_shows_what_it_asks() {
    let house = House::new().await;
    let answer = upload(&house, &component("1.0.0", &["hot"])).await.expect(201);
    let plugin = &answer["plugin"];
    assert_eq!((&plugin["approval"], &plugin["grants"]), (&json!({"state": "pending"}), &json!([])));
    assert_eq!((&plugin["active"], &plugin["origin"]), (&json!(false), &json!("uploaded")));
    assert_eq!(plugin["change"]["added"], plugin["manifest"]["needs"]);
    assert_eq!((&answer["report"]["faults"], &answer["report"]["compile_ms"]), (&json!([]), &json!(1)));
    let again = upload(&house, &component("1.0.0", &["hot"])).await.expect(200);
    assert_eq!((&again["plugin"], &again["report"]), (plugin, &Value::Null), "the same bytes are the same version");
    assert_eq!(*house.bench.begun.lock(), 1, "and need not be looked at again");
    assert!(house.bench.removed.lock().is_empty());
    let octets = house.ask("POST", "/api/v1/plugins").body("application/octet-stream", component("1.0.1", &[]));
    octets.send().await.expect(201);
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_with_the_whole_report_and_leaves_nothing() {
    let house = House::new().await;
    let answer = upload(&house, b"(component)").await;
    let problem = answer.expect(422);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(problem["type"], "/problems/invalid-plugin");
    assert_eq!(problem["faults"], json!([{"at": "not-a-component", "message": "it is text; build it"}]));
    assert_eq!(problem["report"]["faults"][0]["mend"], "build it");
    assert_eq!(house.bench.removed(1).await, [Digest::of(b"(component)")]);
    assert_eq!(versions(&house).await, 0);
    assert_eq!(house.get("/api/v1/audit").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_body_that_can_be_no_component_is_refused_before_it_is_looked_at() {
    let house = House::new().await;
    let check = async |media_type: &str, body: &[u8], status: u16, named: &str| {
        let sent = house.ask("POST", "/api/v1/plugins").body(media_type, body).send().await;
        let problem = sent.expect(status);
        assert!(problem.to_string().contains(named), "{problem}");
    };
    check("application/json", b"{}", 415, "application/wasm").await;
    check("", b"x", 415, "application/wasm").await;
    check("application/wasm", b"", 400, "empty").await;
    check("application/wasm", &[0; COMPONENT_BYTES_MAX + 1], 413, "larger").await;
    let declared =
        house.ask("POST", "/api/v1/plugins").body("application/wasm", "x").header("content-length", "99999999");
    declared.send().await.expect(413);
    let packed = house.ask("POST", "/api/v1/plugins").body("application/wasm", "x").header("content-encoding", "gzip");
    packed.send().await.expect(415);
    assert_eq!(*house.bench.begun.lock(), 0);
}

#[tokio::test]
async fn an_upload_is_told_line_by_line_to_whoever_asks_for_lines() {
    let house = House::new().await;
    let told = async |component: &[u8]| {
        let ask = house.ask("POST", "/api/v1/plugins").body("application/wasm", component);
        let answer = ask.header("accept", "application/x-ndjson").send().await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/x-ndjson"));
        let lines = answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON"));
        lines.collect::<Vec<Value>>()
    };
    let good = told(&component("1.0.0", &[])).await;
    let (last, before) = good.split_last().expect("lines");
    assert_eq!(last["plugin"]["manifest"]["name"], "score-lead");
    assert_eq!(before[0]["phase"], "receiving");
    assert!(before.iter().all(|line| line["elapsed_ms"].is_u64()), "{before:?}");
    let bad = told(b"(component)").await;
    let problem = &bad.last().expect("lines")["problem"];
    assert_eq!((&problem["status"], &problem["report"]["faults"][0]["code"]), (&json!(422), &json!("not-a-component")));
    assert_eq!(problem["request_id"].as_str().map(str::len), Some(32));
}

#[tokio::test]
async fn an_upload_that_its_sender_gives_up_leaves_nothing_and_gives_its_room_back() {
    let house = House::new().await;
    *house.bench.gate.lock() = Some(Arc::new(Notify::new()));
    let component = component("1.0.0", &[]);
    for turn in 1..=3 {
        let ask = house.ask("POST", "/api/v1/plugins").body("application/wasm", component.clone());
        let response = ask.header("accept", "application/x-ndjson").begin().await;
        let reading = tokio::spawn(to_bytes(response.into_body(), usize::MAX));
        while *house.bench.begun.lock() < turn {
            tokio::task::yield_now().await;
        }
        reading.abort();
        assert!(reading.await.expect_err("it was given up").is_cancelled());
    }
    assert_eq!(house.bench.removed(3).await, [Digest::of(&component); 3]);
    assert_eq!(versions(&house).await, 0);
}

#[tokio::test]
async fn a_few_uploads_go_on_at_once_and_more_are_told_to_come_again() {
    let house = House::new().await;
    let gate = Arc::new(Notify::new());
    *house.bench.gate.lock() = Some(Arc::clone(&gate));
    let (one, other) = (component("1.0.0", &[]), component("1.1.0", &[]));
    let third = async {
        while *house.bench.begun.lock() < 2 {
            tokio::task::yield_now().await;
        }
        let refused = upload(&house, b"x").await;
        assert_eq!(refused.expect(503)["title"], "Busy");
        assert_eq!(refused.header("retry-after"), "1");
        gate.notify_waiters();
    };
    let (one, other, ()) = tokio::join!(upload(&house, &one), upload(&house, &other), third);
    one.expect(201);
    other.expect(201);
}

#[tokio::test]
async fn a_workspace_keeps_so_many_versions_and_is_told_to_remove_one_before_the_next() {
    let house = House::with(|config| config.plugin_versions_max = 2).await;
    let one = uploaded(&house, &component("1.0.0", &[])).await;
    uploaded(&house, &component("1.1.0", &[])).await;
    let problem = upload(&house, &component("1.2.0", &[])).await.expect(409);
    assert!(problem["detail"].as_str().is_some_and(|told| told.contains("remove one")), "{problem}");
    assert_eq!((versions(&house).await, *house.bench.begun.lock()), (2, 2), "it was not looked at");
    upload(&house, &component("1.0.0", &[])).await.expect(200);
    let path = format!("/api/v1/plugins/{}", one["id"].as_str().expect("an id"));
    house.ask("DELETE", &path).send().await.expect(200);
    uploaded(&house, &component("1.2.0", &[])).await;
}

#[tokio::test]
async fn an_upload_takes_no_room_that_captures_need() {
    let house = House::over(|store| store.free_bytes_min = u64::MAX, |_| {}).await;
    let problem = upload(&house, &component("1.0.0", &[])).await.expect(503);
    assert_eq!(problem["title"], "Disk full");
    assert_eq!((versions(&house).await, *house.bench.begun.lock()), (0, 0));
}

#[tokio::test]
async fn an_upload_of_somebody_who_lost_their_role_meanwhile_is_not_kept() {
    let house = House::new().await;
    for wish in [json!({"role": "editor"}), json!({"disabled": true})] {
        let ann = person(&house, Role::Admin, Role::Admin).await;
        let gate = Arc::new(Notify::new());
        *house.bench.gate.lock() = Some(Arc::clone(&gate));
        let begun = *house.bench.begun.lock();
        let component = component("1.0.0", &[]);
        let ask = house.ask("POST", "/api/v1/plugins").header("authorization", &format!("Bearer {}", ann.token));
        let sent = ask.body("application/wasm", component.clone()).send();
        let meanwhile = async {
            while *house.bench.begun.lock() == begun {
                tokio::task::yield_now().await;
            }
            house.ask("PATCH", &format!("/api/v1/users/{}", ann.id)).json(&wish).send().await.expect(200);
            gate.notify_waiters();
        };
        let (refused, ()) = tokio::join!(sent, meanwhile);
        refused.expect(if wish["disabled"] == true { 401 } else { 403 });
        *house.bench.gate.lock() = None;
        assert_eq!(house.bench.removed(1).await.last(), Some(&Digest::of(&component)));
        house.bench.removed.lock().clear();
        assert_eq!(versions(&house).await, 0);
    }
}
