//! What is captured, and the answer to everything that is not.

use std::sync::atomic::Ordering;

use hookbox_ingress::Config;
use hookbox_model::Timestamp;
use hookbox_store::{Captured, StoreError};

use crate::sender::{BODY, Host};

#[tokio::test]
async fn a_good_request_is_captured_as_it_came_and_answered_to_the_byte() {
    let host = Host::start(Config::default()).await;
    let answer = host.ask(host.post("X-Request-Id: my-id.1\r\nIdempotency-Key: k1\r\n", BODY)).await;
    answer.is_captured();
    assert_eq!(answer.header("x-request-id"), Some("my-id.1"));
    let captures = host.store.captured();
    let [capture] = &captures[..] else { panic!("{captures:?}") };
    assert_eq!(answer.header("hookbox-capture-id"), Some(capture.id.to_string().as_str()));
    assert_eq!((capture.automation, capture.automation_version), (host.store.automation, 3));
    assert_eq!(capture.body.raw(), BODY);
    assert_eq!(capture.id.made_at().day(), capture.received_at.day());
    assert_eq!(capture.idempotency.as_ref().map(|idempotency| &*idempotency.key), Some("k1"));

    let answer = host.ask(host.post("X-Request-Id: not sane\r\n", BODY)).await;
    answer.is_captured();
    let made = answer.header("x-request-id").expect("an id");
    assert!(made.len() == 32 && answer.header("hookbox-capture-id") == Some(&format!("cap_{made}")), "{answer:?}");
    assert!(host.metrics().contains("captures_total 2"), "{}", host.metrics());
    assert!(host.metrics().contains("capture_seconds_count 2"), "{}", host.metrics());
}

/// Asks for the good request with `old` replaced by `new`; it must be refused and not captured.
async fn check(host: &Host, (old, new): (&str, &str), body: &str, expected: (u16, &str)) {
    let good = host.post("", body);
    let request = good.replacen(old, new, 1);
    assert!(request != good || old == new, "nothing was replaced in {good}");
    let answer = host.ask(request).await;
    let (status, kind) = answer.problem();
    assert_eq!((status, kind.as_str()), expected, "{old:?} → {new:?}: {}", answer.body);
    assert_eq!(answer.header("allow"), (status == 405).then_some("POST"));
    assert_eq!(answer.header("www-authenticate"), (status == 401).then_some("Bearer"));
    assert!(host.store.captured().is_empty());
}

#[tokio::test]
async fn a_bad_request_is_refused_for_the_first_thing_that_is_wrong_with_it() {
    let host = Host::start(Config::default()).await;
    let id = host.store.automation.to_string();
    let (auth, json) = ("Authorization: Bearer", "Content-Type: application/json");
    for (change, expected) in [
        (("POST", "GET"), (405, "method-not-allowed")),
        (("POST", "BREW"), (405, "method-not-allowed")),
        ((&*format!("/{id} "), "/ "), (404, "not-found")),
        ((&*format!("/{id} "), &*format!("/{id}/x ")), (404, "not-found")),
        ((&*format!("/{id} "), "/aut_0 "), (401, "unauthorized")),
        ((&*format!("/{id} "), "/%20 "), (401, "unauthorized")),
        ((auth, "X: Bearer"), (401, "unauthorized")),
        ((auth, "Authorization: Basic"), (401, "unauthorized")),
        ((json, "Content-Type: text/plain"), (415, "content-type-not-supported")),
        ((json, "X: y"), (415, "content-type-not-supported")),
        ((json, "Content-Type: application/json\r\nContent-Encoding: gzip"), (415, "content-encoding-not-supported")),
        ((json, "Content-Type: application/json\r\nIdempotency-Key: a b"), (400, "invalid-idempotency-key")),
        (("Host: door\r\n", ""), (400, "host-missing-or-repeated")),
        (("Host: door", "Host: door\r\nHost: other"), (400, "host-missing-or-repeated")),
        // The order: each request is wrong in two ways.
        ((json, "Content-Encoding: gzip\r\nAuthorization: x"), (415, "content-encoding-not-supported")),
        ((json, "Content-Type: text/plain\r\nAuthorization: x"), (401, "unauthorized")),
    ] {
        check(&host, change, BODY, expected).await;
    }
    check(&host, ("Content-Length: 30", "Content-Length: 1048577"), BODY, (413, "body-too-large")).await;
    for body in ["", "{", "{\"a\":1,\"a\":2}", "\u{feff}{}", "[1e9999]", "[18446744073709551616]"] {
        check(&host, ("", ""), body, (400, "invalid-json")).await;
    }
    check(&host, ("", ""), &"[".repeat(65), (400, "invalid-json")).await;
    assert!(host.metrics().contains("refusals_total{status=\"401\"} 5"), "{}", host.metrics());
}

#[tokio::test]
async fn json_is_refused_with_what_is_wrong_and_where() {
    let host = Host::start(Config::default()).await;
    let answer = host.ask(host.post("", "{\"a\":1,\"a\":2}")).await;
    assert!(answer.body.contains(r#"duplicate key \"a\" at byte"#), "{}", answer.body);
}

#[tokio::test]
async fn whoever_has_no_live_key_gets_one_and_the_same_answer() {
    let host = Host::start(Config::default()).await;
    let good = host.post("X-Request-Id: r\r\n", BODY);
    let id = host.store.automation.to_string();
    let mut answers = Vec::new();
    for request in [
        good.replace(&host.store.key, &host.store.key.replace("0707", "0708")),
        good.replace(&host.store.key, "hbx_"),
        good.replace(&id, "aut_00000000000000000000000000000000"),
        good.replace(&id, "no-id-at-all"),
        good.replace("Authorization", "X"),
    ] {
        answers.push(host.ask(request).await);
    }
    host.store.change(|trigger| {
        let key = trigger.as_mut().and_then(|trigger| trigger.keys.first_mut()).expect("a key");
        key.revoked_at = Some(Timestamp::from_millis(1));
    });
    answers.push(host.ask(&good).await);
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (401, &answers[0].body));
        let names = |answer: &crate::sender::Answer| {
            let mut names: Vec<_> = answer.headers.keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(names(answer), names(&answers[0]));
    }
    assert!(host.store.captured().is_empty());
}

#[tokio::test]
async fn a_trigger_is_read_once_and_again_when_something_changed() {
    let host = Host::start(Config::default()).await;
    let good = host.post("", BODY);
    let unknown = good.replace(&host.store.automation.to_string(), "aut_00000000000000000000000000000000");
    for _ in 0..3 {
        host.ask(&good).await.is_captured();
        assert_eq!(host.ask(&unknown).await.status, 401);
    }
    assert_eq!(host.store.reads.load(Ordering::SeqCst), 2);
    host.store.change(|trigger| trigger.as_mut().expect("a trigger").version = 4);
    host.ask(&good).await.is_captured();
    assert_eq!(host.store.captured().last().map(|capture| capture.automation_version), Some(4));
    host.store.change(|trigger| *trigger = None);
    assert_eq!(host.ask(&good).await.status, 401);
}

#[tokio::test]
async fn what_the_store_says_of_a_request_becomes_the_answer() {
    let host = Host::start(Config::default()).await;
    let good = host.post("", BODY);
    host.ask(&good).await.is_captured();
    let first = host.store.captured()[0].id;
    host.store.answers(Ok(Captured::Repeated(first)));
    let repeated = host.ask(&good).await;
    repeated.is_captured();
    assert_eq!(repeated.header("hookbox-capture-id"), Some(first.to_string().as_str()));
    for counted in ["\ncaptures_total 1", "\nrepetitions_total 1"] {
        assert!(host.metrics().contains(counted), "{}", host.metrics());
    }
    let disk_full = StoreError::DiskFull { free_bytes: 1, needed_bytes: 2 };
    for (answer, expected) in [
        (Ok(Captured::Conflict), (409, "idempotency-key-reused")),
        (Err(StoreError::Busy), (503, "busy")),
        (Err(disk_full), (503, "disk-nearly-full")),
        (Err(StoreError::Unavailable { reason: "hidden".into() }), (503, "store-unavailable")),
        (Err(StoreError::Damaged { what: "key", reason: "hidden".into() }), (500, "internal-error")),
    ] {
        host.store.answers(answer);
        let answer = host.ask(&good).await;
        let (status, kind) = answer.problem();
        assert_eq!((status, kind.as_str()), expected);
        assert!(!answer.body.contains("hidden"));
    }
    assert_eq!(host.store.captured().len(), 1);
}

#[tokio::test]
async fn what_is_not_a_webhook_goes_to_the_door_behind() {
    let host = Host::start(Config::default()).await;
    for target in ["/", "/automations", "/api/v1/automations/x", "/automation/x"] {
        let answer = host.ask(format!("GET {target} HTTP/1.1\r\nHost: door\r\n\r\n")).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, "rest for 127.0.0.1"), "{target}");
    }
}

#[tokio::test]
async fn the_door_behind_is_told_whom_a_trusted_proxy_speaks_for() {
    let trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    let host = Host::start(Config { trusted_proxies, ..Config::default() }).await;
    let answer = host.ask("GET /app/ HTTP/1.1\r\nHost: door\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n").await;
    assert_eq!(answer.body, "rest for 192.0.2.7");
    let host = Host::start(Config::default()).await;
    let answer = host.ask("GET /app/ HTTP/1.1\r\nHost: door\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n").await;
    assert_eq!(answer.body, "rest for 127.0.0.1");
}
