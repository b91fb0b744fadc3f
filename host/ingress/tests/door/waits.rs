//! Senders that wait for the result of their run.

use std::sync::Arc;

use hookbox_ingress::{Config, Drained};
use hookbox_model::{AutomationState, Capture, Run, RunFailure, RunState, Timestamp};
use hookbox_store::Captured;
use serde_json::{Value, json};

use crate::sender::{BODY, Host};

/// The good request with this query.
fn waiting(host: &Host, query: &str, more: &str) -> String {
    let id = host.store.automation.to_string();
    host.post(more, BODY).replacen(&id, &format!("{id}?{query}"), 1)
}

fn ended(capture: &Capture, state: RunState) -> Run {
    let failure = (state == RunState::Failed).then(|| RunFailure::new("mapping", "invalid-phone", "no phone"));
    Run { state, failure, ..Run::first_of(capture, Timestamp::default()) }
}

#[tokio::test]
async fn a_sender_that_waits_gets_the_result_of_its_run() {
    let host = Host::start(Config::default()).await;
    for state in [RunState::Succeeded, RunState::Failed, RunState::Cancelled] {
        let mut sender = host.connect().await;
        sender.send(waiting(&host, "source=shop&wait=30", "X-Request-Id: mine\r\n")).await;
        host.until_waiting(1).await;
        let capture = Arc::clone(&host.store.captured()[0]);
        host.store.finish(ended(&capture, state));
        let answer = sender.answer().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("x-request-id"), Some("mine"));
        assert_eq!(answer.header("hookbox-capture-id"), Some(capture.id.to_string().as_str()));
        let failure = json!({"step": "mapping", "code": "invalid-phone", "message": "no phone"});
        let run = json!({
            "id": capture.id.to_string().replace("cap_", "run_"),
            "state": state.as_str(),
            "automation_version": 3,
            "contact": null,
            "steps": [],
            "failure": if state == RunState::Failed { failure } else { Value::Null },
        });
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(body, json!({"message": "Request captured successfully", "run": run}));
        // The connection goes on.
        sender.send(host.post("", "[]")).await;
        assert_eq!(sender.answer().await.status, 200);
        host.store.forget();
    }
}

#[tokio::test]
async fn when_time_runs_out_the_answer_is_the_plain_one() {
    let host = Host::start(Config::default()).await;
    for wait in ["wait=0", "wait=1"] {
        let answer = host.ask(waiting(&host, wait, "X-Request-Id: mine\r\n")).await;
        answer.is_captured();
        assert_eq!(answer.header("x-request-id"), Some("mine"));
        assert!(answer.header("hookbox-capture-id").is_some());
    }
    assert_eq!((host.store.captured().len(), host.store.waiting()), (2, 0));
}

#[tokio::test]
async fn a_wait_that_is_none_is_refused_and_nothing_is_captured() {
    let host = Host::start(Config::default()).await;
    for query in ["wait", "wait=", "wait=31", "wait=-1", "wait=%2B1", "wait=1.5", "wait=soon", "wait=1&wait=1"] {
        assert_eq!(host.ask(waiting(&host, query, "")).await.problem(), (400, "invalid-wait".into()), "{query}");
    }
    let stranger = waiting(&host, "wait=31", "").replace("Bearer", "x");
    assert_eq!(host.ask(stranger).await.status, 401, "the key comes first");
    assert!(host.store.captured().is_empty());
    host.ask(waiting(&host, "awaited=31&w", "")).await.is_captured();
}

#[tokio::test]
async fn a_repetition_waits_for_the_run_of_the_first_request() {
    let host = Host::start(Config::default()).await;
    host.ask(host.post("Idempotency-Key: k\r\n", BODY)).await.is_captured();
    let first = Arc::clone(&host.store.captured()[0]);
    host.store.answers(Ok(Captured::Repeated(first.id)));
    let again = waiting(&host, "wait=30", "Idempotency-Key: k\r\n");
    let mut sender = host.connect().await;
    sender.send(&again).await;
    host.until_waiting(1).await;
    host.store.finish(ended(&first, RunState::Succeeded));
    let expected = first.id.to_string().replace("cap_", "run_");
    let looking = again.replace("wait=30", "wait=0");
    for answer in [sender.answer().await, host.ask(&looking).await] {
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(body["run"]["id"], expected.as_str(), "{answer:?}");
        assert_eq!(answer.header("hookbox-capture-id"), Some(first.id.to_string().as_str()));
    }
    assert_eq!(host.store.captured().len(), 1);
}

#[tokio::test]
async fn nobody_waits_for_a_paused_automation_a_test_request_or_without_a_place() {
    let host = Host::start(Config { waits_max: 1, ..Config::default() }).await;
    let mut first = host.connect().await;
    first.send(waiting(&host, "wait=30", "")).await;
    host.until_waiting(1).await;
    host.ask(waiting(&host, "wait=30", "")).await.is_captured();
    // Hanging up frees the place.
    drop(first);
    host.until_waiting(0).await;
    let mut second = host.connect().await;
    second.send(waiting(&host, "wait=30", "")).await;
    host.until_waiting(1).await;
    drop(second);
    host.until_waiting(0).await;

    let test = waiting(&host, "wait=30", "").replacen("?wait", "/test?wait", 1);
    assert_eq!(host.ask(&test).await.body, r#"{"message":"Test request captured"}"#);
    assert_eq!(host.ask(test.replace("wait=30", "wait=x")).await.problem(), (400, "invalid-wait".into()));

    host.store.change(|trigger| trigger.as_mut().expect("a trigger").state = AutomationState::Paused);
    host.ask(waiting(&host, "wait=30", "")).await.is_captured();
}

#[tokio::test]
async fn a_host_that_stops_does_not_wait_for_those_who_wait() {
    let host = Host::start(Config { grace_timeout_ms: 2_000, ..Config::default() }).await;
    let mut sender = host.connect().await;
    sender.send(waiting(&host, "wait=30", "")).await;
    host.until_waiting(1).await;
    let stopped = host.stop();
    let answer = sender.answer().await;
    answer.is_captured();
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(sender.is_closed().await);
    assert_eq!(stopped.await.expect("the door ends"), Drained { cut: 0 });
}

#[tokio::test]
async fn whoever_waits_keeps_nothing_of_its_request() {
    let host = Host::start(Config::default()).await;
    let mut sender = host.connect().await;
    sender.send(waiting(&host, "wait=30", "")).await;
    host.until_waiting(1).await;
    let capture = Arc::clone(&host.store.captured()[0]);
    assert_eq!(Arc::strong_count(&capture), 2, "the store has it, and so has this test");
}
