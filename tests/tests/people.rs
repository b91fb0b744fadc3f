//! How people come in, seen from outside: the link that a start prints, the cookie of a browser, tokens for the command line.

use hookbox_tests::admin::Admin;
use hookbox_tests::program::{Program, Setup};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

const PASSWORD: &str = "correct horse battery";

/// What follows `#` in a link.
fn token_of(url: &str) -> &str {
    url.split_once('#').map(|(_, token)| token).expect("a token behind the number sign")
}

/// Somebody without any credentials.
fn anyone(program: &Program) -> Admin {
    program.admin().with_token("")
}

fn set_up(program: &Program) -> Value {
    let url = program.setup_url().expect("a link is printed while there is no user");
    assert!(url.starts_with(&format!("{}/app/setup#", program.url())), "{url}");
    let first = json!({"token": token_of(url), "email": "ann@example.com", "name": "Ann", "password": PASSWORD});
    let answer = anyone(program).post("/api/v1/setup", &first).success();
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.starts_with("__Host-hookbox=")));
    answer.json()
}

#[test]
fn each_start_prints_a_link_of_its_own_until_there_is_a_user() {
    let mut program = Setup::new(PROGRAM).start();
    let first = program.setup_url().expect("a link").to_owned();
    program.stop();
    program.start();
    let second = program.setup_url().expect("another link").to_owned();
    assert_ne!(token_of(&first), token_of(&second));
    let old = json!({"token": token_of(&first), "email": "eve@example.com", "name": "Eve", "password": PASSWORD});
    assert_eq!(anyone(&program).post("/api/v1/setup", &old).status, 410);
    assert_eq!(set_up(&program)["operator"], true);
    let given = json!({"email": "ann@example.com", "password": PASSWORD});
    program.stop();
    program.start();
    assert_eq!(program.setup_url(), None);
    anyone(&program).post("/api/v1/session", &given).success();
}

#[test]
fn an_operator_brings_people_in_by_the_command_line() {
    let program = Setup::new(PROGRAM).start();
    let made = program.run_json(&["user", "create", "bob@example.com", "--name", "Bob", "--role", "editor", "--json"]);
    let link = made["invite_url"].as_str().expect("a link");
    let given = json!({"token": token_of(link), "password": PASSWORD});
    let me = anyone(&program).post("/api/v1/invites/accept", &given).success().json();
    assert_eq!(me["role_by_workspace"][0]["role"], "editor");
    let users = program.run_json(&["user", "page", "--json"]);
    assert_eq!(
        (&users["items"][0]["email"], &users["items"][0]["state"]),
        (&json!("bob@example.com"), &json!("active"))
    );
    program.run_json(&["user", "role", "bob@example.com", "admin", "--json"]);
    let made = program.run_json(&["token", "create", "ci", "--scope", "viewer", "--only", "default", "--json"]);
    let viewer = made["token"].as_str().expect("a token");
    program.run_json(&["list", "page", "--json", "--token", viewer]);
    assert_eq!(program.admin().with_token(viewer).post("/api/v1/lists", &json!({"name": "a"})).status, 403);
    program.run_json(&["token", "revoke", made["id"].as_str().expect("an id"), "--json"]);
    assert_eq!(program.admin().with_token(viewer).get("/api/v1/lists").status, 401);
    program.run_json(&["user", "disable", "bob@example.com", "--json"]);
    let given = json!({"email": "bob@example.com", "password": PASSWORD});
    assert_eq!(anyone(&program).post("/api/v1/session", &given).status, 401);
    program.run_json(&["user", "remove", "bob@example.com", "--json"]);
    assert_eq!(program.run_json(&["user", "page", "--json"])["items"], json!([]));
}
