//! Logging in and out: the first user, sessions and their ends, guesses, and requests that another site's page sends.

use hookbox_model::WorkspaceId;
use hookbox_store::{AuditFilter, PageRequest, Store};
use serde_json::{Value, json};

use crate::house::{Answer, Ask, HOST, House, SETUP};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A request without any credentials.
pub(crate) fn bare<'h>(house: &'h House, method: &str, path: &str) -> Ask<'h> {
    house.ask(method, path).header("authorization", "")
}

/// A request of a page of this host, in a browser that has this cookie.
pub(crate) fn with<'h>(house: &'h House, cookie: &str, method: &str, path: &str) -> Ask<'h> {
    bare(house, method, path).header("cookie", cookie).header("sec-fetch-site", "same-origin")
}

/// What a browser sends back of the cookie that it was given.
pub(crate) fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
}

/// Makes the first user and gives the cookie of their session.
pub(crate) async fn set_up(house: &House) -> String {
    let first = json!({"token": SETUP, "email": "Ann@Example.com", "name": "Ann", "password": PASSWORD});
    let answer = bare(house, "POST", "/api/v1/setup").json(&first).send().await;
    answer.expect(200);
    cookie_of(&answer)
}

pub(crate) async fn log_in(house: &House, email: &str, password: &str) -> Answer {
    bare(house, "POST", "/api/v1/session").json(&json!({"email": email, "password": password})).send().await
}

/// The entries of the host's log, newest first, as act and who did it.
pub(crate) async fn host_log(house: &House) -> Vec<(String, String)> {
    let page = house.store.audit().page(WorkspaceId::HOST, &AuditFilter::default(), PageRequest::first()).await;
    let page = page.expect("a page");
    page.items.into_iter().map(|entry| (entry.act, entry.by)).collect()
}

/// Looks that this secret stands nowhere in what the store wrote.
pub(crate) async fn assert_stored_nowhere(house: &House, secret: &str) {
    assert!(secret.len() >= 16, "{secret:?} is too short to be looked for");
    house.store.close().await;
    let mut looked = 0;
    for file in std::fs::read_dir(house.dir.path()).expect("the directory") {
        let path = file.expect("a file").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file that can be read");
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "the secret is in {}", path.display());
            looked += bytes.len();
        }
    }
    assert!(looked > 10_000, "there was nothing to look through");
}

#[tokio::test]
async fn the_document_says_what_is_a_password() {
    let house = House::new().await;
    let api = bare(&house, "GET", "/api/v1/openapi.json").send().await.expect(200);
    for (shape, field) in
        [("LogIn", "password"), ("FirstUser", "password"), ("Acceptance", "password"), ("PasswordChange", "new")]
    {
        let field = &api["components"]["schemas"][shape]["properties"][field];
        assert_eq!((&field["type"], &field["format"]), (&json!("string"), &json!("password")), "{shape}");
    }
}

#[tokio::test]
async fn the_first_user_is_made_by_the_link_and_only_once() {
    let house = House::new().await;
    let needed = async || bare(&house, "GET", "/api/v1/setup").send().await.expect(200)["needed"].clone();
    assert_eq!(needed().await, true);
    let wrong = json!({"token": "a guess", "email": "eve@example.com", "name": "Eve", "password": PASSWORD});
    bare(&house, "POST", "/api/v1/setup").json(&wrong).send().await.expect(410);
    let weak = json!({"token": SETUP, "email": "ann", "name": "", "password": "short"});
    let faults = bare(&house, "POST", "/api/v1/setup").json(&weak).send().await.expect(422)["faults"].clone();
    assert_eq!(faults.as_array().map(Vec::len), Some(3), "all at once: {faults}");
    let cookie = set_up(&house).await;
    assert_eq!(needed().await, false);
    let me = with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(200);
    assert_eq!(me["user"]["email"], "ann@example.com");
    assert_eq!((me["operator"].clone(), me["token"].clone()), (json!(true), Value::Null));
    assert_eq!(me["role_by_workspace"], json!([{"id": house.workspace.id, "name": "default", "role": "owner"}]));
    let again = json!({"token": SETUP, "email": "eve@example.com", "name": "Eve", "password": PASSWORD});
    bare(&house, "POST", "/api/v1/setup").json(&again).send().await.expect(410);
    assert_eq!(host_log(&house).await[0].0, "user.create");
}

#[tokio::test]
async fn a_session_is_given_to_the_browser_alone_and_ends_with_the_log_out() {
    let house = House::new().await;
    set_up(&house).await;
    let answer = log_in(&house, " ANN@example.com", PASSWORD).await;
    answer.expect(200);
    let given = answer.header("set-cookie");
    for attribute in ["__Host-hookbox=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"] {
        assert!(given.contains(attribute), "{attribute} is missing in {given}");
    }
    let cookie = cookie_of(&answer);
    let made = with(&house, &cookie, "POST", "/api/v1/lists").json(&json!({"name": "leads"})).send().await;
    made.expect(201);
    let left = with(&house, &cookie, "DELETE", "/api/v1/session").send().await;
    left.expect(204);
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(401);
    let acts: Vec<String> = host_log(&house).await.into_iter().map(|(act, _)| act).collect();
    assert_eq!(acts[..2], ["session.end", "session.begin"]);
    house.ask("DELETE", "/api/v1/session").send().await.expect(409);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_its_time_is_over() {
    let house = House::new().await;
    let idle = set_up(&house).await;
    house.pass(29 * 60_000);
    with(&house, &idle, "GET", "/api/v1/me").send().await.expect(200);
    house.pass(29 * 60_000);
    with(&house, &idle, "GET", "/api/v1/me").send().await.expect(200);
    house.pass(30 * 60_000);
    with(&house, &idle, "GET", "/api/v1/me").send().await.expect(401);
    let busy = cookie_of(&log_in(&house, "ann@example.com", PASSWORD).await);
    for _ in 0..35 {
        house.pass(20 * 60_000);
        with(&house, &busy, "GET", "/api/v1/me").send().await.expect(200);
    }
    house.pass(20 * 60_000);
    with(&house, &busy, "GET", "/api/v1/me").send().await.expect(401);
}

#[tokio::test]
async fn what_a_page_asks_by_itself_keeps_no_session_alive() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let poll = async || with(&house, &cookie, "GET", "/api/v1/me").header("hookbox-background", "1").send().await;
    for _ in 0..2 {
        house.pass(14 * 60_000);
        poll().await.expect(200);
    }
    with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(200);
    house.pass(29 * 60_000);
    poll().await.expect(200);
    house.pass(60_000);
    poll().await.expect(401);
}

#[tokio::test]
async fn whether_there_is_a_user_is_told_by_nothing() {
    let house = House::new().await;
    set_up(&house).await;
    let told = |mut problem: Value| {
        problem["request_id"] = Value::Null;
        problem
    };
    let known = log_in(&house, "ann@example.com", "a wrong password").await;
    let unknown = log_in(&house, "nobody@example.com", "a wrong password").await;
    assert_eq!(told(known.expect(401)), told(unknown.expect(401)));
    let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    for email in ["ann@example.com", "nobody@example.com", "no address"] {
        log_in(&house, email, PASSWORD).await.status.as_u16();
    }
    // A failure of a user who is there is noted, after the answer.
    while !host_log(&house).await.iter().any(|(act, by)| act == "session.fail" && by == "nobody") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whoever_fails_waits_and_is_told_how_long() {
    let house = House::new().await;
    set_up(&house).await;
    let guess = async |email: &str, password: &str, from: &str| {
        let given = json!({"email": email, "password": password});
        bare(&house, "POST", "/api/v1/session").from(from).json(&given).send().await
    };
    for email in ["ann@example.com", "nobody@example.com"] {
        for number in 0..5 {
            guess(email, "wrong password", &format!("192.0.2.{number}")).await.expect(401);
        }
        let refused = guess(email, PASSWORD, "192.0.2.9").await;
        assert_eq!(refused.expect(429)["type"], "/problems/too-many-attempts");
        assert_eq!(refused.header("retry-after"), "1");
    }
    house.pass(1_000);
    guess("ann@example.com", "wrong password", "192.0.2.9").await.expect(401);
    let refused = guess("ann@example.com", PASSWORD, "192.0.2.10").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "2"));
    house.pass(2_000);
    guess("ann@example.com", PASSWORD, "192.0.2.10").await.expect(200);
    guess("ann@example.com", "wrong password", "192.0.2.10").await.expect(401);
    for number in 0..5 {
        guess(&format!("{number}@example.com"), "wrong password", "198.51.100.1").await.expect(401);
    }
    guess("ann@example.com", PASSWORD, "198.51.100.1").await.expect(429);
    guess("ann@example.com", PASSWORD, "198.51.100.2").await.expect(200);
}

#[tokio::test]
async fn guesses_from_elsewhere_keep_nobody_out_where_they_came_in_before() {
    let house = House::new().await;
    set_up(&house).await;
    let guess = async |password: &str, from: &str| {
        let given = json!({"email": "ann@example.com", "password": password});
        bare(&house, "POST", "/api/v1/session").from(from).json(&given).send().await
    };
    guess(PASSWORD, "192.0.2.1").await.expect(200);
    for number in 0..5 {
        guess("wrong password", &format!("198.51.100.{number}")).await.expect(401);
    }
    guess(PASSWORD, "198.51.100.9").await.expect(429);
    guess(PASSWORD, "192.0.2.1").await.expect(200);
    for _ in 0..5 {
        guess("wrong password", "192.0.2.1").await.expect(401);
    }
    guess(PASSWORD, "192.0.2.1").await.expect(429);
}

#[tokio::test]
async fn a_proxy_that_is_not_named_is_not_blamed_for_everybody() {
    let house = House::new().await;
    set_up(&house).await;
    let guess = async |email: &str, password: &str| {
        let ask = bare(&house, "POST", "/api/v1/session").from("10.0.0.2").header("x-forwarded-for", "192.0.2.1");
        ask.json(&json!({"email": email, "password": password})).send().await
    };
    for number in 0..9 {
        guess(&format!("{number}@example.com"), "wrong password").await.expect(401);
    }
    guess("ann@example.com", PASSWORD).await.expect(200);
    for _ in 0..5 {
        guess("ann@example.com", "wrong password").await.expect(401);
    }
    guess("ann@example.com", PASSWORD).await.expect(429);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let check = async |headers: &[(&'static str, &str)], status: u16| {
        let mut ask = bare(&house, "POST", "/api/v1/lists").header("cookie", &cookie);
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        let answer = ask.json(&json!({"name": format!("{headers:?}")})).send().await;
        let problem = answer.expect(status);
        assert_eq!(status == 403, problem["type"] == "/problems/foreign-origin", "{problem}");
    };
    check(&[], 403).await;
    check(&[("sec-fetch-site", "cross-site")], 403).await;
    check(&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8080")], 403).await;
    check(&[("origin", "https://evil.example")], 403).await;
    check(&[("origin", "null")], 403).await;
    check(&[("origin", &format!("http://{HOST}"))], 201).await;
    check(&[("sec-fetch-site", "same-origin")], 201).await;
    // To read is no change, and what another page asks it is not told: nothing here allows it.
    bare(&house, "GET", "/api/v1/lists").header("cookie", &cookie).send().await.expect(200);
    let foreign = bare(&house, "POST", "/api/v1/session").header("origin", "https://evil.example");
    let given = json!({"email": "ann@example.com", "password": PASSWORD});
    assert_eq!(foreign.json(&given).send().await.expect(403)["type"], "/problems/foreign-origin");
    let form = bare(&house, "POST", "/api/v1/lists").header("cookie", &cookie).header("sec-fetch-site", "same-origin");
    form.body("application/x-www-form-urlencoded", "name=x").send().await.expect(415);
}

#[tokio::test]
async fn a_password_is_not_taken_over_plain_http() {
    let house = House::new().await;
    set_up(&house).await;
    let given = json!({"email": "ann@example.com", "password": PASSWORD});
    let at = async |host: &str, proto: &str| {
        let ask = bare(&house, "POST", "/api/v1/session").header("host", host).header("x-forwarded-proto", proto);
        ask.json(&given).send().await
    };
    let refused = at("hooks.example:8080", "").await.expect(403);
    assert_eq!(refused["type"], "/problems/insecure-connection");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("public_url")), "{refused}");
    at("hooks.example:8080", "https").await.expect(200);
    at("localhost:8080", "").await.expect(200);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let house = House::new().await;
    let other = set_up(&house).await;
    let own = cookie_of(&log_in(&house, "ann@example.com", PASSWORD).await);
    let change = async |current: &str, new: &str| {
        let given = json!({"current": current, "new": new});
        with(&house, &own, "POST", "/api/v1/me/password").json(&given).send().await
    };
    assert_eq!(change("a wrong one", "another password").await.expect(422)["faults"][0]["at"], "current");
    assert_eq!(change(PASSWORD, "short").await.expect(422)["faults"][0]["at"], "new");
    change(PASSWORD, "another password").await.expect(200);
    with(&house, &own, "GET", "/api/v1/me").send().await.expect(200);
    with(&house, &other, "GET", "/api/v1/me").send().await.expect(401);
    log_in(&house, "ann@example.com", PASSWORD).await.expect(401);
    log_in(&house, "ann@example.com", "another password").await.expect(200);
    let token = house.ask("POST", "/api/v1/me/password").json(&json!({"current": "x", "new": "y"})).send().await;
    token.expect(409);
}

#[tokio::test]
async fn somebody_with_many_sessions_keeps_the_newest() {
    let house = House::with(|config| config.login.sessions_max = 2).await;
    let first = set_up(&house).await;
    let second = cookie_of(&log_in(&house, "ann@example.com", PASSWORD).await);
    let third = cookie_of(&log_in(&house, "ann@example.com", PASSWORD).await);
    for (cookie, status) in [(first, 401), (second, 200), (third, 200)] {
        with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(status);
    }
}

#[tokio::test]
async fn a_cookie_that_is_not_quite_right_opens_nothing() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let (front, secret) = cookie.rsplit_once('.').expect("a secret at the end");
    let user_and_session = front.replace('.', "");
    for wrong in [
        front.to_owned(),
        format!("{front}."),
        format!("{front}.{}", secret.replace(|c: char| c.is_ascii_digit(), "0")),
        format!("{front}.{secret}0"),
        format!("{user_and_session}.{secret}"),
        cookie.replace("__Host-", ""),
    ] {
        with(&house, &wrong, "GET", "/api/v1/me").send().await.expect(401);
    }
    let beside = format!("theme=dark; {cookie}; other=1");
    with(&house, &beside, "GET", "/api/v1/me").send().await.expect(200);
    let bad_token = house.ask("GET", "/api/v1/me").header("authorization", "Bearer x").header("cookie", &cookie);
    bad_token.send().await.expect(401);
}

#[tokio::test]
async fn neither_password_nor_session_is_in_the_store() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    assert_stored_nowhere(&house, PASSWORD).await;
    let secret = cookie.rsplit('.').next().expect("a secret at the end");
    assert_stored_nowhere(&house, secret).await;
}

#[tokio::test]
async fn who_goes_through_a_proxy_with_a_password_of_its_own_is_logged_in_all_the_same() {
    let house = House::new().await;
    let cookie = set_up(&house).await;
    let me = async |authorization: &str| {
        with(&house, &cookie, "GET", "/api/v1/me").header("authorization", authorization).send().await.status.as_u16()
    };
    assert_eq!(me("Basic YW5uOnByb3h5").await, 200);
    assert_eq!(me("Bearer hbt_00").await, 401, "a token that is not good is not made up for by a cookie");
}
