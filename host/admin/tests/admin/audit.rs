//! The audit log: newest first, page by page, and each workspace's for itself.

use serde_json::{Value, json};

use crate::house::House;

#[tokio::test]
async fn the_audit_log_is_read_from_its_end_and_each_entry_follows_the_one_before_it() {
    let house = House::new().await;
    for name in ["a", "b", "c"] {
        let wish = json!({"name": name, "text": "x", "hosts": ["*"]});
        house.ask("PUT", "/api/v1/plugin-secrets").json(&wish).send().await.expect(200);
    }
    let first = house.get("/api/v1/audit?limit=2").await.expect(200);
    let next = first["next"].as_str().expect("there is more");
    let second = house.get(&format!("/api/v1/audit?limit=2&after={next}")).await.expect(200);
    let items = |page: &Value| page["items"].as_array().cloned().unwrap_or_default();
    let entries: Vec<Value> = items(&first).into_iter().chain(items(&second)).collect();
    let places: Vec<&Value> = entries.iter().map(|entry| &entry["place"]).collect();
    assert_eq!(places, [3, 2, 1]);
    assert_eq!((&entries[0]["previous"], &entries[1]["previous"]), (&entries[1]["digest"], &entries[2]["digest"]));
    assert!(entries[0]["subject"].as_str().is_some_and(|text| text.ends_with(" c")), "{entries:?}");
    assert_eq!(house.get("/api/v1/audit/verify").await.expect(200), json!({"state": "whole", "entries": 3}));
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let foreign = house.ask("GET", "/api/v1/audit").header("hookbox-workspace", "other").send().await;
    assert_eq!(foreign.expect(200)["items"], json!([]));
}
