//! Users who get into more than they were in: what was prepared while they were less is good for nothing then.

use hookbox_model::WorkspaceId;
use hookbox_store::{AuditFilter, PageRequest, Store};
use serde_json::{Value, json};

use crate::house::House;
use crate::login::{PASSWORD, bare, log_in, set_up, with};
use crate::users::{accepted, invited, person, token_of};

/// The acts in a workspace's log, newest first, each with who did it and what there is after it.
async fn log(house: &House, workspace: WorkspaceId) -> Vec<(String, String, Value)> {
    let page = house.store.audit().page(workspace, &AuditFilter::default(), PageRequest::first()).await;
    let entries = page.expect("a page").items.into_iter();
    entries.map(|entry| (entry.act, entry.by, serde_json::from_str(&entry.after).expect("JSON"))).collect()
}

#[tokio::test]
async fn whoever_prepared_a_user_does_not_grow_with_them() {
    for way in ["join", "role", "operator"] {
        let house = House::new().await;
        let other = house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
        let (_, mallory) = person(&house, "default", "mallory@example.com", "owner").await;
        let made = json!({"email": "boss@example.com", "name": "Boss", "role": "viewer"});
        let made = with(&house, &mallory, "POST", "/api/v1/users").json(&made).send().await.expect(201);
        let id = made["id"].as_str().expect("an id");
        let session = accepted(&house, &token_of(&made)).await;
        let new = json!({"name": "kept", "scope": "owner", "expires_in_days": 365});
        let token = with(&house, &session, "POST", "/api/v1/tokens").json(&new).send().await.expect(201);
        let bearer = format!("Bearer {}", token["token"].as_str().expect("a token"));
        let path = format!("/api/v1/users/{id}");
        let link = with(&house, &mallory, "POST", &format!("{path}/invite")).json(&json!({})).send().await.expect(200);

        let ask = |method, path: &str| house.ask(method, path).header("hookbox-workspace", "other");
        let join = json!({"email": "boss@example.com", "name": "Boss", "role": "owner"});
        let grown = match way {
            "join" => ask("POST", "/api/v1/users").json(&join).send().await.expect(201),
            "role" => ask("PATCH", &path).json(&json!({"role": "owner"})).send().await.expect(200),
            _ => house.ask("PATCH", &path).json(&json!({"operator": true})).send().await.expect(200),
        };
        assert_eq!(grown["state"], "invited", "{way}");
        with(&house, &session, "GET", "/api/v1/me").send().await.expect(401);
        house.ask("GET", "/api/v1/me").header("authorization", &bearer).send().await.expect(401);
        log_in(&house, "boss@example.com", PASSWORD).await.expect(401);
        let given = json!({"token": token_of(&link), "password": PASSWORD});
        bare(&house, "POST", "/api/v1/invites/accept").json(&given).send().await.expect(410);
        with(&house, &mallory, "POST", &format!("{path}/invite")).json(&json!({})).send().await.expect(403);

        let boss = accepted(&house, &token_of(&grown)).await;
        with(&house, &boss, "GET", "/api/v1/users").header("hookbox-workspace", &other).send().await.expect(200);
        let told = log(&house, house.workspace.id).await;
        assert!(told.iter().any(|(act, by, _)| act == "user.invite" && by.starts_with("tok_")), "{way}: {told:?}");
    }
}

#[tokio::test]
async fn another_role_in_the_same_workspace_needs_no_new_password() {
    let house = House::new().await;
    let (id, session) = person(&house, "default", "bob@example.com", "viewer").await;
    let wish = json!({"role": "owner"});
    let changed = house.ask("PATCH", &format!("/api/v1/users/{id}")).json(&wish).send().await.expect(200);
    assert_eq!((&changed["state"], changed.get("invite_url")), (&json!("active"), None));
    with(&house, &session, "GET", "/api/v1/users").send().await.expect(200);
}

#[tokio::test]
async fn the_only_owner_of_a_workspace_gets_a_role_in_another() {
    let house = House::new().await;
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let (_, _) = person(&house, "default", "bob@example.com", "owner").await;
    let join = json!({"email": "bob@example.com", "name": "Bob", "role": "viewer"});
    let joined = house.ask("POST", "/api/v1/users").header("hookbox-workspace", "other").json(&join).send().await;
    let session = accepted(&house, &token_of(&joined.expect(201))).await;
    with(&house, &session, "GET", "/api/v1/users").send().await.expect(200);
}

#[tokio::test]
async fn a_link_is_never_left_of_somebody_who_got_more_meanwhile() {
    let house = House::new().await;
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let (_, mallory) = person(&house, "default", "mallory@example.com", "owner").await;
    for number in 0..8 {
        let email = format!("boss{number}@example.com");
        let (id, _) = invited(&house, "default", &email, "viewer").await;
        let path = format!("/api/v1/users/{id}/invite");
        let ask = async || with(&house, &mallory, "POST", &path).json(&json!({})).send().await;
        let join = json!({"email": email, "name": "Boss", "role": "owner"});
        let join = house.ask("POST", "/api/v1/users").header("hookbox-workspace", "other").json(&join).send();
        let (one, two, joined, three, four) = tokio::join!(ask(), ask(), join, ask(), ask());
        for link in [one, two, three, four] {
            if link.status != 200 {
                continue;
            }
            let given = json!({"token": token_of(&link.expect(200)), "password": PASSWORD});
            bare(&house, "POST", "/api/v1/invites/accept").json(&given).send().await.expect(410);
        }
        accepted(&house, &token_of(&joined.expect(201))).await;
    }
}

#[tokio::test]
async fn a_new_password_ends_the_links_and_the_tokens_too_if_that_is_wished() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let me = with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(200);
    let invite = format!("/api/v1/users/{}/invite", me["user"]["id"].as_str().expect("an id"));
    let new = json!({"name": "ci", "scope": "viewer"});
    let token = with(&house, &cookie, "POST", "/api/v1/tokens").json(&new).send().await.expect(201);
    let bearer = format!("Bearer {}", token["token"].as_str().expect("a token"));
    let by_token = async || house.ask("GET", "/api/v1/lists").header("authorization", &bearer).send().await;
    for (current, new, end_tokens) in
        [(PASSWORD, "a second pass phrase", false), ("a second pass phrase", PASSWORD, true)]
    {
        let link = house.post(&invite, &json!({})).await.expect(200);
        let wish = json!({"current": current, "new": new, "end_tokens": end_tokens});
        with(&house, &cookie, "POST", "/api/v1/me/password").json(&wish).send().await.expect(200);
        let given = json!({"token": token_of(&link), "password": "the link of another"});
        bare(&house, "POST", "/api/v1/invites/accept").json(&given).send().await.expect(410);
        by_token().await.expect(if end_tokens { 401 } else { 200 });
    }
    with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(200);
    let token = with(&house, &cookie, "POST", "/api/v1/tokens").json(&json!({"name": "ci", "scope": "viewer"}));
    let token = token.send().await.expect(201);
    let link = house.post(&invite, &json!({})).await.expect(200);
    accepted(&house, &token_of(&link)).await;
    let bearer = format!("Bearer {}", token["token"].as_str().expect("a token"));
    house.ask("GET", "/api/v1/lists").header("authorization", &bearer).send().await.expect(401);
}

#[tokio::test]
async fn a_link_ends_when_its_user_is_disabled() {
    let house = House::new().await;
    let (id, _) = person(&house, "default", "bob@example.com", "viewer").await;
    let path = format!("/api/v1/users/{id}");
    let link = house.post(&format!("{path}/invite"), &json!({})).await.expect(200);
    for disabled in [true, false] {
        house.ask("PATCH", &path).json(&json!({"disabled": disabled})).send().await.expect(200);
    }
    let given = json!({"token": token_of(&link), "password": PASSWORD});
    bare(&house, "POST", "/api/v1/invites/accept").json(&given).send().await.expect(410);
}

#[tokio::test]
async fn the_last_operators_do_not_remove_each_other() {
    for _ in 0..4 {
        let house = House::new().await;
        let ann = set_up(&house).await;
        let id = async |cookie: &str| {
            let me = with(&house, cookie, "GET", "/api/v1/me").send().await.expect(200);
            format!("/api/v1/users/{}", me["user"]["id"].as_str().expect("an id"))
        };
        let new = json!({"email": "bob@example.com", "name": "Bob", "role": "viewer", "operator": true});
        let bob = accepted(&house, &token_of(&house.post("/api/v1/users", &new).await.expect(201))).await;
        let (of_ann, of_bob) = (id(&ann).await, id(&bob).await);
        let less = json!({"operator": false});
        let (one, two) = tokio::join!(
            with(&house, &ann, "PATCH", &of_bob).json(&less).send(),
            with(&house, &bob, "PATCH", &of_ann).json(&less).send(),
        );
        assert!(one.status == 200 || two.status == 200, "{} {}", one.status, two.status);
        assert!(one.status != 200 || two.status != 200, "one of them stays");
    }
}

#[tokio::test]
async fn a_workspace_is_told_who_made_a_link_for_one_of_its_users_and_who_used_it() {
    let house = House::new().await;
    let other = house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let (mallory, cookie) = person(&house, "default", "mallory@example.com", "owner").await;
    let (bob, _) = person(&house, "default", "bob@example.com", "owner").await;
    let path = format!("/api/v1/users/{bob}");
    let link = with(&house, &cookie, "POST", &format!("{path}/invite")).json(&json!({})).send().await.expect(200);
    accepted(&house, &token_of(&link)).await;
    with(&house, &cookie, "PATCH", &path).json(&json!({"disabled": true})).send().await.expect(200);
    let told = log(&house, house.workspace.id).await;
    let told: Vec<(&str, &str)> = told.iter().map(|(act, by, _)| (act.as_str(), by.as_str())).take(3).collect();
    assert_eq!(told, [("user.change", &*mallory), ("user.accept", &*bob), ("user.invite", &*mallory)]);
    let elsewhere = log(&house, other.parse().expect("an id")).await;
    assert!(!elsewhere.iter().any(|(act, ..)| act.starts_with("user.")), "{elsewhere:?}");
}
