//! Which of several versions a name means, how they follow one another, and what happens when several people decide at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::house::House;
use crate::plugins::{installed, path};
use crate::uploads::{component, named, upload, uploaded};

/// The version that is active, if one is.
async fn active(house: &House) -> Value {
    let page = house.get("/api/v1/plugins?name=score-lead&active=true").await.expect(200);
    page["items"][0]["manifest"]["version"].clone()
}

#[tokio::test]
async fn a_name_is_the_version_that_may_come_next_where_it_is_about_that_and_the_active_one_elsewhere() {
    let house = House::new().await;
    let one = installed(&house, &component("1.0.0", &["hot"])).await;
    let of_name = |act: &str| format!("/api/v1/plugins/score-lead/{act}");
    let waits = house.post(&of_name("approve"), &json!({"all": true})).await.expect(409);
    let told = waits["detail"].as_str().expect("a text");
    assert!(told.contains(one.rsplit('/').next().expect("an id")) && told.contains("(1.0.0, active)"), "{told}");
    let two = path(&uploaded(&house, &component("2.0.0", &["hot", "cold"])).await);
    house.post(&of_name("activate"), &json!({})).await.expect(409);
    let part = json!({"grants": [{"capability": "contacts.tag", "scope": ["cold"]}]});
    let approved = house.post(&of_name("approve"), &part).await.expect(200);
    assert_eq!((&approved["manifest"]["version"], &approved["active"]), (&json!("2.0.0"), &json!(false)));
    let kept = house.get(&one).await.expect(200);
    assert_eq!(kept["grants"][0]["scope"], json!(["hot"]), "the active version keeps its grants");
    assert_eq!(house.get("/api/v1/plugins/score-lead").await.expect(200)["manifest"]["version"], "1.0.0");
    uploaded(&house, &component("3.0.0", &["other"])).await;
    let refused = house.post(&of_name("refuse"), &json!({"reason": "no"})).await.expect(200);
    assert_eq!(refused["manifest"]["version"], "3.0.0", "the newest");
    let next = house.post(&of_name("activate"), &json!({})).await.expect(200);
    assert_eq!(next["manifest"]["version"], "2.0.0", "what was refused does not come next");
    let off = house.post(&of_name("deactivate"), &json!({})).await.expect(200);
    assert_eq!(off["manifest"]["version"], "2.0.0");
    house.get(&two).await.expect(200);
    let unknown = house.post("/api/v1/plugins/no-such/approve", &json!({"all": true})).await.expect(404);
    assert!(unknown["detail"].as_str().is_some_and(|told| told.contains("no-such")), "{unknown}");
    house.post("/api/v1/plugins/send-message/compare", &json!({})).await.expect(409);
}

#[tokio::test]
async fn rolling_back_goes_from_the_active_version_to_older_ones_and_from_none_nowhere() {
    let house = House::new().await;
    let mut paths = Vec::new();
    for version in ["1.0.0", "2.0.0", "3.0.0"] {
        paths.push(installed(&house, &component(version, &["hot"])).await);
    }
    let rollback = async || house.post("/api/v1/plugins/score-lead/rollback", &json!({})).await;
    assert_eq!(rollback().await.expect(200)["manifest"]["version"], "2.0.0");
    house.post(&format!("{}/deactivate", paths[1]), &json!({})).await.expect(200);
    let none = rollback().await.expect(409);
    assert!(none["detail"].as_str().is_some_and(|told| told.contains("is active")), "{none}");
    assert_eq!(active(&house).await, Value::Null, "nothing goes forth");
    house.post(&format!("{}/activate", paths[0]), &json!({})).await.expect(200);
    rollback().await.expect(409);
    house.post(&format!("{}/activate", paths[2]), &json!({})).await.expect(200);
    assert_eq!(rollback().await.expect(200)["manifest"]["version"], "2.0.0", "by the order of the uploads");
}

#[tokio::test]
async fn when_several_decide_at_once_the_log_tells_every_state_that_there_was_and_no_other() {
    let house = House::new().await;
    let path = installed(&house, &component("1.0.0", &["hot", "cold"])).await;
    let grant = |tag: &str| json!({"grants": [{"capability": "contacts.tag", "scope": [tag]}]});
    for _ in 0..10 {
        let acts =
            [("deactivate", json!({})), ("approve", grant("hot")), ("activate", json!({})), ("approve", grant("cold"))];
        let acts = acts.map(|(act, wish)| {
            let (house, path) = (&house, format!("{path}/{act}"));
            async move { house.post(&path, &wish).await.expect(200) }
        });
        join_all(acts).await;
    }
    let mut log =
        house.get("/api/v1/audit?limit=1000").await.expect(200)["items"].as_array().cloned().expect("entries");
    log.reverse();
    assert!(log.len() > 20, "{} entries", log.len());
    for pair in log.windows(2) {
        assert_eq!(pair[0]["after"], pair[1]["before"], "{} and then {}", pair[0]["act"], pair[1]["act"]);
    }
}

#[tokio::test]
async fn switching_off_a_version_that_another_replaced_meanwhile_leaves_that_one_active() {
    let house = House::new().await;
    let one = installed(&house, &component("1.0.0", &["hot"])).await;
    let two = path(&uploaded(&house, &component("2.0.0", &["hot"])).await);
    let (on, off) = (format!("{two}/activate"), format!("{one}/deactivate"));
    let wish = json!({});
    let (on, off) = tokio::join!(house.post(&on, &wish), house.post(&off, &wish));
    on.expect(200);
    assert_eq!(off.expect(200)["active"], false);
    assert_eq!(active(&house).await, "2.0.0");
}

#[tokio::test]
async fn an_upload_inherits_nothing_that_is_taken_away_while_it_is_on_its_way() {
    let house = House::new().await;
    let one = installed(&house, &component("1.0.0", &["hot"])).await;
    let (approve, none) = (format!("{one}/approve"), json!({"grants": []}));
    let heir = component("1.0.1", &["hot"]);
    let (took, made) = tokio::join!(house.post(&approve, &none), upload(&house, &heir));
    took.expect(200);
    let heir = made.expect(201)["plugin"].clone();
    let log = house.get("/api/v1/audit").await.expect(200);
    let acts: Vec<&Value> =
        log["items"].as_array().expect("entries").iter().map(|entry| &entry["act"]).take(2).collect();
    let came_first = if acts[0] == "plugin.upload" { "pending" } else { "approved" };
    assert_eq!(heir["approval"]["state"], came_first, "{acts:?}");
    house.post("/api/v1/plugins/score-lead/deactivate", &json!({})).await.expect(200);
    let late = uploaded(&house, &named("score-lead", "1.0.2", &json!([]))).await;
    assert_eq!(late["approval"]["state"], "pending", "nothing is active");
}
