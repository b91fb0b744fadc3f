//! What is in another workspace is not there: every route that names a record answers 404, every page is empty.

use hookbox_model::{Role, Run};
use serde_json::{Value, json};

use crate::contract::{openapi, operations};
use crate::documents::{YAML, apply, house};
use crate::history::lived_in;
use crate::house::House;
use crate::people::{person, person_in};
use crate::plugin_state::remember;
use crate::uploads::{component, uploaded};

#[tokio::test]
async fn plugins_and_their_secrets_of_another_workspace_are_not_found_by_any_route() {
    let house = house().await;
    let plugin = uploaded(&house, &component("1.0.0", &["hot"])).await;
    remember(&house, "score-lead", &["total"]).await;
    let secret = json!({"name": "crm-key", "text": "x", "hosts": ["*"]});
    house.ask("PUT", "/api/v1/plugin-secrets").json(&secret).send().await.expect(200);
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let routes = [
        ("GET", "plugins/{id}", json!(null)),
        ("POST", "plugins/{id}/approve", json!({"all": true})),
        ("POST", "plugins/{id}/refuse", json!({"reason": "no"})),
        ("POST", "plugins/{id}/activate", json!({})),
        ("POST", "plugins/{id}/deactivate", json!({})),
        ("POST", "plugins/{id}/rollback", json!({})),
        ("POST", "plugins/{id}/compare", json!({})),
        ("DELETE", "plugins/{id}", json!(null)),
        ("GET", "plugins/{id}/state", json!(null)),
        ("GET", "plugins/{id}/state/total", json!(null)),
        ("DELETE", "plugins/{id}/state/total", json!(null)),
        ("DELETE", "plugins/{id}/state", json!(null)),
        ("DELETE", "plugin-secrets/crm-key", json!(null)),
    ];
    let texts =
        [&plugin["id"], &plugin["digest"], &plugin["manifest"]["name"]].map(|text| text.as_str().expect("a text"));
    for (method, route, body) in &routes {
        for text in texts {
            let path = format!("/api/v1/{}", route.replace("{id}", text));
            let ask = house.ask(method, &path).header("hookbox-workspace", "other");
            let ask = if body.is_null() { ask } else { ask.json(body) };
            ask.send().await.expect(404);
        }
    }
    let own = house.get(&format!("/api/v1/plugins/{}", texts[0])).await.expect(200);
    assert_eq!(
        (&own["approval"]["state"], &own["state"]["keys"]),
        (&json!("pending"), &json!(1)),
        "nothing was touched"
    );
}

#[tokio::test]
async fn pages_and_filters_never_reach_into_another_workspace() {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let automation = made["id"].as_str().unwrap_or_default();
    let contact = house.made("/api/v1/contacts", &json!({"phone": "+12155556677"})).await;
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    uploaded(&house, &component("1.0.0", &[])).await;
    let foreign = house.get("/api/v1/inboxes?limit=1").await.expect(200);
    assert_eq!(foreign["next"], Value::Null);
    for path in [
        "inboxes".to_owned(),
        "members".to_owned(),
        "lists".to_owned(),
        "contacts".to_owned(),
        "contacts?phone=12155556677".to_owned(),
        "conversations".to_owned(),
        format!("conversations?contact={contact}"),
        "messages".to_owned(),
        format!("messages?contact={contact}"),
        "messages?outbox=true".to_owned(),
        "automations".to_owned(),
        "captures".to_owned(),
        format!("captures?automation={automation}"),
        "runs".to_owned(),
        format!("runs?automation={automation}&contact={contact}"),
        "plugin-secrets".to_owned(),
        "plugins?name=score-lead".to_owned(),
        "audit".to_owned(),
    ] {
        let page = house.ask("GET", &format!("/api/v1/{path}")).header("hookbox-workspace", "other").send().await;
        assert_eq!(page.expect(200), json!({"items": [], "next": null}), "{path}");
    }
    let named = house.ask("PUT", "/api/v1/automations").header("hookbox-workspace", "other");
    let problem = named.body("application/yaml", YAML).send().await.expect(422);
    assert_eq!(problem["faults"][0]["at"], "inbox", "an inbox of another workspace is not there");
}

/// The id of a record in the first of these paths that a route begins with, and its key where the route names one.
fn record<'r>(records: &'r [(&'static str, String, String)], path: &str) -> Option<(&'r str, &'r str)> {
    let found = records.iter().find(|(begins, ..)| path.starts_with(begins));
    found.map(|(_, id, key)| (id.as_str(), key.as_str()))
}

/// A body that a route takes.
fn body(method: &str, path: &str) -> Value {
    match (method, path.rsplit('/').next().unwrap_or_default()) {
        ("post", "contacts") => json!({"contacts": ["con_01900000000070008000000000000000"]}),
        ("post", "decision") => json!({"decision": "failed"}),
        ("post", "refuse") => json!({"reason": "no"}),
        ("post", "approve") => json!({"all": true}),
        ("post", "state") => json!({"state": "paused"}),
        ("post", "restore") => json!({"version": 1}),
        ("post", "sample") => json!({"test": "cap_01900000000070008000000000000000"}),
        _ => json!({}),
    }
}

/// One record of each kind, with where the routes about it begin; more special paths first.
async fn records(house: &House, automation: &str, run: &Run) -> Vec<(&'static str, String, String)> {
    let first = async |path: &str| {
        let page = house.get(path).await.expect(200);
        page["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{path}: {page}")).to_owned()
    };
    let made = async |path: String, body: Value| house.made(&path, &body).await;
    let of_automation = format!("/api/v1/automations/{automation}");
    let key = first(&format!("{of_automation}/keys")).await;
    let secret = made(format!("{of_automation}/secrets"), json!({})).await;
    let inbox = first("/api/v1/inboxes").await;
    let channel = json!({"channel": {"webhook": {"url": "https://example.com/messages"}}});
    house.ask("PATCH", &format!("/api/v1/inboxes/{inbox}")).json(&channel).send().await.expect(200);
    let inbox_secret = made(format!("/api/v1/inboxes/{inbox}/secrets"), json!({})).await;
    let plugin = uploaded(house, &component("1.0.0", &["hot"])).await["id"].as_str().expect("an id").to_owned();
    remember(house, "score-lead", &["total"]).await;
    let wish = json!({"name": "crm-key", "text": "x", "hosts": ["*"]});
    house.ask("PUT", "/api/v1/plugin-secrets").json(&wish).send().await.expect(200);
    let field = made("/api/v1/fields".to_owned(), json!({"name": "born", "kind": "date"})).await;
    let template = made("/api/v1/templates".to_owned(), json!({"name": "hello", "body": "Hi"})).await;
    let user = person(house, Role::Viewer, Role::Owner).await.id.to_string();
    let none = String::new;
    vec![
        ("/api/v1/automations/{id}/secrets", automation.to_owned(), secret),
        ("/api/v1/automations/", automation.to_owned(), key),
        ("/api/v1/inboxes/", inbox, inbox_secret),
        ("/api/v1/plugins/", plugin, "total".to_owned()),
        ("/api/v1/plugin-secrets/", "crm-key".to_owned(), none()),
        ("/api/v1/captures/", run.capture.to_string(), none()),
        ("/api/v1/runs/", run.id.to_string(), none()),
        ("/api/v1/contacts/", first("/api/v1/contacts").await, none()),
        ("/api/v1/conversations/", first("/api/v1/conversations").await, none()),
        ("/api/v1/messages/", first("/api/v1/messages").await, none()),
        ("/api/v1/lists/", first("/api/v1/lists").await, first("/api/v1/contacts").await),
        ("/api/v1/members/", first("/api/v1/members").await, none()),
        ("/api/v1/fields/", field, none()),
        ("/api/v1/templates/", template, none()),
        ("/api/v1/users/", user, none()),
    ]
}

#[tokio::test]
async fn every_route_about_a_record_answers_404_in_another_workspace_and_leaves_no_trace() {
    let (house, automation, run) = lived_in().await;
    let records = records(&house, &automation.to_string(), &run).await;
    let other = house.made("/api/v1/workspaces", &json!({"name": "other"})).await.parse().expect("an id");
    let owner = format!("Bearer {}", person_in(&house, other, Role::Owner, Role::Owner).await.token);
    let log = house.get("/api/v1/audit?limit=1000").await.expect(200);
    let api = openapi(&house).await;
    let mut asked = 0;
    for (path, method, operation) in operations(&api) {
        let in_workspace =
            operation.get("x-role").and_then(Value::as_str).is_some_and(|role| role.parse::<Role>().is_ok());
        if !path.contains("{id}") || !in_workspace || path.starts_with("/api/v1/workspaces/") {
            continue;
        }
        let (id, key) = record(&records, path).unwrap_or_else(|| panic!("no record for {path}; make one in `records`"));
        let at = path.replace("{id}", id).replace("{key}", key);
        assert!(!at.contains('{') && !at.ends_with('/'), "{path}: {at}");
        let ask = house.ask(&method.to_uppercase(), &at);
        if method == "get" {
            house.get(&at).await.expect(200);
        }
        let ask = if operation.contains_key("requestBody") { ask.json(&body(method, path)) } else { ask };
        let ask = ask.header("authorization", &owner).header("hookbox-workspace", "other");
        let problem = ask.send().await.expect(404);
        assert_ne!(problem["type"], "/problems/unknown-workspace", "{method} {path}");
        asked += 1;
    }
    assert!(asked > 40, "{asked}");
    assert_eq!(house.get("/api/v1/audit?limit=1000").await.expect(200), log, "nothing was changed");
    let other = house.ask("GET", "/api/v1/audit").header("hookbox-workspace", "other").send().await;
    assert_eq!(other.expect(200)["items"], json!([]));
}
