//! What plugins remember: seen, and forgotten by hand.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{Capture, Id, JsonLimits, Left, Payload, Run, RunState, Seen, StateAccess, StateEntry, Timestamp};
use hookbox_store::{RunCommit, StateCommit, Store};
use serde_json::json;
use uuid::Uuid;

use crate::documents::{YAML, apply, house};
use crate::house::House;

/// Commits a run whose plugin leaves `value` under each of the keys.
pub(crate) async fn remember(house: &House, plugin: &str, keys: &[&str]) {
    let made = apply(house, "application/yaml", YAML).await.json();
    let capture = Capture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation: made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id"),
        automation_version: 1,
        received_at: Timestamp::from_millis(1_700_000_000_000),
        body: Payload::parse(Bytes::from_static(b"{}"), JsonLimits::default()).expect("JSON"),
        idempotency: None,
        from: None,
        headers: Default::default(),
    };
    house.store.captures().capture(Arc::new(capture)).await.expect("a capture");
    let claim = house.store.runs().claim(1).await.expect("a claim").pop().expect("a run");
    let mut run = Run::first_of(&claim.capture, Timestamp::from_millis(1_700_000_001_000));
    (run.state, run.revision, run.finished_at) = (RunState::Succeeded, 1, Some(run.began_at));
    let commit = |key: &&str| {
        let entry = StateEntry { value: format!("value of {key}"), expires_at: None };
        let access = StateAccess { key: (*key).to_owned(), seen: Seen::Unread, left: Left::Entry(entry) };
        StateCommit { plugin: plugin.to_owned(), access }
    };
    let state = keys.iter().map(commit).collect();
    let committed = house.store.runs().commit_run(RunCommit { run, contact: None, begins: Vec::new(), state });
    committed.await.expect("a commit");
}

#[tokio::test]
async fn what_a_plugin_remembers_is_seen_and_forgotten_key_by_key_and_whole() {
    let house = house().await;
    remember(&house, "score-lead", &["leads:a/b", "total", "ü"]).await;
    let path = "/api/v1/plugins/score-lead/state";
    let page = house.get(&format!("{path}?limit=2")).await.expect(200);
    assert_eq!(page["items"][0], json!({"key": "leads:a/b", "value": "value of leads:a/b", "expires_at": null}));
    assert!(page["next"].is_string());
    assert_eq!(house.get(&format!("{path}/leads:a%2Fb")).await.expect(200)["value"], "value of leads:a/b");
    assert_eq!(house.get(&format!("{path}/%C3%BC")).await.expect(200)["key"], "ü");
    let gone = house.ask("DELETE", &format!("{path}/leads:a%2Fb")).send().await.expect(200);
    assert_eq!(gone, json!({"forgotten": 1, "more": false}));
    house.ask("DELETE", &format!("{path}/leads:a%2Fb")).send().await.expect(404);
    house.get(&format!("{path}/leads:a%2Fb")).await.expect(404);
    let all = house.ask("DELETE", path).send().await.expect(200);
    assert_eq!(all, json!({"forgotten": 2, "more": false}));
    house.get(path).await.expect(404);
    let log = house.get("/api/v1/audit?act=plugin-state").await;
    assert_eq!(log.expect(200)["items"].as_array().map(Vec::len), Some(3));
    assert!(log.text().contains("leads:a/b") && !log.text().contains("value of"), "{}", log.text());
}
