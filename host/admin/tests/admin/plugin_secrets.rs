//! Secrets that plugins use: kept, never shown again, and what is refused.

use hookbox_store::Store;
use hookbox_vault::{Place, Vault};
use serde_json::{Value, json};

use crate::house::{Answer, House};
use crate::plugins::installed;
use crate::uploads::named;

const PATH: &str = "/api/v1/plugin-secrets";

async fn put(house: &House, wish: &Value) -> Answer {
    house.ask("PUT", PATH).json(wish).send().await
}

#[tokio::test]
async fn a_secret_is_kept_sealed_and_its_text_is_shown_nowhere() {
    let house = House::new().await;
    let wish =
        json!({"name": "crm-key", "text": "Bearer s3cret-text", "hosts": ["POST https://API.example.com:443/", "*"]});
    let made = put(&house, &wish).await;
    let shown = made.expect(200);
    assert_eq!(shown["hosts"], json!(["POST https://api.example.com", "*"]));
    let moved = json!({"name": "crm-key", "text": "Bearer other-text", "hosts": ["https://*.example.com"]});
    let changed = put(&house, &moved).await;
    let after = changed.expect(200);
    assert_eq!((&after["id"], &after["created_at"]), (&shown["id"], &shown["created_at"]));
    let stored =
        house.store.plugin_secrets().get(house.workspace.id, "crm-key").await.expect("read").expect("a secret");
    let place = Place::of_plugin_secret(house.workspace.id, stored.id);
    let opened = Vault::new([7; 32]).open_text(&place, &stored.sealed).expect("it opens in its place");
    assert_eq!(opened.as_str(), "Bearer other-text");
    let (page, log) = (house.get(PATH).await, house.get("/api/v1/audit").await);
    assert_eq!(page.expect(200)["items"].as_array().map(Vec::len), Some(1));
    let entries = log.expect(200);
    assert_eq!(entries["items"][0]["act"], "plugin-secret.put");
    assert_eq!(entries["items"][0]["before"]["hosts"], shown["hosts"]);
    let one = house.get(&format!("{PATH}/crm-key")).await;
    assert_eq!(one.expect(200), after);
    let removed = house.ask("DELETE", &format!("{PATH}/crm-key")).send().await;
    removed.expect(200);
    for answer in [&made, &changed, &page, &log, &one, &removed] {
        assert!(!answer.text().contains("-text"), "{}", answer.text());
        assert!(!answer.text().contains(stored.sealed.as_str()), "not even sealed");
    }
    house.ask("DELETE", &format!("{PATH}/crm-key")).send().await.expect(404);
    house.get(&format!("{PATH}/crm-key")).await.expect(404);
}

#[tokio::test]
async fn a_secret_shows_the_versions_that_are_granted_it() {
    let house = House::new().await;
    put(&house, &json!({"name": "crm-key", "text": "x", "hosts": ["*"]})).await.expect(200);
    put(&house, &json!({"name": "other", "text": "x", "hosts": ["*"]})).await.expect(200);
    let needs = json!([{"capability": "secret", "scope": ["crm-key"], "reason": "to sign in"}]);
    installed(&house, &named("score-lead", "1.0.0", &needs)).await;
    let page = house.get(PATH).await.expect(200);
    let granted = &page["items"][0]["granted_to"][0];
    assert_eq!((&granted["name"], &granted["active"]), (&json!("score-lead"), &json!(true)));
    assert_eq!(page["items"][1]["granted_to"], json!([]));
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_secret_is_told_and_its_text_is_not() {
    let house = House::new().await;
    let check = async |wish: Value, places: &[&str]| {
        let answer = put(&house, &wish).await;
        let problem = answer.expect(422);
        let at: Vec<&str> =
            problem["faults"].as_array().into_iter().flatten().filter_map(|f| f["at"].as_str()).collect();
        assert_eq!(at, places, "{problem}");
        assert!(!answer.text().contains("s3cret"), "{problem}");
    };
    check(json!({"name": "a b", "text": "s3cret\n", "hosts": ["example.com"]}), &["name", "hosts[0]", "text"]).await;
    check(json!({"name": "", "text": "", "hosts": []}), &["name", "hosts", "text"]).await;
    check(json!({"name": "a", "text": "s3cret".repeat(700), "hosts": ["*"]}), &["text"]).await;
    check(json!({"name": "a", "text": "s3cret", "hosts": vec!["*"; 51]}), &["hosts"]).await;
    check(json!({"name": "a", "text": ["s3cret"], "hosts": ["*"]}), &["text"]).await;
    check(json!({"name": "a", "text": "s3cret"}), &["body"]).await;
    assert_eq!(house.get(PATH).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_setting_that_is_a_secret_names_one_that_there_is() {
    let house = House::new().await;
    installed(&house, &named("score-lead", "1.0.0", &json!([]))).await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    let document = json!({
        "name": "Leads", "inbox": "support", "steps": [{"action": "score-lead", "settings": {"key": "crm-key"}}],
        "trigger": {"webhook": {"identifier": {"field": "phone", "from": "$.phone"}, "map": []}},
    });
    let apply = async || house.ask("PUT", "/api/v1/automations").json(&document).send().await;
    let refused = apply().await.expect(422);
    assert_eq!(refused["faults"][0]["at"], "steps[0].settings.key");
    assert!(!refused.to_string().contains("crm-key"), "it could be the secret itself: {refused}");
    put(&house, &json!({"name": "crm-key", "text": "x", "hosts": ["*"]})).await.expect(200);
    apply().await.expect(201);
}
