//! How far history was dropped and what stands in the way, as the host tells it to whoever may know.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{Capture, Id, JsonLimits, KeptHeaders, Payload, Role, RunId, Timestamp, WorkspaceId};
use hookbox_store::{History, Store};
use serde_json::{Value, json};
use uuid::{NoContext, Uuid};

use crate::house::House;
use crate::people::{person, person_in};

const DAY_S: u64 = 24 * 60 * 60;

/// A capture of a day that nobody has begun to run; its run.
async fn captured(house: &House, day: u64) -> RunId {
    let seconds = day * DAY_S + 3_600;
    let at = uuid::Timestamp::from_unix(NoContext, seconds, 0);
    let capture = Capture {
        id: Id::from_uuid(Uuid::new_v7(at)),
        workspace: house.workspace.id,
        automation: Id::from_uuid(Uuid::now_v7()),
        automation_version: 1,
        received_at: Timestamp::from_millis(seconds * 1_000),
        body: Payload::parse(Bytes::from_static(b"{}"), JsonLimits::default()).expect("JSON"),
        idempotency: None,
        from: None,
        headers: KeptHeaders::default(),
    };
    let run = capture.id.retyped();
    house.store.captures().capture(Arc::new(capture)).await.expect("a capture");
    run
}

async fn retention(house: &House, token: &str) -> Value {
    let asked = house.ask("GET", "/api/v1/host").header("authorization", &format!("Bearer {token}"));
    asked.send().await.expect(200)["retention"].clone()
}

#[tokio::test]
async fn whoever_may_know_is_told_what_keeps_old_history() {
    let house = House::new().await;
    assert_eq!(retention(&house, &house.token).await, json!({"dropped_before": null, "held_up": null}));

    let run = captured(&house, 20_000).await;
    captured(&house, 20_001).await;
    house.store.drop_days_before(20_010).await.expect("a look");
    let day = "2024-10-04T00:00:00.000Z";
    let workspace = json!({"id": house.workspace.id, "name": house.workspace.name});
    let told = json!({"dropped_before": null, "held_up": {"day": day, "workspace": workspace, "run": run}});
    assert_eq!(retention(&house, &house.token).await, told);
    assert_eq!(retention(&house, &person(&house, Role::Viewer, Role::Viewer).await.token).await, told);
    house.get(&format!("/api/v1/runs/{run}")).await.expect(200);

    let elsewhere = WorkspaceId::from_bytes([9; 16]);
    let stranger = person_in(&house, elsewhere, Role::Owner, Role::Owner).await;
    let told = json!({"dropped_before": null, "held_up": {"day": day, "workspace": null, "run": null}});
    assert_eq!(retention(&house, &stranger.token).await, told, "whose it is, is nobody else's concern");

    house.store.drop_days_before(20_000).await.expect("a look");
    assert_eq!(retention(&house, &house.token).await["held_up"], Value::Null);
}
