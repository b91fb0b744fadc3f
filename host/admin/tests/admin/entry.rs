//! Who gets in, what every answer carries, and what is answered to those who ask for nothing there is.

use hookbox_admin::{FirstToken, first_token};
use hookbox_model::Timestamp;
use hookbox_store::Store;
use serde_json::json;

use crate::house::{BODY_BYTES_MAX, House};

#[tokio::test]
async fn nobody_gets_in_without_a_token_that_is_known() {
    let house = House::new().await;
    let wrong = ["", "Bearer", "Bearer ", "Bearer hbt_00", "Basic aGVsbG8=", &house.token];
    for authorization in wrong {
        let answer = house.ask("GET", "/api/v1/contacts").header("authorization", authorization).send().await;
        let problem = answer.expect(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{authorization}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(problem["type"], "/problems/unauthorized");
        assert_eq!(problem["request_id"], answer.header("x-request-id"));
    }
    let authorization = format!("bearer {}", house.token);
    house.ask("GET", "/api/v1/contacts").header("authorization", &authorization).send().await.expect(200);
}

#[tokio::test]
async fn the_first_token_is_made_once_and_a_given_one_always_works() {
    let house = House::new().await;
    let start = async |given| first_token(&*house.store, given, [9; 32], Timestamp::from_millis(2)).await;
    assert_eq!(start(None).await, Ok(FirstToken::Kept));
    assert_eq!(start(Some("  ")).await, Ok(FirstToken::Kept));
    assert_eq!(start(Some("of-my-own")).await, Ok(FirstToken::Added));
    assert_eq!(start(Some("of-my-own")).await, Ok(FirstToken::Kept));
    house.get("/api/v1/lists").await.expect(200);
    house.ask("GET", "/api/v1/lists").header("authorization", "Bearer of-my-own").send().await.expect(200);
}

#[tokio::test]
async fn the_workspace_is_chosen_by_id_or_by_name() {
    let house = House::new().await;
    let other = house.made("/api/v1/workspaces", &json!({"name": "Münster", "country": "DE"})).await;
    for workspace in [other.as_str(), "Münster"] {
        let made = house.ask("POST", "/api/v1/lists").header("hookbox-workspace", workspace);
        made.json(&json!({"name": format!("of {workspace}")})).send().await.expect(201);
    }
    let asked = house.ask("GET", "/api/v1/lists").header("hookbox-workspace", "Münster").send().await.expect(200);
    assert_eq!(asked["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(house.get("/api/v1/lists").await.expect(200)["items"], json!([]));
    let unknown = house.ask("GET", "/api/v1/lists").header("hookbox-workspace", "nowhere").send().await;
    assert_eq!(unknown.expect(404)["type"], "/problems/unknown-workspace");
}

#[tokio::test]
async fn refusals_name_what_is_wrong_and_what_would_be_right() {
    let house = House::new().await;
    let check = async |method: &str, path: &str, status: u16, named: &str| {
        let answer = house.ask(method, path).send().await;
        let problem = answer.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        assert_eq!(problem["status"], status, "{method} {path}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(named), "{method} {path}: {detail}");
        answer
    };
    check("GET", "/nothing", 404, "openapi.json").await;
    check("GET", "/api/v1/nothing", 404, "openapi.json").await;
    check("GET", "/api/v1/contacts/", 404, "openapi.json").await;
    check("GET", "/api/v1/contacts/%ff", 404, "contact").await;
    check("GET", "/api/v1/contacts/con_xyz", 404, "contact").await;
    check("GET", "/api/v1/contacts/run_0192f3a0000070008000000000000001", 404, "contact").await;
    check("GET", "/api/v1/contacts/con_0192f3a0000070008000000000000001", 404, "contact").await;
    check("GET", "/api/v1/contacts?limit=0", 400, "limit").await;
    check("GET", "/api/v1/contacts?limit=1001", 400, "limit").await;
    check("GET", "/api/v1/contacts?limit=ten", 400, "limit").await;
    check("GET", "/api/v1/contacts?limit=1&limit=2", 400, "limit").await;
    check("GET", "/api/v1/contacts?after=zz", 400, "after").await;
    check("GET", "/api/v1/contacts?fone=1", 400, "fone").await;
    check("GET", "/api/v1/contacts?phone=abc", 422, "phone").await;
    check("GET", "/api/v1/runs?state=done", 400, "state").await;
    check("GET", "/api/v1/runs?automation=x", 400, "automation").await;
    let wrong_method = check("DELETE", "/api/v1/contacts", 405, "Allow").await;
    assert_eq!(wrong_method.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let house = House::new().await;
    let check = async |media_type: &str, body: &str, status: u16, named: &str| {
        let problem = house.ask("POST", "/api/v1/lists").body(media_type, body).send().await.expect(status);
        assert!(problem.to_string().contains(named), "{body}: {problem}");
    };
    check("application/json", "{", 400, "byte").await;
    check("application/json", r#"{"name":"a","name":"b"}"#, 400, "name").await;
    check("application/json", "\u{feff}{}", 400, "byte").await;
    check("application/json", r#"{"name":"a","nmae":"b"}"#, 422, "nmae").await;
    check("application/json", r#"{"name":5}"#, 422, r#""at":"name""#).await;
    check("application/json", "{}", 422, "name").await;
    check("application/json", "[]", 422, "body").await;
    check("application/json", r#"{"name":""}"#, 422, r#""at":"name""#).await;
    check("application/json", r#"{"name":" a"}"#, 422, "white space").await;
    check("text/plain", r#"{"name":"a"}"#, 415, "application/json").await;
    check("", r#"{"name":"a"}"#, 415, "application/json").await;
    let large = format!(r#"{{"name":"{}"}}"#, "a".repeat(BODY_BYTES_MAX));
    check("application/json", &large, 413, "larger").await;
    let compressed = house.ask("POST", "/api/v1/lists").json(&json!({"name": "a"})).header("content-encoding", "gzip");
    compressed.send().await.expect(415);
    check("application/json; charset=utf-8", r#"{"name":"a"}"#, 201, "lst_").await;
}

#[tokio::test]
async fn every_answer_carries_a_request_id_and_is_kept_nowhere() {
    let house = House::new().await;
    let answer = house.ask("GET", "/api/v1/contacts").header("x-request-id", "from-the-client.1").send().await;
    assert_eq!(answer.header("x-request-id"), "from-the-client.1");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let answer = house.ask("GET", "/nothing").header("x-request-id", "a b\tc").send().await;
    assert_eq!(answer.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn head_and_options_say_what_there_is() {
    let house = House::new().await;
    let head = house.ask("HEAD", "/api/v1/contacts").send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let options = house.ask("OPTIONS", "/api/v1/contacts").header("authorization", "").send().await;
    assert_eq!((options.status.as_u16(), options.header("allow")), (204, "GET,HEAD,POST"));
}

#[tokio::test]
async fn health_needs_no_token_and_readiness_ends_with_the_drain() {
    let house = House::new().await;
    let bare = async |path: &str| house.ask("GET", path).header("authorization", "").send().await;
    assert_eq!(bare("/healthz").await.expect(200), json!({"status": "ok"}));
    assert_eq!(bare("/readyz").await.expect(200), json!({"status": "ok"}));
    let metrics = bare("/metrics").await;
    assert!(metrics.text().contains("hookbox_queue_depth 0"), "{}", metrics.text());
    assert!(metrics.text().ends_with("# EOF\n"));
    house.readiness.drain();
    assert_eq!(bare("/readyz").await.expect(503)["status"], "unavailable");
    assert_eq!(bare("/healthz").await.expect(200), json!({"status": "ok"}));
    house.store.close().await;
    assert_eq!(house.get("/api/v1/lists").await.status.as_u16(), 503);
}

#[tokio::test]
async fn browsers_are_kept_to_tls_where_they_come_over_it_and_nowhere_else() {
    for (public_url, told) in [
        (Some("https://hooks.example"), "max-age=31536000"),
        (Some("HTTPS://hooks.example/"), "max-age=31536000"),
        (Some("http://hooks.example"), ""),
        (None, ""),
    ] {
        let house = House::with(|config| config.public_url = public_url.map(str::to_owned)).await;
        for path in ["/api/v1/me", "/app/", "/ui/none.js", "/healthz", "/nowhere"] {
            let answer = house.get(path).await;
            assert_eq!(answer.header("strict-transport-security"), told, "{path} of {public_url:?}");
        }
    }
}
