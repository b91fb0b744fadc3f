//! The OpenAPI document is true: it has every route, its references lead somewhere, and answers are what it says.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::documents::{YAML, apply, house};
use crate::house::House;
use crate::uploads::{component, uploaded};

pub(crate) async fn openapi(house: &House) -> Value {
    house.ask("GET", "/api/v1/openapi.json").header("authorization", "").send().await.expect(200)
}

/// Every operation: path, method, what the document says of it.
pub(crate) fn operations(api: &Value) -> Vec<(&str, &str, &Map<String, Value>)> {
    let paths = api["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| {
            (path.as_str(), method.as_str(), operation.as_object().expect("an operation"))
        })
    });
    all.collect()
}

#[tokio::test]
async fn every_route_is_in_the_document() {
    let house = house().await;
    let api = openapi(&house).await;
    let debug = format!("{:?}", house.router);
    let described: BTreeSet<String> = operations(&api).iter().map(|(path, ..)| (*path).to_owned()).collect();
    let routed: BTreeSet<String> = debug
        .split('"')
        .filter(|text| text.starts_with('/') && text.len() > 1 && !text.contains("__private"))
        .map(str::to_owned)
        .collect();
    assert_eq!(described, routed);
    assert!(described.len() > 20, "{described:?}");
}

#[tokio::test]
async fn every_described_operation_is_routed_and_guarded_as_described() {
    let house = house().await;
    let api = openapi(&house).await;
    for (path, method, operation) in operations(&api) {
        let asked = path.replace("{id}", "x").replace("{key}", "y");
        let method = method.to_uppercase();
        let status = house.ask(&method, &asked).header("authorization", "").send().await.status.as_u16();
        let guarded = operation.contains_key("security");
        assert_eq!(status == 401, guarded, "{method} {path} answered {status}");
        assert!(operation["responses"].get(status.to_string()).is_some(), "{method} {path} may answer {status}");
        assert_ne!(status, 405, "{method} {path}");
    }
}

#[tokio::test]
async fn every_operation_says_what_it_is_and_what_it_may_answer() {
    let house = house().await;
    let api = openapi(&house).await;
    assert_eq!(api["openapi"], "3.1.0");
    assert_eq!(api["servers"][0]["url"], "http://hooks.example:8080/");
    assert_eq!(api["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&api) {
        let named = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{named}");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{named}");
        assert!(ids.insert(operation["operationId"].as_str().expect("an id").to_owned()), "{named}");
        let statuses: BTreeSet<&str> =
            operation["responses"].as_object().into_iter().flatten().map(|(status, _)| status.as_str()).collect();
        let has = |wanted: &[&str]| wanted.iter().all(|status| statuses.contains(status));
        if operation.contains_key("security") {
            assert!(has(&["401", "500", "503"]), "{named}: {statuses:?}");
        }
        if operation.contains_key("requestBody") {
            assert!(has(&["400", "413", "415", "422"]), "{named}: {statuses:?}");
        }
        if path.contains('{') {
            assert!(has(&["404"]), "{named}: {statuses:?}");
        }
        let in_path = path.matches('{').count();
        let parameters = operation.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(parameters.iter().filter(|parameter| parameter["in"] == "path").count(), in_path, "{named}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_schema_is_one() {
    let house = house().await;
    let api = openapi(&house).await;
    let mut references = Vec::new();
    collect_references(&api, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference into the document");
        assert!(api.pointer(pointer).is_some(), "{reference}");
    }
    for (name, schema) in api["components"]["schemas"].as_object().expect("schemas") {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}: {schema}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name} is a name for people");
    }
}

fn collect_references(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_references(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn answers_are_what_the_document_says() {
    let house = house().await;
    let api = openapi(&house).await;
    let check = async |method: &str, path: &str, route: &str, body: Value| {
        let ask = house.ask(method, path);
        let answer = if body.is_null() { ask.send().await } else { ask.json(&body).send().await };
        let status = answer.status.as_u16().to_string();
        let media_type = answer.header("content-type");
        let response = &api["paths"][route][method.to_lowercase()]["responses"][&status]["content"][media_type];
        let mut schema = json!({"$ref": "#/schema", "schema": response["schema"], "components": api["components"]});
        assert!(response["schema"].is_object(), "{method} {path} answered {status} {media_type}");
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let answered = answer.json();
        let faults: Vec<String> = validator.iter_errors(&answered).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}");
        answered
    };
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let automation = format!("/api/v1/automations/{}", made["id"].as_str().unwrap_or_default());
    let contact = json!({"phone": "+12155556677", "fields": {"a": 1}});
    let joining = check("POST", "/api/v1/contacts", "/api/v1/contacts", contact.clone()).await;
    check("POST", "/api/v1/contacts", "/api/v1/contacts", contact).await;
    check("POST", "/api/v1/contacts", "/api/v1/contacts", json!({"fone": "1"})).await;
    let list = check("POST", "/api/v1/lists", "/api/v1/lists", json!({"name": "a"})).await;
    let on_it = format!("/api/v1/lists/{}/contacts", list["id"].as_str().unwrap_or_default());
    check("POST", &on_it, "/api/v1/lists/{id}/contacts", json!({"contacts": [joining["id"]]})).await;
    check("POST", &on_it, "/api/v1/lists/{id}/contacts", json!({"contacts": []})).await;
    let of_it = format!("{on_it}/{}", joining["id"].as_str().unwrap_or_default());
    check("DELETE", &of_it, "/api/v1/lists/{id}/contacts/{key}", Value::Null).await;
    let sample = json!({"sample": {"orders": [{"email": "a@example.com", "name": "Ann"}]}});
    check("POST", "/api/v1/mapping/suggest", "/api/v1/mapping/suggest", sample).await;
    check("PUT", "/api/v1/automations", "/api/v1/automations", json!({})).await;
    check("GET", &automation, "/api/v1/automations/{id}", Value::Null).await;
    check("GET", &format!("{automation}/document"), "/api/v1/automations/{id}/document", Value::Null).await;
    check("POST", &format!("{automation}/keys"), "/api/v1/automations/{id}/keys", json!({})).await;
    uploaded(&house, &component("1.0.0", &["hot"])).await;
    let plugin = "/api/v1/plugins/score-lead";
    check("GET", plugin, "/api/v1/plugins/{id}", Value::Null).await;
    check("POST", &format!("{plugin}/approve"), "/api/v1/plugins/{id}/approve", json!({"all": true})).await;
    check("POST", &format!("{plugin}/compare"), "/api/v1/plugins/{id}/compare", json!({})).await;
    let secret = json!({"name": "crm-key", "text": "x", "hosts": ["*"]});
    check("PUT", "/api/v1/plugin-secrets", "/api/v1/plugin-secrets", secret).await;
    check("GET", "/api/v1/contacts/x", "/api/v1/contacts/{id}", Value::Null).await;
    for (path, _, operation) in operations(&api).into_iter().filter(|(_, method, _)| *method == "get") {
        // That of runs as they are committed does not end.
        let ends = !["/metrics", "/api/v1/runs/live"].contains(&path);
        if !path.contains('{') && operation["tags"] != json!(["openapi"]) && ends {
            check("GET", path, path, Value::Null).await;
        }
    }
}
