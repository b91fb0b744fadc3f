//! Who gets through which route: every route of the OpenAPI document, asked by everybody, about their own workspace and another.
//! Nothing is left out by hand: a new route is asked as soon as it is there.

use axum::body::to_bytes;
use hookbox_model::Role;
use serde_json::{Value, json};

use crate::contract::{openapi, operations};
use crate::documents::house;
use crate::house::House;
use crate::login::with;
use crate::people::person;
use crate::users;

/// What is there for everybody.
const PUBLIC: [&str; 8] = [
    "get /healthz",
    "get /readyz",
    "get /metrics",
    "get /api/v1/openapi.json",
    "get /api/v1/setup",
    "post /api/v1/setup",
    "post /api/v1/session",
    "post /api/v1/invites/accept",
];

/// What is answered to those who do not get through, whatever they ask for.
const STOPS: [&str; 3] = ["/problems/unauthorized", "/problems/forbidden", "/problems/unknown-workspace"];

/// Somebody who asks.
struct Asker {
    name: &'static str,
    authorization: String,
    /// Their role in the workspace `default`; an operator has every role everywhere.
    role: Option<Role>,
    operator: bool,
    /// Whether they have a token that may do less than its user.
    bounded: bool,
}

async fn askers(house: &House) -> Vec<Asker> {
    let mut askers = Vec::new();
    for (name, role, scope) in [
        ("a viewer", Role::Viewer, Role::Owner),
        ("an editor", Role::Editor, Role::Owner),
        ("an admin", Role::Admin, Role::Owner),
        ("an owner", Role::Owner, Role::Owner),
        ("an owner's token for viewing", Role::Owner, Role::Viewer),
        ("an owner's token for editing", Role::Owner, Role::Editor),
        ("an owner's token for managing", Role::Owner, Role::Admin),
    ] {
        let bounded = scope < Role::Owner;
        let authorization = format!("Bearer {}", person(house, role, scope).await.token);
        askers.push(Asker { name, authorization, role: Some(role.min(scope)), operator: false, bounded });
    }
    let authorization = format!("Bearer {}", house.token);
    askers.push(Asker { name: "an operator", authorization, role: Some(Role::Owner), operator: true, bounded: false });
    askers.push(Asker { name: "nobody", authorization: String::new(), role: None, operator: false, bounded: false });
    askers
}

/// What stops somebody at a route that needs this; nothing when they get through.
fn expected(asker: &Asker, needs: &str, is_own: bool) -> Option<(u16, &'static str)> {
    let Some(role) = asker.role else { return Some((401, "/problems/unauthorized")) };
    if asker.operator || needs == "any" {
        return None;
    }
    let forbidden = Some((403, "/problems/forbidden"));
    if needs == "oneself" {
        return forbidden.filter(|_| asker.bounded);
    }
    match needs.parse::<Role>() {
        Ok(_) if !is_own => Some((404, "/problems/unknown-workspace")),
        Ok(needed) if role >= needed => None,
        Ok(_) => forbidden,
        Err(_) => {
            assert_eq!(needs, "operator", "an operation needs a role, an operator or anybody");
            forbidden
        }
    }
}

/// The status and the type of the problem that stopped a request, as far as they are about who asked.
async fn stopped(house: &House, asker: &Asker, (method, path): (&str, &str), workspace: &str) -> Option<(u16, String)> {
    let ask = house.ask(method, path).header("authorization", &asker.authorization);
    let response = ask.header("hookbox-workspace", workspace).begin().await;
    let status = response.status().as_u16();
    if !matches!(status, 401 | 403 | 404) {
        return None;
    }
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
    let problem: Value = serde_json::from_slice(&body).expect("a problem");
    let kind = problem["type"].as_str().unwrap_or_default();
    // Everything else is said to those who got through: that a record is not there, that a password needs TLS.
    STOPS.contains(&kind).then(|| (status, kind.to_owned()))
}

#[tokio::test]
async fn every_route_lets_through_who_has_the_role_it_names_and_nobody_else() {
    let house = house().await;
    let foreign = house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let own = house.workspace.id.to_string();
    let askers = askers(&house).await;
    let api = openapi(&house).await;
    let mut asked = 0;
    for (path, method, operation) in operations(&api) {
        let named = format!("{method} {path}");
        let Some(needs) = operation.get("x-role").and_then(Value::as_str) else {
            assert!(PUBLIC.contains(&named.as_str()), "{named} names no role and is not for everybody");
            continue;
        };
        assert!(!PUBLIC.contains(&named.as_str()), "{named} is for everybody and names a role");
        // A workspace is named in the path where it is itself the record.
        let by_path = path.starts_with("/api/v1/workspaces/");
        for asker in &askers {
            for (workspace, is_own) in [(&own, true), (&foreign, false)] {
                let id = if by_path { workspace } else { "x" };
                let at = path.replace("{id}", id).replace("{key}", "y");
                let header = if by_path { &own } else { workspace };
                let found = stopped(&house, asker, (&method.to_uppercase(), &at), header).await;
                let wanted = expected(asker, needs, is_own);
                let whose = if is_own { "their own workspace" } else { "another workspace" };
                if by_path && wanted.is_some_and(|(status, _)| status == 404) {
                    // There it is a record that is not there.
                    let answer = house.ask(&method.to_uppercase(), &at).header("authorization", &asker.authorization);
                    let problem = answer.send().await.expect(404);
                    assert_eq!(problem["type"], "/problems/not-found", "{named} by {} in {whose}", asker.name);
                } else {
                    let found = found.as_ref().map(|(status, kind)| (*status, kind.as_str()));
                    assert_eq!(found, wanted, "{named} (needs {needs}) by {} in {whose}", asker.name);
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
}

#[tokio::test]
async fn a_refusal_for_a_role_that_is_too_low_says_which_is_needed_and_which_there_is() {
    let house = house().await;
    let editor = format!("Bearer {}", person(&house, Role::Editor, Role::Owner).await.token);
    let refused = house.ask("POST", "/api/v1/inboxes").header("authorization", &editor).json(&json!({"name": "a"}));
    let problem = refused.send().await.expect(403);
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("admin") && detail.contains("editor"), "{detail}");
}

#[tokio::test]
async fn of_the_workspaces_everybody_sees_those_that_they_have_a_role_in() {
    let house = house().await;
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let viewer = format!("Bearer {}", person(&house, Role::Viewer, Role::Owner).await.token);
    let names = |page: &Value| {
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let seen = house.ask("GET", "/api/v1/workspaces").header("authorization", &viewer).send().await.expect(200);
    assert_eq!(names(&seen), ["default"]);
    assert_eq!(names(&house.get("/api/v1/workspaces").await.expect(200)), ["default", "other"]);
    let ask = async |query: &str| {
        let path = format!("/api/v1/workspaces{query}");
        house.ask("GET", &path).header("authorization", &viewer).send().await
    };
    house.made("/api/v1/workspaces", &json!({"name": "third"})).await;
    let seen = ask("?limit=1").await.expect(200);
    assert_eq!((names(&seen), &seen["next"]), (vec!["default".to_owned()], &Value::Null), "no page of others follows");
    ask("?after=nowhere").await.expect(400);
}

#[tokio::test]
async fn pages_of_the_workspaces_that_somebody_has_a_role_in_are_full() {
    let house = house().await;
    let (ann, _) = users::person(&house, "default", "ann@example.com", "viewer").await;
    for name in ["foreign-1", "one", "foreign-2", "two", "foreign-3"] {
        house.made("/api/v1/workspaces", &json!({"name": name})).await;
        let join = json!({"email": "ann@example.com", "name": "Ann", "role": "viewer"});
        if !name.starts_with("foreign") {
            house.ask("POST", "/api/v1/users").header("hookbox-workspace", name).json(&join).send().await.expect(201);
        }
    }
    let link = house.post(&format!("/api/v1/users/{ann}/invite"), &json!({})).await.expect(200);
    let cookie = users::accepted(&house, &users::token_of(&link)).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/workspaces?limit=2{after}");
        let page = with(&house, &cookie, "GET", &path).send().await.expect(200);
        let items = page["items"].as_array().cloned().unwrap_or_default();
        seen.push(items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [vec!["default", "one"], vec!["two"]]);
}
