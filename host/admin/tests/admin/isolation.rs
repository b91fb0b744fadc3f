//! What is in another workspace is not there: every route that names a record answers 404, every page is empty.

use serde_json::{Value, json};

use crate::documents::{YAML, apply, house};
use crate::plugin_state::remember;
use crate::uploads::{component, uploaded};

#[tokio::test]
async fn records_of_another_workspace_are_not_found_by_any_route() {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let automation = made["id"].as_str().unwrap_or_default();
    let keys = house.get(&format!("/api/v1/automations/{automation}/keys")).await.expect(200);
    let key = keys["items"][0]["id"].as_str().unwrap_or_default();
    let inbox = house.get("/api/v1/inboxes").await.expect(200)["items"][0]["id"].clone();
    let inbox = inbox.as_str().unwrap_or_default();
    let member = house.made("/api/v1/members", &json!({"name": "a"})).await;
    let list = house.made("/api/v1/lists", &json!({"name": "a"})).await;
    let contact = house.made("/api/v1/contacts", &json!({"phone": "+12155556677"})).await;
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let body = json!({"opted_out": true});
    let check = async |method: &str, path: String, body: Option<&Value>| {
        let foreign = house.ask(method, &path).header("hookbox-workspace", "other");
        let foreign = if let Some(body) = body { foreign.json(body) } else { foreign };
        foreign.send().await.expect(404);
        let own = house.ask(method, &path);
        let own = if let Some(body) = body { own.json(body) } else { own };
        assert!(own.send().await.status.is_success(), "{method} {path}");
    };
    check("GET", format!("/api/v1/inboxes/{inbox}"), None).await;
    check("GET", format!("/api/v1/members/{member}"), None).await;
    check("GET", format!("/api/v1/lists/{list}"), None).await;
    check("GET", format!("/api/v1/lists/{list}/contacts"), None).await;
    check("GET", format!("/api/v1/contacts/{contact}"), None).await;
    check("PATCH", format!("/api/v1/contacts/{contact}"), Some(&body)).await;
    check("GET", format!("/api/v1/automations/{automation}"), None).await;
    check("GET", format!("/api/v1/automations/{automation}/document"), None).await;
    check("GET", format!("/api/v1/automations/{automation}/document?version=1"), None).await;
    check("GET", format!("/api/v1/automations/{automation}/keys"), None).await;
    check("POST", format!("/api/v1/automations/{automation}/keys"), Some(&json!({}))).await;
    check("DELETE", format!("/api/v1/automations/{automation}/keys/{key}"), None).await;
}

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
