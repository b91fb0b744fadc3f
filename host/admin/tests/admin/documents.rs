//! Applying documents: once, again, changed, in JSON and in YAML, and back out again; and the keys of what was made.

use bytes::Bytes;
use hookbox_model::{AutomationId, Id, JsonLimits, Payload, PresentedKey, Role, TestCapture, Timestamp};
use hookbox_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{Answer, House};
use crate::people::person;

/// The document that the product's description shows, as far as this version takes it.
pub(crate) const YAML: &str = r#"
name: Order shipped
inbox: support
trigger:
  webhook:
    sample: {Integration: Salesforce, first_name: John, last_name: Smith, on: no, phone_number: "12155556677", zip: 02134}
    identifier: {field: phone, from: $.phone_number}
    map:
      - {field: first_name, from: $.first_name, transforms: [trim, title]}
      - {field: last_name,  from: $.last_name}
      - {field: source,     from: $.Integration, write: fill-empty}
      - {field: origin,     value: webhook}
      - {field: greeting,   template: "Hi {{payload.first_name}}"}
steps:
  - name: tell them
    action: send-message
    settings: {body: "Hi {{contact.first_name}}, your order has shipped."}
  - action: add-to-list
    settings: {list: customers}
"#;

/// The same in JSON.
pub(crate) fn document() -> Value {
    json!({
        "name": "Order shipped",
        "inbox": "support",
        "trigger": {"webhook": {
            "sample": {
                "phone_number": "12155556677", "first_name": "John", "last_name": "Smith", "Integration": "Salesforce",
                "zip": "02134", "on": "no",
            },
            "identifier": {"field": "phone", "from": "$.phone_number"},
            "map": [
                {"field": "first_name", "from": "$.first_name", "transforms": ["trim", "title"]},
                {"field": "last_name", "from": "$.last_name"},
                {"field": "source", "from": "$.Integration", "write": "fill-empty"},
                {"field": "origin", "value": "webhook"},
                {"field": "greeting", "template": "Hi {{payload.first_name}}"},
            ],
        }},
        "steps": [
            {
                "name": "tell them", "action": "send-message",
                "settings": {"body": "Hi {{contact.first_name}}, your order has shipped."},
            },
            {"action": "add-to-list", "settings": {"list": "customers"}},
        ],
    })
}

/// A house with an inbox `support` and a list `customers`.
pub(crate) async fn house() -> House {
    let house = House::new().await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    house.made("/api/v1/lists", &json!({"name": "customers"})).await;
    house
}

/// What applying a document answers.
pub(crate) async fn apply(house: &House, media_type: &str, text: &str) -> Answer {
    house.ask("PUT", "/api/v1/automations").body(media_type, text).send().await
}

#[tokio::test]
async fn applying_makes_an_automation_with_a_url_and_a_key_and_again_changes_nothing() {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(made["url"], format!("http://hooks.example:8080/automations/{id}"));
    assert_eq!((&made["version"], &made["changed"]), (&json!(1), &json!(true)));
    let key = PresentedKey::parse(made["key"].as_str().expect("a key")).expect("a well-formed key");
    let trigger = house.store.triggers().get(id.parse::<AutomationId>().expect("an id")).await.expect("a read");
    let trigger = trigger.expect("a trigger");
    assert_eq!((trigger.keys[0].id, trigger.keys[0].secret_sha256), (key.id, key.secret_sha256));

    let again = apply(&house, "application/yaml", YAML).await.expect(200);
    assert_eq!(again, json!({"id": id, "name": "Order shipped", "url": made["url"], "version": 1, "changed": false}));
    let in_json = apply(&house, "application/json", &document().to_string()).await.expect(200);
    assert_eq!(in_json, again, "JSON and YAML say the same document");
    assert_eq!(house.get("/api/v1/automations").await.expect(200)["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_changed_document_is_a_new_version_and_the_old_one_is_kept() {
    let house = house().await;
    let made = apply(&house, "application/json", &document().to_string()).await.expect(201);
    let path = format!("/api/v1/automations/{}", made["id"].as_str().unwrap_or_default());
    house.made("/api/v1/lists", &json!({"name": "vip"})).await;
    let mut changed = document();
    changed["steps"][1]["settings"]["list"] = json!("vip");
    let applied = apply(&house, "application/json", &changed.to_string()).await.expect(200);
    assert_eq!((&applied["id"], &applied["version"], &applied["changed"]), (&made["id"], &json!(2), &json!(true)));
    let shown = house.get(&path).await.expect(200);
    assert_eq!((&shown["version"], &shown["state"], &shown["url"]), (&json!(2), &json!("live"), &made["url"]));
    assert_eq!(shown["document"]["steps"][1]["settings"]["list"], "vip");
    let old = house.get(&format!("{path}/document?version=1")).await.expect(200);
    assert_eq!(old["steps"][1]["settings"]["list"], "customers");
    house.get(&format!("{path}/document?version=3")).await.expect(404);
    house.get(&format!("{path}/document?version=x")).await.expect(400);
}

#[tokio::test]
async fn an_exported_document_applies_again_without_a_change() {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let path = format!("/api/v1/automations/{}/document", made["id"].as_str().unwrap_or_default());
    for (accept, media_type) in [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/yaml", "application/yaml"),
        ("text/html, text/yaml;q=0.9, application/json", "application/yaml"),
    ] {
        let exported = house.ask("GET", &path).header("accept", accept).send().await;
        assert_eq!(exported.header("content-type"), media_type, "{accept}");
        let applied = apply(&house, media_type, exported.text()).await.expect(200);
        assert_eq!(applied["changed"], false, "{accept}: {}", exported.text());
    }
    let yaml = house.ask("GET", &path).header("accept", "application/yaml").send().await;
    assert!(yaml.text().starts_with("name: Order shipped\n"), "{}", yaml.text());
    assert!(yaml.text().contains("\"12155556677\"") || yaml.text().contains("'12155556677'"), "{}", yaml.text());
}

#[tokio::test]
async fn texts_that_look_like_something_else_survive_the_export() {
    let house = house().await;
    let mut odd = document();
    odd["trigger"]["webhook"]["sample"]["odd"] = json!([
        "null", "~", "true", "no", "0x1F", "1e3", "12:30:45", "2024-01-01", "- a", "a: b", "# c", "&d", "*e", "!f", "%g",
        " h ", "", "i\nj\n", "k\n\n", "\tl", "m\u{85}n\u{2028}", "\"", "'", "\\", "{{o}}", "[p]", 0.1, 1.0, -0.0,
        9_007_199_254_740_993_i64, u64::MAX, null, {}, [], {"": "q", "1": "r"}, "s".repeat(500),
        "a long text with many words ".repeat(20),
    ]);
    let made = apply(&house, "application/json", &odd.to_string()).await.expect(201);
    let path = format!("/api/v1/automations/{}/document", made["id"].as_str().unwrap_or_default());
    let yaml = house.ask("GET", &path).header("accept", "application/yaml").send().await;
    let applied = apply(&house, "application/yaml", yaml.text()).await;
    assert_eq!(applied.expect(200)["changed"], false, "{}", yaml.text());
}

#[tokio::test]
async fn keys_are_shown_once_expire_and_are_taken_back() {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let path = format!("/api/v1/automations/{}/keys", made["id"].as_str().unwrap_or_default());
    let bare = house.ask("POST", &path).send().await.expect(201);
    PresentedKey::parse(bare["key"].as_str().unwrap_or_default()).expect("a well-formed key");
    let ending = house.post(&path, &json!({"not_after": "2099-01-01T00:00:00Z"})).await.expect(201);
    assert_eq!(ending["not_after"], "2099-01-01T00:00:00.000Z");
    let past = house.post(&path, &json!({"not_after": "2001-01-01T00:00:00Z"})).await.expect(422);
    assert_eq!(past["faults"][0]["at"], "not_after");

    let first = house.get(&format!("{path}?limit=2")).await.expect(200);
    let after = first["next"].as_str().expect("a next page");
    let second = house.get(&format!("{path}?limit=2&after={after}")).await.expect(200);
    let keys: Vec<&Value> =
        [&first, &second].iter().flat_map(|page| page["items"].as_array().expect("items")).collect();
    assert_eq!((keys.len(), &second["next"]), (3, &Value::Null));
    assert!(keys.iter().all(|key| key.get("key").is_none()), "secrets are shown once");

    let one = format!("{path}/{}", bare["id"].as_str().unwrap_or_default());
    let revoked = house.ask("DELETE", &one).send().await.expect(200);
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    assert_eq!(house.ask("DELETE", &one).send().await.expect(200), revoked, "a second time changes nothing");
    house.ask("DELETE", &format!("{path}/0123456789abcdef")).send().await.expect(404);
    house.ask("DELETE", &format!("{path}/nonsense")).send().await.expect(404);
    house.get(&format!("{path}?after=0123456789abcdef")).await.expect(400);
}

#[tokio::test]
async fn an_earlier_version_is_saved_again_as_a_new_one() {
    let house = house().await;
    let id = apply(&house, "application/yaml", YAML).await.expect(201)["id"].clone();
    let path = format!("/api/v1/automations/{}", id.as_str().unwrap_or_default());
    house.made("/api/v1/lists", &json!({"name": "others"})).await;
    let mut other = document();
    other["steps"] = json!([{"action": "add-to-list", "settings": {"list": "others"}}]);
    assert_eq!(apply(&house, "application/json", &other.to_string()).await.expect(200)["version"], 2);
    let restored = house.post(&format!("{path}/restore"), &json!({"version": 1})).await.expect(200);
    assert_eq!(restored["version"], 3);
    assert_eq!(restored["document"]["steps"][0]["name"], "tell them");
    let again = house.post(&format!("{path}/restore"), &json!({"version": 1})).await.expect(200);
    assert_eq!(again["version"], 3, "the same document makes no version");
    house.post(&format!("{path}/restore"), &json!({"version": 9})).await.expect(404);
}

#[tokio::test]
async fn a_new_automation_may_begin_as_a_draft() {
    let house = house().await;
    let ask = house.ask("PUT", "/api/v1/automations?state=draft").body("application/yaml", YAML);
    let id = ask.send().await.expect(201)["id"].clone();
    let found = house.get(&format!("/api/v1/automations/{}", id.as_str().unwrap_or_default())).await.expect(200);
    assert_eq!(found["state"], "draft");
    let wrong = house.ask("PUT", "/api/v1/automations?state=paused").body("application/yaml", YAML);
    wrong.send().await.expect(400);
}

/// A sample that no sorting and no rounding leaves as it is.
const ODD: &str = r#"{"z": 1.10, "phone_number": "12155556677", "a": [9007199254740993, 1e3], "10": 1, "2": "\u00e9"}"#;

/// A document in JSON with this sample.
pub(crate) fn sampled(sample: &str) -> String {
    format!(
        r#"{{"name":"n","inbox":"support","trigger":{{"webhook":{{"sample":{sample},"identifier":{{"field":"phone","from":"$.phone_number"}}}}}},"steps":[]}}"#
    )
}

#[tokio::test]
async fn a_sample_comes_back_to_the_letter() {
    let house = house().await;
    let made = apply(&house, "application/json", &sampled(ODD)).await.expect(201);
    let path = format!("/api/v1/automations/{}", made["id"].as_str().unwrap_or_default());
    let check =
        async |sent: &str| house.ask("POST", "/api/v1/automations/check").body("application/json", sent).send().await;
    for shown in [
        house.get(&path).await,
        house.get(&format!("{path}/document")).await,
        house.get(&format!("{path}/versions")).await,
        check(&sampled(ODD)).await,
    ] {
        shown.expect(200);
        assert!(shown.text().contains(ODD), "{}", shown.text());
    }
    let spaced = ODD.replace(": ", ":\n  ").replace(", ", "\n,");
    let again = apply(&house, "application/json", &sampled(&spaced)).await.expect(200);
    assert_eq!(again["changed"], false, "white space is no change");
    house.post(&format!("{path}/restore"), &json!({"version": 1})).await.expect(200);
    let sorted: Value = serde_json::from_str(ODD).expect("JSON");
    let sorted = apply(&house, "application/json", &sampled(&sorted.to_string())).await.expect(200);
    assert_eq!((&sorted["changed"], &sorted["version"]), (&json!(true), &json!(2)), "the order of keys is");
    house.post(&format!("{path}/restore"), &json!({"version": 1})).await.expect(200);
    assert!(house.get(&path).await.text().contains(ODD));
    let null = apply(&house, "application/json", &sampled("null")).await.expect(200);
    assert_eq!(null["version"], 4);
    assert!(!house.get(&path).await.text().contains("sample"));
}

#[tokio::test]
async fn every_version_says_who_saved_it() {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let path = format!("/api/v1/automations/{}", made["id"].as_str().unwrap_or_default());
    let editor = person(&house, Role::Editor, Role::Owner).await;
    let bearer = format!("Bearer {}", editor.token);
    let by_editor = |method: &str, path: &str| house.ask(method, path).header("authorization", &bearer);
    let changed = YAML.replace("has shipped", "left");
    by_editor("PUT", "/api/v1/automations").body("application/yaml", changed.as_str()).send().await.expect(200);
    house.post(&format!("{path}/state"), &json!({"state": "paused"})).await.expect(200);
    house.post(&format!("{path}/restore"), &json!({"version": 1})).await.expect(200);
    let page = by_editor("GET", &format!("{path}/versions")).send().await.expect(200);
    let by: Vec<&str> = page["items"].as_array().into_iter().flatten().filter_map(|item| item["by"].as_str()).collect();
    let [third, second, first] = by[..] else { panic!("three versions: {page}") };
    assert!(first.starts_with("tok_") && third == first, "{by:?}");
    assert!(second.starts_with(&format!("{} with tok_", editor.id)), "whoever paused it did not save it: {by:?}");
    assert_eq!(house.get(&path).await.expect(200)["by"], third);
}

#[tokio::test]
async fn a_sample_in_yaml_keeps_the_order_of_its_keys() {
    let house = house().await;
    let made = apply(&house, "application/json", &sampled(ODD)).await.expect(201);
    let path = format!("/api/v1/automations/{}", made["id"].as_str().unwrap_or_default());
    let exported = house.ask("GET", &format!("{path}/document")).header("accept", "application/yaml").send().await;
    let checked = house.ask("POST", "/api/v1/automations/check").body("application/yaml", exported.text()).send().await;
    let checked = checked.expect(200);
    assert_eq!((&checked["faults"], &checked["yaml"]), (&json!([]), &json!(exported.text())));
    let again = apply(&house, "application/yaml", exported.text()).await.expect(200);
    assert_eq!((&again["changed"], &again["version"]), (&json!(false), &json!(1)), "nobody changed the file");
    let edited = exported.text().replace("steps: []", "steps: [{stop: done}]");
    let edited = apply(&house, "application/yaml", &edited).await.expect(200);
    assert_eq!((&edited["changed"], &edited["version"]), (&json!(true), &json!(2)));
    assert!(house.get(&path).await.text().contains(ODD), "the sample stays to the letter");
    let sample = exported.text().replace("12155556677", "12155556688");
    apply(&house, "application/yaml", &sample).await.expect(200);
    let shown = house.get(&path).await;
    assert!(shown.text().contains("12155556688"), "{}", shown.text());
    house.post(&format!("{path}/restore"), &json!({"version": 1})).await.expect(200);
    // YAML says what numbers are, and not how they were spelled.
    let other = exported.text().replacen("\"n\"", "other", 1);
    let made = apply(&house, "application/yaml", &other).await.expect(201);
    let path = format!("/api/v1/automations/{}", made["id"].as_str().unwrap_or_default());
    let wanted = r#""sample":{"z":1.1,"phone_number":"12155556677","a":[9007199254740993,1000.0],"10":1,"2":"é"}"#;
    let shown = house.get(&path).await;
    assert!(shown.text().contains(wanted), "{}", shown.text());
}

#[tokio::test]
async fn a_test_request_becomes_the_sample_to_the_letter() {
    let house = house().await;
    let made = apply(&house, "application/json", &sampled("null")).await.expect(201);
    let automation = made["id"].as_str().expect("an id");
    let test = TestCapture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation: automation.parse().expect("an id"),
        received_at: Timestamp::from_millis(1),
        from: None,
        headers: Default::default(),
        body: Payload::parse(Bytes::from_static(ODD.as_bytes()), JsonLimits::default()).expect("JSON"),
    };
    house.store.captures().capture_test(&test).await.expect("a test capture");
    let path = format!("/api/v1/automations/{automation}");
    let shown = house.get(&format!("{path}/tests")).await;
    assert!(shown.text().contains(ODD), "{}", shown.text());
    house.post(&format!("{path}/sample"), &json!({"test": test.id})).await.expect(200);
    assert!(house.get(&path).await.text().contains(ODD));
}
