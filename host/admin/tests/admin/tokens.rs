//! Tokens of one's own: what they can do, how long, and that no token makes a mightier one.

use serde_json::{Value, json};

use crate::house::House;
use crate::login::{assert_stored_nowhere, set_up, with};

async fn made(house: &House, bearer: &str, new: &Value) -> Value {
    house.ask("POST", "/api/v1/tokens").header("authorization", bearer).json(new).send().await.expect(201)
}

fn bearer(made: &Value) -> String {
    format!("Bearer {}", made["token"].as_str().expect("a token"))
}

#[tokio::test]
async fn a_token_does_what_its_scope_allows_until_it_is_taken_back() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let new = json!({"name": "nightly", "scope": "viewer", "expires_in_days": 30});
    let token = with(&house, &cookie, "POST", "/api/v1/tokens").json(&new).send().await.expect(201);
    assert!(token["token"].as_str().is_some_and(|text| text.starts_with("hbt_") && text.len() == 68));
    let bearer = bearer(&token);
    let ask = async |method: &str, path: &str| {
        house.ask(method, path).header("authorization", &bearer).json(&json!({"name": "x"})).send().await
    };
    ask("GET", "/api/v1/lists").await.expect(200);
    let refused = ask("POST", "/api/v1/lists").await.expect(403);
    let detail = refused["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("editor") && detail.contains("viewer"), "{detail}");
    ask("POST", "/api/v1/workspaces").await.expect(403);
    let me = ask("GET", "/api/v1/me").await.expect(200);
    assert_eq!((&me["token"], &me["session"], &me["operator"]), (&token["id"], &Value::Null, &json!(false)));
    let own = with(&house, &cookie, "GET", "/api/v1/tokens").send().await.expect(200);
    assert_eq!(own["items"].as_array().map(Vec::len), Some(1));
    assert!(own["items"][0]["seen_at"].is_string() && own["items"][0].get("token").is_none(), "{own}");
    let others = house.get("/api/v1/tokens").await.expect(200);
    assert_eq!(others["items"][0]["name"], "first start", "an operator's tokens are not Ann's");
    let path = format!("/api/v1/tokens/{}", token["id"].as_str().expect("an id"));
    house.ask("DELETE", &path).send().await.expect(404);
    with(&house, &cookie, "DELETE", &path).send().await.expect(200);
    ask("GET", "/api/v1/lists").await.expect(401);
}

#[tokio::test]
async fn a_token_ends_when_its_time_is_over() {
    let house = House::new().await;
    let operator = format!("Bearer {}", house.token);
    let day = bearer(&made(&house, &operator, &json!({"name": "day", "scope": "viewer", "expires_in_days": 1})).await);
    let ask = async || house.ask("GET", "/api/v1/lists").header("authorization", &day).send().await;
    house.pass(86_399_000);
    ask().await.expect(200);
    house.pass(1_000);
    ask().await.expect(401);
    house.get("/api/v1/lists").await.expect(200);
}

#[tokio::test]
async fn a_token_of_one_workspace_is_good_there_alone() {
    let house = House::new().await;
    let other = house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let operator = format!("Bearer {}", house.token);
    let bound = made(&house, &operator, &json!({"name": "other", "scope": "owner", "workspace": other})).await;
    let ask = |path: &str| house.ask("GET", path).header("authorization", &bearer(&bound));
    let me = ask("/api/v1/me").send().await.expect(200);
    assert_eq!(me["role_by_workspace"], json!([{"id": other, "name": "other", "role": "owner"}]));
    assert_eq!(me["operator"], false, "whoever made it");
    ask("/api/v1/lists").send().await.expect(200);
    ask("/api/v1/lists").header("hookbox-workspace", "default").send().await.expect(404);
}

#[tokio::test]
async fn what_a_token_makes_lives_no_longer_and_goes_with_it() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let wish = json!({"name": "ci", "scope": "owner", "expires_in_days": 30});
    let maker = with(&house, &cookie, "POST", "/api/v1/tokens").json(&wish).send().await.expect(201);
    let check = async |new: Value, at: &str| {
        let ask = house.ask("POST", "/api/v1/tokens").header("authorization", &bearer(&maker));
        let faults = ask.json(&new).send().await.expect(422)["faults"].clone();
        assert_eq!(faults[0]["at"], at, "{faults}");
    };
    let nowhere = "wsp_00000000000000000000000000";
    check(json!({"name": "x", "scope": "viewer", "workspace": nowhere, "expires_in_days": 1}), "workspace").await;
    for days in [0, 31, 366] {
        check(json!({"name": "x", "scope": "viewer", "expires_in_days": days}), "expires_in_days").await;
    }
    check(json!({"name": "", "scope": "viewer", "expires_in_days": 1}), "name").await;
    let new = json!({"name": "x", "scope": "owner", "expires_in_days": 29});
    let child = made(&house, &bearer(&maker), &new).await;
    assert_eq!(child["made_by"], maker["id"]);
    let grandchild = json!({"name": "y", "scope": "viewer", "expires_in_days": 1});
    let grandchild = made(&house, &bearer(&child), &grandchild).await;
    let path = format!("/api/v1/tokens/{}", maker["id"].as_str().expect("an id"));
    with(&house, &cookie, "DELETE", &path).send().await.expect(200);
    for gone in [&maker, &child, &grandchild] {
        house.ask("GET", "/api/v1/me").header("authorization", &bearer(gone)).send().await.expect(401);
    }
    assert_eq!(with(&house, &cookie, "GET", "/api/v1/tokens").send().await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn an_operators_token_takes_back_neither_itself_nor_what_made_it() {
    let house = House::new().await;
    let operator = format!("Bearer {}", house.token);
    let wish = json!({"name": "x", "scope": "owner", "expires_in_days": 1});
    let child = bearer(&made(&house, &operator, &wish).await);
    let first = house.get("/api/v1/tokens").await.expect(200)["items"][0]["id"].clone();
    let path = format!("/api/v1/tokens/{}", first.as_str().expect("an id"));
    for own in [&operator, &child] {
        house.ask("DELETE", &path).header("authorization", own).send().await.expect(409);
    }
    house.get("/api/v1/lists").await.expect(200);
}

#[tokio::test]
async fn a_bounded_token_takes_back_itself_and_changes_nothing_else_of_its_user() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let operator = format!("Bearer {}", house.token);
    let home = house.workspace.id;
    for bounds in [
        json!({"name": "x", "scope": "viewer"}),
        json!({"name": "x", "scope": "editor"}),
        json!({"name": "x", "scope": "admin"}),
        json!({"name": "x", "scope": "owner", "workspace": home}),
    ] {
        let of_ann = with(&house, &cookie, "POST", "/api/v1/tokens").json(&bounds).send().await.expect(201);
        let production = json!({"name": "production", "scope": "editor"});
        let of_ann_too = with(&house, &cookie, "POST", "/api/v1/tokens").json(&production).send().await.expect(201);
        let (of_host, of_host_too) =
            (made(&house, &operator, &bounds).await, made(&house, &operator, &production).await);
        for (bounded, production) in [(of_ann, of_ann_too), (of_host, of_host_too)] {
            let ask = |method: &str, path: &str| house.ask(method, path).header("authorization", &bearer(&bounded));
            let page = ask("GET", "/api/v1/tokens").send().await.expect(200);
            assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{page}");
            assert_eq!(page["items"][0]["id"], bounded["id"]);
            let path = |token: &Value| format!("/api/v1/tokens/{}", token["id"].as_str().expect("an id"));
            ask("DELETE", &path(&production)).send().await.expect(404);
            let new = json!({"name": "y", "scope": "viewer", "expires_in_days": 1});
            let refused = ask("POST", "/api/v1/tokens").json(&new).send().await.expect(403);
            assert_eq!(refused["type"], "/problems/forbidden");
            ask("PATCH", "/api/v1/me").json(&json!({"name": "Mallory"})).send().await.expect(403);
            ask("DELETE", &path(&bounded)).send().await.expect(200);
            ask("GET", "/api/v1/me").send().await.expect(401);
            house.ask("GET", "/api/v1/me").header("authorization", &bearer(&production)).send().await.expect(200);
        }
    }
}

#[tokio::test]
async fn tokens_have_pages_and_a_limit() {
    let house = House::with(|config| config.login.tokens_max = 4).await;
    let operator = format!("Bearer {}", house.token);
    for name in ["a", "b", "c"] {
        made(&house, &operator, &json!({"name": name, "scope": "viewer"})).await;
    }
    let new = json!({"name": "d", "scope": "viewer"});
    house.post("/api/v1/tokens", &new).await.expect(409);
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("/api/v1/tokens?limit=3&after={after}")).await.expect(200);
        let items = page["items"].as_array().cloned().unwrap_or_default();
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(names, ["first start", "a", "b", "c"]);
    house.get("/api/v1/tokens?after=x").await.expect(400);
}

#[tokio::test]
async fn no_token_is_in_the_store() {
    let house = House::new().await;
    let operator = format!("Bearer {}", house.token);
    let made = made(&house, &operator, &json!({"name": "ci", "scope": "viewer"})).await;
    assert_stored_nowhere(&house, made["token"].as_str().expect("a token")).await;
    assert_stored_nowhere(&house, &house.token).await;
}
