//! Users and their roles: inviting, changing, disabling, and what an owner of one workspace cannot do to another's.

use hookbox_model::WorkspaceId;
use hookbox_store::{AuditFilter, AuditVerified, PageRequest, Store};
use serde_json::{Value, json};

use crate::house::House;
use crate::login::{PASSWORD, assert_stored_nowhere, bare, cookie_of, host_log, log_in, set_up, with};

/// Invites somebody into a workspace and gives their id and the token of their link.
pub(crate) async fn invited(house: &House, workspace: &str, email: &str, role: &str) -> (String, String) {
    let new = json!({"email": email, "name": "Somebody", "role": role});
    let ask = house.ask("POST", "/api/v1/users").header("hookbox-workspace", workspace);
    let made = ask.json(&new).send().await.expect(201);
    (made["id"].as_str().expect("an id").to_owned(), token_of(&made))
}

/// What follows `#` in a link.
pub(crate) fn token_of(made: &Value) -> String {
    let url = made["invite_url"].as_str().expect("a link");
    let (base, token) = url.split_once('#').expect("a token");
    assert_eq!(base, "http://hooks.example:8080/app/invite");
    token.to_owned()
}

/// Accepts an invite and gives the cookie of the session.
pub(crate) async fn accepted(house: &House, token: &str) -> String {
    let given = json!({"token": token, "password": PASSWORD});
    let answer = bare(house, "POST", "/api/v1/invites/accept").json(&given).send().await;
    answer.expect(200);
    cookie_of(&answer)
}

/// Somebody of a workspace who logged in: their id and their cookie.
pub(crate) async fn person(house: &House, workspace: &str, email: &str, role: &str) -> (String, String) {
    let (id, token) = invited(house, workspace, email, role).await;
    (id, accepted(house, &token).await)
}

#[tokio::test]
async fn an_invite_is_good_once() {
    let house = House::new().await;
    let (id, token) = invited(&house, "default", "Bob@Example.com", "editor").await;
    let accept = async |token: &str, password: &str| {
        let given = json!({"token": token, "password": password, "name": "Bob"});
        bare(&house, "POST", "/api/v1/invites/accept").json(&given).send().await
    };
    log_in(&house, "bob@example.com", PASSWORD).await.expect(401);
    assert_eq!(accept(&token, "bob@example.com").await.expect(422)["faults"][0]["at"], "password");
    let me = accept(&token, PASSWORD).await.expect(200);
    assert_eq!((&me["user"]["id"], &me["user"]["name"]), (&json!(id), &json!("Bob")));
    assert_eq!(me["role_by_workspace"][0]["role"], "editor");
    assert_eq!(accept(&token, PASSWORD).await.expect(410)["type"], "/problems/link-over");
    for wrong in ["", "x", "x.y", &format!("{}.{}", "0".repeat(32), "0".repeat(64))] {
        accept(wrong, PASSWORD).await.expect(410);
    }
    log_in(&house, "bob@example.com", PASSWORD).await.expect(200);
    let users = house.get("/api/v1/users").await.expect(200);
    assert_eq!((&users["items"][0]["state"], &users["items"][0]["role"]), (&json!("active"), &json!("editor")));
    assert!(users["items"][0].get("invite_url").is_none());
}

#[tokio::test]
async fn an_invite_ends_after_a_week_and_with_the_next_one() {
    let house = House::new().await;
    let (id, first) = invited(&house, "default", "bob@example.com", "viewer").await;
    let path = format!("/api/v1/users/{id}/invite");
    let second = token_of(&house.post(&path, &json!({})).await.expect(200));
    let accept = async |token: &str| {
        let given = json!({"token": token, "password": PASSWORD});
        bare(&house, "POST", "/api/v1/invites/accept").json(&given).send().await.status.as_u16()
    };
    assert_eq!(accept(&first).await, 410);
    house.pass(7 * 86_400_000);
    assert_eq!(accept(&second).await, 410);
    let third = token_of(&house.post(&path, &json!({})).await.expect(200));
    assert_eq!(accept(&third).await, 200);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_which_ends_the_sessions() {
    let house = House::new().await;
    let (id, cookie) = person(&house, "default", "bob@example.com", "viewer").await;
    let made = house.post(&format!("/api/v1/users/{id}/invite"), &json!({})).await.expect(200);
    with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(200);
    let given = json!({"token": token_of(&made), "password": "quite another one"});
    bare(&house, "POST", "/api/v1/invites/accept").json(&given).send().await.expect(200);
    with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(401);
    log_in(&house, "bob@example.com", PASSWORD).await.expect(401);
    log_in(&house, "bob@example.com", "quite another one").await.expect(200);
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once() {
    let house = House::new().await;
    let (id, cookie) = person(&house, "default", "bob@example.com", "editor").await;
    let new = json!({"name": "ci", "scope": "viewer"});
    let token = with(&house, &cookie, "POST", "/api/v1/tokens").json(&new).send().await.expect(201);
    let bearer = format!("Bearer {}", token["token"].as_str().expect("a token"));
    let by_token = async || house.ask("GET", "/api/v1/lists").header("authorization", &bearer).send().await;
    by_token().await.expect(200);
    let path = format!("/api/v1/users/{id}");
    let change = async |disabled: bool| house.ask("PATCH", &path).json(&json!({"disabled": disabled})).send().await;
    assert_eq!(change(true).await.expect(200)["state"], "disabled");
    by_token().await.expect(401);
    with(&house, &cookie, "GET", "/api/v1/lists").send().await.expect(401);
    log_in(&house, "bob@example.com", PASSWORD).await.expect(401);
    house.post(&format!("{path}/invite"), &json!({})).await.expect(409);
    assert_eq!(change(false).await.expect(200)["state"], "active");
    by_token().await.expect(200);
    with(&house, &cookie, "GET", "/api/v1/lists").send().await.expect(401);
    log_in(&house, "bob@example.com", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn the_last_owner_of_a_workspace_stays() {
    let house = House::new().await;
    let (bob, cookie) = person(&house, "default", "bob@example.com", "owner").await;
    let path = format!("/api/v1/users/{bob}");
    for (method, body) in
        [("PATCH", json!({"role": "admin"})), ("PATCH", json!({"disabled": true})), ("DELETE", json!({}))]
    {
        let refused = house.ask(method, &path).json(&body).send().await.expect(409);
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("last owner")), "{refused}");
    }
    let itself = with(&house, &cookie, "PATCH", &path).json(&json!({"disabled": true})).send().await;
    itself.expect(409);
    let (carl, _) = invited(&house, "default", "carl@example.com", "owner").await;
    house.ask("DELETE", &path).send().await.expect(409);
    let link = house.post(&format!("/api/v1/users/{carl}/invite"), &json!({})).await.expect(200);
    accepted(&house, &token_of(&link)).await;
    assert_eq!(house.ask("PATCH", &path).json(&json!({"role": "editor"})).send().await.expect(200)["role"], "editor");
    with(&house, &cookie, "GET", "/api/v1/users").send().await.expect(403);
    assert_eq!(house.ask("DELETE", &path).send().await.expect(200)["role"], Value::Null);
    let gone = with(&house, &cookie, "GET", "/api/v1/lists").send().await.expect(404);
    assert_eq!(gone["type"], "/problems/unknown-workspace");
}

#[tokio::test]
async fn an_owner_of_one_workspace_cannot_become_somebody_of_another() {
    let house = House::new().await;
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let (_, mallory) = person(&house, "default", "mallory@example.com", "owner").await;
    let (bob, _) = person(&house, "other", "bob@example.com", "admin").await;
    let own = async |method: &str, path: &str, body: &Value| {
        with(&house, &mallory, method, path).json(body).send().await.status.as_u16()
    };
    let path = format!("/api/v1/users/{bob}");
    assert_eq!(
        own("PATCH", &path, &json!({"role": "viewer"})).await,
        404,
        "whose users have no role here are nobody's"
    );
    let join = json!({"email": "bob@example.com", "name": "Bob", "role": "viewer"});
    assert_eq!(
        own("POST", "/api/v1/users", &join).await,
        403,
        "only an operator brings somebody of another workspace in"
    );
    house.ask("POST", "/api/v1/users").json(&join).send().await.expect(201);
    assert_eq!(
        own("PATCH", &path, &json!({"role": "editor"})).await,
        200,
        "a role in one's own workspace is one's own to say"
    );
    for (method, path, body) in [
        ("PATCH", path.clone(), json!({"name": "Mallory"})),
        ("PATCH", path.clone(), json!({"disabled": true})),
        ("PATCH", path.clone(), json!({"operator": true})),
        ("POST", format!("{path}/invite"), json!({})),
    ] {
        assert_eq!(own(method, &path, &body).await, 403, "{method} {path} {body}");
    }
    let promoted = json!({"email": "eve@example.com", "name": "Eve", "role": "viewer", "operator": true});
    assert_eq!(own("POST", "/api/v1/users", &promoted).await, 403);
    let foreign = with(&house, &mallory, "GET", "/api/v1/users").header("hookbox-workspace", "other").send().await;
    foreign.expect(404);
    with(&house, &mallory, "GET", "/api/v1/users?of=host").send().await.expect(403);
    assert_eq!(house.get("/api/v1/users?of=host").await.expect(200)["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn an_operator_does_not_lock_themselves_out() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let me = with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(200);
    let path = format!("/api/v1/users/{}", me["user"]["id"].as_str().expect("an id"));
    for wish in [json!({"operator": false}), json!({"disabled": true})] {
        with(&house, &cookie, "PATCH", &path).json(&wish).send().await.expect(409);
    }
    let renamed = with(&house, &cookie, "PATCH", "/api/v1/me").json(&json!({"name": "Anna"})).send().await;
    assert_eq!(renamed.expect(200)["user"]["name"], "Anna");
    let last = house.ask("PATCH", &path).json(&json!({"operator": false})).send().await.expect(409);
    assert!(last["detail"].as_str().is_some_and(|detail| detail.contains("last operator")), "{last}");
    let new = json!({"email": "bob@example.com", "name": "Bob", "role": "viewer", "operator": true});
    let bob = house.post("/api/v1/users", &new).await.expect(201);
    house.ask("PATCH", &path).json(&json!({"operator": false})).send().await.expect(409);
    accepted(&house, &token_of(&bob)).await;
    assert_eq!(house.ask("PATCH", &path).json(&json!({"operator": false})).send().await.expect(200)["operator"], false);
    with(&house, &cookie, "POST", "/api/v1/workspaces").json(&json!({"name": "mine"})).send().await.expect(403);
}

#[tokio::test]
async fn what_was_done_to_users_is_in_the_log_of_the_workspace_and_of_the_host() {
    let house = House::new().await;
    let (bob, _) = person(&house, "default", "bob@example.com", "viewer").await;
    let path = format!("/api/v1/users/{bob}");
    let wish = json!({"role": "admin", "name": "Robert"});
    house.ask("PATCH", &path).json(&wish).send().await.expect(200);
    house.ask("PATCH", &path).json(&wish).send().await.expect(200);
    let acts: Vec<String> = host_log(&house).await.into_iter().map(|(act, _)| act).collect();
    assert_eq!(acts[..3], ["user.change", "user.accept", "user.create"], "what changed nothing is not noted");
    let of_roles = AuditFilter { act: Some("user.role".to_owned()), ..AuditFilter::default() };
    let page = house.store.audit().page(house.workspace.id, &of_roles, PageRequest::first()).await.expect("a page");
    let roles: Vec<(String, String)> = page
        .items
        .into_iter()
        .filter(|entry| entry.act == "user.role")
        .map(|entry| (entry.before, entry.after))
        .collect();
    assert_eq!(
        roles,
        [
            (r#"{"role":"viewer"}"#.to_owned(), r#"{"role":"admin"}"#.to_owned()),
            ("null".to_owned(), r#"{"role":"viewer"}"#.to_owned()),
        ]
    );
    let host = house.store.audit().verify(WorkspaceId::HOST).await;
    assert!(matches!(host, Ok(AuditVerified::Whole { .. })), "{host:?}");
}

#[tokio::test]
async fn no_secret_of_an_invite_is_in_the_store() {
    let house = House::new().await;
    let (_, token) = invited(&house, "default", "bob@example.com", "viewer").await;
    assert_stored_nowhere(&house, token.split('.').nth(1).expect("a secret")).await;
}
