//! Decisions about uploaded versions: approved, refused, switched, taken back, removed; and who may decide about what.

use hookbox_model::{HealthState, Id, PluginFault, PluginHealth, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::House;
use crate::uploads::{component, named, upload, uploaded};

/// Where a version is.
pub(crate) fn path(plugin: &Value) -> String {
    format!("/api/v1/plugins/{}", plugin["id"].as_str().expect("an id"))
}

/// Uploads a component, approves all it asks and makes it active; gives its path.
pub(crate) async fn installed(house: &House, component: &[u8]) -> String {
    let path = path(&uploaded(house, component).await);
    house.post(&format!("{path}/approve"), &json!({"all": true, "activate": true})).await.expect(200);
    path
}

async fn acts(house: &House) -> Vec<Value> {
    let page = house.get("/api/v1/audit").await.expect(200);
    page["items"].as_array().expect("a page").iter().map(|entry| entry["act"].clone()).collect()
}

#[tokio::test]
async fn a_version_is_approved_in_part_again_in_full_and_refused_and_all_of_it_is_in_the_audit_log() {
    let house = House::new().await;
    let path = path(&uploaded(&house, &component("1.0.0", &["hot", "cold"])).await);
    house.post(&format!("{path}/activate"), &json!({})).await.expect(409);
    let part = json!({"grants": [{"capability": "contacts.tag", "scope": ["hot"]}]});
    let approved = house.post(&format!("{path}/approve"), &part).await.expect(200);
    assert_eq!(
        approved["grants"],
        json!([{"capability": "contacts.tag", "scope": ["hot"], "reason": "to mark leads"}])
    );
    assert_eq!((&approved["approval"]["state"], &approved["active"]), (&json!("approved"), &json!(false)));
    let by = approved["approval"]["by"].as_str().expect("who").to_owned();
    assert!(by.starts_with("tok_"), "{by}");
    let all = house.post(&format!("{path}/approve"), &json!({"all": true})).await.expect(200);
    assert_eq!(all["grants"], all["manifest"]["needs"]);
    let refused = house.post(&format!("{path}/refuse"), &json!({"reason": " calls home "})).await.expect(200);
    assert_eq!((&refused["approval"]["reason"], &refused["grants"]), (&json!("calls home"), &json!([])));
    house.post(&format!("{path}/activate"), &json!({})).await.expect(409);
    let log = house.get("/api/v1/audit").await.expect(200);
    let newest = &log["items"][0];
    assert_eq!((&newest["act"], &newest["by"]), (&json!("plugin.refuse"), &json!(by)));
    assert_eq!(newest["before"]["grants"], all["grants"]);
    assert_eq!(newest["after"], json!({"approval": refused["approval"], "grants": [], "active": false}));
    assert_eq!(acts(&house).await, ["plugin.refuse", "plugin.approve", "plugin.approve", "plugin.upload"]);
    assert_eq!(house.get("/api/v1/audit/verify").await.expect(200), json!({"state": "whole", "entries": 4}));
}

#[tokio::test]
async fn a_decision_that_makes_no_sense_is_refused_at_its_place() {
    let house = House::new().await;
    let path = path(&uploaded(&house, &component("1.0.0", &["hot"])).await);
    let check = async |act: &str, wish: Value, place: &str| {
        let problem = house.post(&format!("{path}/{act}"), &wish).await.expect(422);
        assert_eq!(problem["faults"][0]["at"], place, "{problem}");
    };
    check("approve", json!({}), "grants").await;
    check("approve", json!({"all": true, "grants": []}), "grants").await;
    let wanted = |capability: &str, scope: Value| json!({"grants": [{"capability": capability, "scope": scope}]});
    check("approve", wanted("contacts.tag", json!(["*"])), "grants[0]").await;
    check("approve", wanted("http", json!(["*"])), "grants[0]").await;
    check("approve", wanted("contacts.tag", json!([])), "grants[0].scope").await;
    check("approve", json!({"al": true}), "al").await;
    check("refuse", json!({"reason": " "}), "reason").await;
    check("refuse", json!({}), "body").await;
    check("activate", json!({"now": true}), "now").await;
    assert_eq!(house.get(&path).await.expect(200)["approval"]["state"], "pending");
}

#[tokio::test]
async fn a_version_that_asks_no_more_is_approved_at_once_and_one_that_does_waits() {
    let house = House::new().await;
    let first = uploaded(&house, &component("1.0.0", &["hot", "cold"])).await;
    let part = json!({"grants": [{"capability": "contacts.tag", "scope": ["hot"]}], "activate": true});
    house.post(&format!("{}/approve", path(&first)), &part).await.expect(200);
    let same = uploaded(&house, &component("1.0.1", &["hot"])).await;
    assert_eq!((&same["approval"]["state"], &same["active"]), (&json!("approved"), &json!(false)));
    assert_eq!(same["grants"][0]["scope"], json!(["hot"]));
    let more = uploaded(&house, &component("1.1.0", &["hot", "cold"])).await;
    assert_eq!((&more["approval"]["state"], &more["grants"]), (&json!("pending"), &json!([])));
    assert_eq!(more["change"]["added"][0]["scope"], json!(["cold"]));
    assert_eq!(more["change"]["kept"][0]["scope"], json!(["hot"]));
    let none = uploaded(&house, &component("2.0.0", &[])).await;
    assert_eq!((&none["approval"]["state"], &none["grants"]), (&json!("approved"), &json!([])));
    assert_eq!(none["change"]["dropped"][0]["scope"], json!(["hot"]));
    let disguised = uploaded(&house, &named("add-to-list", "9.0.0", &json!([]))).await;
    assert_eq!(disguised["approval"]["state"], "pending", "the name of one of the host's inherits nothing");
}

#[tokio::test]
async fn versions_are_switched_switched_back_and_switched_off() {
    let house = House::new().await;
    let one = installed(&house, &component("1.0.0", &["hot"])).await;
    house.post("/api/v1/plugins/score-lead/rollback", &json!({})).await.expect(409);
    let two = installed(&house, &component("2.0.0", &["hot"])).await;
    assert_eq!(house.get("/api/v1/plugins/score-lead").await.expect(200)["manifest"]["version"], "2.0.0");
    assert_eq!(house.get(&one).await.expect(200)["active"], false);
    house.ask("DELETE", &two).send().await.expect(409);
    house.post(&format!("{two}/refuse"), &json!({"reason": "bad"})).await.expect(409);
    let back = house.post("/api/v1/plugins/score-lead/rollback", &json!({})).await.expect(200);
    assert_eq!((&back["manifest"]["version"], &back["active"]), (&json!("1.0.0"), &json!(true)));
    house.post("/api/v1/plugins/score-lead/rollback", &json!({})).await.expect(409);
    let off = house.post(&format!("{one}/deactivate"), &json!({})).await.expect(200);
    assert_eq!(off["active"], false);
    house.post(&format!("{one}/deactivate"), &json!({})).await.expect(200);
    let active = house.get("/api/v1/plugins?name=score-lead&active=true").await.expect(200);
    assert_eq!(active["items"], json!([]));
    house.ask("DELETE", &two).send().await.expect(200);
    house.get(&two).await.expect(404);
    let log = acts(&house).await;
    assert_eq!(log[..3], ["plugin.remove", "plugin.deactivate", "plugin.rollback"]);
    assert_eq!(house.bench.removed(1).await.len(), 1);
}

#[tokio::test]
async fn what_belongs_to_the_host_is_not_the_workspaces_to_change() {
    let house = House::new().await;
    for (act, wish) in [
        ("approve", json!({"all": true})),
        ("refuse", json!({"reason": "no"})),
        ("activate", json!({})),
        ("deactivate", json!({})),
        ("rollback", json!({})),
    ] {
        let problem = house.post(&format!("/api/v1/plugins/send-message/{act}"), &wish).await.expect(409);
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains("belongs to the host")), "{problem}");
    }
    house.ask("DELETE", "/api/v1/plugins/send-message").send().await.expect(409);
    let own = installed(&house, &named("send-message", "9.0.0", &json!([]))).await;
    let of_name = house.get("/api/v1/plugins/send-message").await.expect(200);
    assert_eq!(of_name["origin"], "uploaded", "one of the workspace's own comes first");
    house.post(&format!("{own}/deactivate"), &json!({})).await.expect(200);
    assert_eq!(house.get("/api/v1/plugins/send-message").await.expect(200)["origin"], "built-in");
}

#[tokio::test]
async fn a_version_shows_where_it_is_used_and_how_it_fares() {
    let house = House::new().await;
    let path = installed(&house, &component("1.0.0", &["hot"])).await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    let document = json!({
        "name": "Leads", "inbox": "support", "steps": [{"action": "score-lead"}],
        "trigger": {"webhook": {"identifier": {"field": "phone", "from": "$.phone"}, "map": []}},
    });
    let made = house.ask("PUT", "/api/v1/automations").json(&document).send().await.expect(201);
    let until = Timestamp::from_millis(1_700_000_000_000);
    let fault = PluginFault {
        at: until,
        run: Id::from_uuid(Uuid::now_v7()),
        step: "score-lead".to_owned(),
        message: "unreachable".to_owned(),
        backtrace: "score!run".to_owned(),
    };
    *house.bench.health.lock() = PluginHealth { state: HealthState::Quarantined { until }, last_fault: Some(fault) };
    let shown = house.get(&path).await.expect(200);
    assert_eq!(shown["used_by"], json!([{"id": made["id"], "name": "Leads"}]));
    assert_eq!(shown["health"], json!({"state": "quarantined", "until": "2023-11-14T22:13:20.000Z"}));
    assert_eq!(shown["last_fault"]["backtrace"], "score!run");
    assert!(shown["change"].is_null(), "the active version is compared with nothing");
}

#[tokio::test]
async fn pages_of_versions_keep_to_their_filters_and_go_on() {
    let house = House::new().await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        uploaded(&house, &component(version, &[])).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/plugins?name=score-lead&active=false&limit=2".to_owned();
    loop {
        let page = house.get(&path).await.expect(200);
        seen.extend(page["items"].as_array().expect("items").iter().map(|item| item["manifest"]["version"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/plugins?name=score-lead&active=false&limit=2&after={next}");
    }
    assert_eq!(seen, ["1.0.0", "1.1.0", "1.2.0"], "of one name the oldest first");
    house.get("/api/v1/plugins?actif=true").await.expect(400);
    house.get("/api/v1/plugins/no-such-plugin").await.expect(404);
    house.post("/api/v1/plugins/no-such-plugin/approve", &json!({"all": true})).await.expect(404);
    assert_eq!(upload(&house, &component("1.0.0", &[])).await.status.as_u16(), 200);
}
