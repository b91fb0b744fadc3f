//! Members and lists called otherwise and removed: what names them, who was on them, who was theirs.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::documents::{YAML, apply, house};
use crate::history::lived_in;
use crate::house::{Answer, House};
use crate::uploads::{named, uploaded};

async fn rename(house: &House, path: &str, name: &str) -> Answer {
    house.ask("PATCH", path).json(&json!({"name": name})).send().await
}

async fn delete(house: &House, path: &str) -> Answer {
    house.ask("DELETE", path).send().await
}

/// The path of the record of this name.
async fn path_of(house: &House, resource: &str, name: &str) -> String {
    let page = house.get(&format!("/api/v1/{resource}")).await.expect(200);
    let mut items = page["items"].as_array().into_iter().flatten();
    let found = items.find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name} in {page}"));
    format!("/api/v1/{resource}/{}", found["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn members_and_lists_are_renamed_and_removed() {
    let house = House::new().await;
    for resource in ["members", "lists"] {
        let all = format!("/api/v1/{resource}");
        let path = format!("{all}/{}", house.made(&all, &json!({"name": "one"})).await);
        house.made(&all, &json!({"name": "two"})).await;
        assert_eq!(rename(&house, &path, "first").await.expect(200)["name"], "first");
        assert_eq!(rename(&house, &path, "first").await.expect(200)["name"], "first", "it is called so already");
        assert_eq!(house.get(&path).await.expect(200)["name"], "first");
        assert_eq!(rename(&house, &path, "two").await.expect(409)["type"], "/problems/exists");
        assert_eq!(rename(&house, &path, " ").await.expect(422)["faults"][0]["at"], "name");
        house.made(&all, &json!({"name": "one"})).await;
        assert_eq!(delete(&house, &path).await.expect(200)["name"], "first");
        house.get(&path).await.expect(404);
        delete(&house, &path).await.expect(404);
        rename(&house, &path, "third").await.expect(404);
        house.made(&all, &json!({"name": "first"})).await;
    }
}

#[tokio::test]
async fn what_a_live_automation_names_keeps_its_name_until_the_automation_is_paused_or_changed() {
    let house = house().await;
    house.made("/api/v1/members", &json!({"name": "front-desk"})).await;
    let steps = "steps:\n  - {action: add-to-list, settings: {list: customers}}\n  - {action: assign-conversation, settings: {to: front-desk}}\n";
    let (head, _) = YAML.split_once("steps:").expect("steps");
    let made = apply(&house, "application/yaml", &format!("{head}{steps}")).await.expect(201);
    let automation = format!("/api/v1/automations/{}", made["id"].as_str().expect("an id"));
    let state = async |state: &str| {
        house.post(&format!("{automation}/state"), &json!({"state": state})).await.expect(200);
    };
    let (list, member) = (path_of(&house, "lists", "customers").await, path_of(&house, "members", "front-desk").await);
    for path in [&list, &member] {
        let refused = [
            (rename(&house, path, "other").await, "pause them, repeat this, save them with the new name"),
            (delete(&house, path).await, "save them without it, or pause them, then repeat this"),
        ];
        for (refused, advice) in refused {
            let problem = refused.expect(409);
            let detail = problem["detail"].as_str().unwrap_or_default();
            for told in ["\"Order shipped\"", advice, "keep the version", "`version: newest`"] {
                assert!(detail.contains(told), "{told} is not in {detail}");
            }
        }
    }
    state("paused").await;
    assert_eq!(rename(&house, &list, "clients").await.expect(200)["name"], "clients");
    rename(&house, &list, "customers").await.expect(200);
    state("live").await;
    rename(&house, &list, "clients").await.expect(409);

    // As the advice for a rename says.
    state("paused").await;
    rename(&house, &list, "clients").await.expect(200);
    let live = json!({"state": "live"});
    for old in ["paused", "archived"] {
        state(old).await;
        let problem = house.post(&format!("{automation}/state"), &live).await.expect(422);
        assert_eq!(problem["faults"][0]["at"], "steps[0].settings.list", "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("no list \"customers\"")), "{problem}");
        assert_eq!(house.get(&automation).await.expect(200)["state"], old, "it stays as it was");
    }
    let steps = steps.replace("customers", "clients");
    apply(&house, "application/yaml", &format!("{head}{steps}")).await.expect(200);
    state("live").await;
    rename(&house, &list, "customers").await.expect(409);

    // One that says the name and does not mean the list.
    let other = format!("{head}steps:\n  - {{action: send-message, settings: {{body: clients}}}}\n");
    apply(&house, "application/yaml", &other).await.expect(200);
    delete(&house, &list).await.expect(200);
    delete(&house, &member).await.expect(200);
}

#[tokio::test]
async fn a_list_that_an_active_plugin_is_granted_by_its_name_keeps_it() {
    let house = house().await;
    let list = path_of(&house, "lists", "customers").await;
    let needs = json!([{"capability": "lists.write", "scope": ["customers"], "reason": "to sort"}]);
    let plugin = uploaded(&house, &named("score-lead", "1.0.0", &needs)).await;
    let path = format!("/api/v1/plugins/{}", plugin["id"].as_str().expect("an id"));
    house.post(&format!("{path}/approve"), &json!({"all": true})).await.expect(200);
    house.post(&format!("{path}/activate"), &json!({})).await.expect(200);
    for refused in [rename(&house, &list, "clients").await, delete(&house, &list).await] {
        let problem = refused.expect(409);
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("\"score-lead\"")), "{problem}");
    }
    house.post(&format!("{path}/deactivate"), &json!({})).await.expect(200);
    rename(&house, &list, "clients").await.expect(200);
}

#[tokio::test]
async fn a_conversation_of_a_member_who_was_removed_is_nobodys() {
    let (house, ..) = lived_in().await;
    let of = async || house.get("/api/v1/conversations").await.expect(200)["items"][0].clone();
    assert_eq!(of().await["assignee"]["name"], "front-desk");
    let member = path_of(&house, "members", "front-desk").await;
    delete(&house, &member).await.expect(200);
    let left = of().await;
    assert_eq!((&left["assignee"], &left["state"]), (&Value::Null, &json!("open")));
}

#[tokio::test]
async fn contacts_stay_when_their_list_is_removed() {
    let house = house().await;
    let contact = house.made("/api/v1/contacts", &json!({"phone": "+12155556677"})).await;
    let gone = path_of(&house, "lists", "customers").await;
    house.post(&format!("{gone}/contacts"), &json!({"contacts": [contact]})).await.expect(200);
    let path = format!("/api/v1/contacts/{contact}");
    let before = house.get(&path).await.expect(200);
    assert_eq!(before["lists"][0]["name"], "customers");
    delete(&house, &gone).await.expect(200);
    assert_eq!(house.get(&path).await.expect(200)["lists"], json!([]), "it is on no list that there is");
    let next = house.made("/api/v1/lists", &json!({"name": "customers"})).await;
    assert_eq!(house.get(&format!("/api/v1/lists/{next}/contacts")).await.expect(200)["items"], json!([]));
    let deadline = Instant::now() + Duration::from_secs(60);
    // What was read before is not written over.
    while house.get(&path).await.expect(200)["version"] != 3 {
        assert!(Instant::now() < deadline, "it never leaves the list");
        tokio::task::yield_now().await;
    }
    house.get(&format!("{gone}/contacts")).await.expect(404);
}
