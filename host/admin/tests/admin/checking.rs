//! Looking at documents and mappings while they are written; and what the host tells of itself.

use serde_json::{Value, json};

use crate::documents::{YAML, apply, document, house};
use crate::house::{COMPONENT_BYTES_MAX, House};

async fn check(house: &House, media_type: &str, text: &str) -> Value {
    house.ask("POST", "/api/v1/automations/check").body(media_type, text).send().await.expect(200)
}

/// Path and line of each fault.
fn faults(checked: &Value) -> Vec<(&str, Option<u64>)> {
    let faults = checked["faults"].as_array().into_iter().flatten();
    faults.map(|fault| (fault["path"].as_str().expect("a path"), fault["line"].as_u64())).collect()
}

#[tokio::test]
async fn a_good_document_is_told_in_both_languages_and_not_saved() {
    let house = house().await;
    let checked = check(&house, "application/yaml", YAML).await;
    assert_eq!(
        (&checked["document"], &checked["faults"], &checked["automation"]),
        (&document(), &json!([]), &Value::Null)
    );
    let yaml = checked["yaml"].as_str().expect("YAML");
    assert!(yaml.starts_with("name: Order shipped\ninbox: support\n"), "{yaml}");
    let again = check(&house, "application/yaml", yaml).await;
    assert_eq!((&again["document"], &again["yaml"]), (&checked["document"], &checked["yaml"]));
    let in_json = check(&house, "application/json", &document().to_string()).await;
    assert_eq!((&in_json["document"], &in_json["yaml"]), (&checked["document"], &checked["yaml"]));
    assert_eq!(house.get("/api/v1/automations").await.expect(200)["items"], json!([]));
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    assert_eq!(check(&house, "application/yaml", YAML).await["automation"], made["id"]);
}

#[tokio::test]
async fn every_fault_has_its_pointer_and_its_line() {
    let house = house().await;
    let text = "\
name: Order shipped
inbox: nowhere
trigger:
  webhook:
    identifier: {field: phone, from: 'phone'}
    map:
      - {field: first_name, from: $.first_name, transforms: [trimm]}
      - field: total
        value: [1]
steps:
  - action: add-to-list
    settings:
      list: nobody
      a.b: 1
  - action: send-message
  - wait: soon
    oops: 1
";
    let checked = check(&house, "application/yaml", text).await;
    assert_eq!(
        faults(&checked),
        [
            ("/inbox", Some(2)),
            ("/steps/0/settings/a.b", Some(14)),
            ("/steps/0/settings/list", Some(13)),
            ("/steps/1/settings/body", Some(15)),
            ("/steps/2/oops", Some(17)),
            ("/steps/2/wait", Some(16)),
            ("/trigger/webhook/identifier/from", Some(5)),
            ("/trigger/webhook/map/0/transforms/0", Some(7)),
            ("/trigger/webhook/map/1/value", Some(9)),
        ],
        "{checked}"
    );
    for fault in checked["faults"].as_array().into_iter().flatten() {
        assert!(fault["message"].as_str().is_some_and(|message| !message.is_empty()), "{fault}");
    }
    assert_eq!(checked["document"]["steps"][2]["oops"], 1, "what is wrong is told, not left out");
    let again = check(&house, "application/yaml", checked["yaml"].as_str().expect("YAML")).await;
    assert_eq!(again["document"], checked["document"]);
    let refused = apply(&house, "application/yaml", text).await.expect(422);
    assert_eq!(refused["faults"].as_array().map(Vec::len), Some(9), "saving says the same");
}

#[tokio::test]
async fn what_is_no_document_at_all_is_answered_all_the_same() {
    let house = house().await;
    for (text, document) in [("hello", json!("hello")), ("[1]", json!([1])), ("{}", json!({})), ("", Value::Null)] {
        let checked = check(&house, "application/yaml", text).await;
        assert_eq!(checked["document"], document, "{text:?}");
        assert!(!faults(&checked).is_empty(), "{text:?}");
    }
    for (media_type, text, at) in [
        ("application/json", "{\n  \"name\": }", "line 2, column 11"),
        ("application/json", "", "line 1, column 1"),
        ("application/yaml", "name: x\nname: y\n", "line 2, column 1"),
        ("application/yaml", "name: [x\n", "line 1, column 7"),
    ] {
        let refused = house.ask("POST", "/api/v1/automations/check").body(media_type, text).send().await.expect(400);
        assert_eq!(refused["faults"][0]["at"], at, "{text:?}: {refused}");
    }
    let refused = house.ask("POST", "/api/v1/automations/check").body("text/plain", "name: x").send().await;
    refused.expect(415);
}

async fn preview(house: &House, mapping: &Value, sample: &Value) -> Value {
    house.post("/api/v1/mapping/preview", &json!({"mapping": mapping, "sample": sample})).await.expect(200)
}

#[tokio::test]
async fn a_mapping_shows_what_it_makes_of_a_sample_field_by_field() {
    let house = house().await;
    house.post("/api/v1/fields", &json!({"name": "born", "kind": "date"})).await.expect(201);
    house.post("/api/v1/fields", &json!({"name": "colours", "kind": "text", "many": true})).await.expect(201);
    let sample = json!({"phone": "(215) 555-6677", "name": " ann ", "total": 7.5, "vip": true, "born": "no date", "tags": ["a"]});
    let mapping = json!({
        "identifier": {"field": "phone", "from": "$.phone"},
        "map": [
            {"field": "first_name", "from": "$.name", "transforms": ["trim", "title"]},
            {"field": "total", "from": "$.total"},
            {"field": "vip", "from": "$.vip"},
            {"field": "born", "from": "$.born"},
            {"field": "email", "value": "Ann@Example.com"},
            {"field": "nothing", "from": "$.nothing"},
            {"field": "tags", "from": "$.tags"},
            {"field": "greeting", "template": "Hi {{payload.name | trimm}}"},
            {"field": "colours", "value": "red"},
            {"from": "$.name"},
            {"field": "both", "from": "$.name", "value": 1},
            17,
        ],
    });
    let shown = preview(&house, &mapping, &sample).await;
    assert_eq!(shown["identifier"], json!({"field": "phone", "value": "+12155556677", "fault": null}));
    assert_eq!((&shown["runs"], &shown["each_fault"]), (&json!(1), &Value::Null));
    let rows: Vec<Value> = shown["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| json!([row["field"], row["value"], row["type"], row["fault"].is_string()]))
        .collect();
    assert_eq!(
        json!(rows),
        json!([
            ["first_name", "Ann", "text", false],
            ["total", 7.5, "number", false],
            ["vip", true, "boolean", false],
            ["born", null, "date", true],
            ["email", "ann@example.com", "email", false],
            ["nothing", null, null, true],
            ["tags", null, null, true],
            ["greeting", null, null, true],
            ["colours", ["red"], "text", false],
            [null, null, null, true],
            ["both", null, null, true],
            [null, null, null, true],
        ]),
        "{shown}"
    );
}

#[tokio::test]
async fn a_mapping_that_has_hardly_begun_shows_what_it_lacks() {
    let house = house().await;
    let shown = preview(&house, &json!({}), &json!({"phone": "1"})).await;
    assert_eq!((&shown["identifier"]["value"], &shown["fields"]), (&Value::Null, &json!([])));
    assert!(shown["identifier"]["fault"].is_string());
    let sample = json!({"orders": [{"id": "A"}, {"id": "B"}]});
    let each = json!({"each": "$.orders", "identifier": {"field": "external_id", "from": "$.orders.id"}, "map": []});
    let shown = preview(&house, &each, &sample).await;
    assert_eq!((&shown["runs"], &shown["identifier"]["value"]), (&json!(2), &json!("A")));
    let each = json!({"each": "$.none", "identifier": {"field": "phone", "from": "$."}, "map": "x"});
    let shown = preview(&house, &each, &sample).await;
    assert!(shown["each_fault"].is_string() && shown["identifier"]["fault"].is_string(), "{shown}");
    assert_eq!((&shown["runs"], &shown["fields"]), (&Value::Null, &json!([])));
    house.post("/api/v1/mapping/preview", &json!({"mapping": [], "sample": 1})).await.expect(422);
}

#[tokio::test]
async fn the_host_tells_its_limits() {
    let house = House::with(|config| {
        config.host.version = "1.2.3".to_owned();
        config.host.keep_days = 7;
        config.host.webhook_bytes_max = 1_000;
    })
    .await;
    let host = house.get("/api/v1/host").await.expect(200);
    assert_eq!((&host["version"], &host["keep_days"]), (&json!("1.2.3"), &json!(7)));
    assert_eq!(host["public_url"], "http://hooks.example:8080/");
    assert_eq!(
        (&host["limits"]["component_bytes_max"], &host["limits"]["body_bytes_max"]),
        (&json!(COMPONENT_BYTES_MAX), &json!(1_000))
    );
    assert_eq!(host["started_at"], "1970-01-01T00:00:00.000Z");
}
