//! Limits of calls to other machines, and that nothing of them is left when a step has ended, however it ended.

use hookbox_model::{Outcome, WorkspaceId};
use hookbox_sandbox::{CallError, Config, HttpConfig};
use serde_json::{Value, json};

use crate::call::WORKSPACE;
use crate::peer::Peer;
use crate::scene::{Scene, came, came_one, generous, lines, named, with_settings};

fn get(peer: &Peer, path: &str) -> Value {
    json!({"scheme": "http", "authority": peer.authority(), "path": path})
}

fn with(mut call: Value, part: Value) -> Value {
    call.as_object_mut().expect("an object").extend(part.as_object().expect("an object").clone());
    call
}

async fn scene(http: HttpConfig) -> Scene {
    Scene::with(HttpConfig { allowed_networks: named("127.0.0.1/32").allowed_networks, ..http }).await
}

#[tokio::test]
async fn a_step_makes_so_many_requests_and_no_more() {
    let peer = Peer::new().await;
    let scene = scene(HttpConfig { requests_max: 3, ..HttpConfig::default() }).await;
    let called = scene.call(json!({"calls": vec![get(&peer, "/"); 5]})).await;
    let errors: Vec<_> = came(&called).into_iter().map(|came| came.error).collect();
    let denied = Some("ErrorCode::HttpRequestDenied".to_owned());
    assert_eq!(errors, [None, None, None, denied.clone(), denied]);
    assert_eq!(lines(&called)[3], "not sent: a step may make 3 requests");
    assert_eq!(peer.seen().requests.len(), 3);
    assert_eq!(came_one(&scene.call(json!({"calls": [get(&peer, "/")]})).await).status, 200, "the next step may too");
}

#[tokio::test]
async fn requests_past_those_at_once_wait_for_a_place() {
    let peer = Peer::new().await;
    let scene =
        scene(HttpConfig { requests_at_once_max: 2, connect_timeout_ms: 30_000, ..HttpConfig::default() }).await;
    let called = scene.call(json!({"at_once": true, "calls": vec![get(&peer, "/"); 9]})).await;
    assert!(came(&called).iter().all(|came| came.status == 200), "{:?}", came(&called));
    assert!(peer.seen().connections <= 2, "{}", peer.seen().connections);
}

#[tokio::test]
async fn a_place_that_never_becomes_free_ends_the_wait_for_it() {
    let peer = Peer::new().await;
    let scene = scene(HttpConfig { requests_at_once_max: 2, connect_timeout_ms: 500, ..HttpConfig::default() }).await;
    let keep = with(get(&peer, "/stall"), json!({"read": "keep"}));
    let called = scene.call(json!({"calls": [keep, keep, get(&peer, "/")]})).await;
    let came = came(&called);
    assert_eq!((came[0].status, came[1].status), (200, 200));
    assert_eq!(came[2].error, Some("ErrorCode::ConnectionLimitReached".into()));
}

#[tokio::test]
async fn bodies_end_at_their_limit_in_both_directions() {
    let peer = Peer::new().await;
    let limits = HttpConfig { request_bytes_max: 100_000, response_bytes_max: 100_000, ..HttpConfig::default() };
    let scene = scene(limits).await;
    let post = |bytes| with(get(&peer, "/hello"), json!({"method": "POST", "body_bytes": bytes}));
    let calls = [post(100_000), post(100_001), get(&peer, "/endless")];
    let called = scene.call(json!({"calls": calls})).await;

    let came = came(&called);
    assert_eq!((came[0].status, came[0].error.as_ref()), (200, None));
    assert!(came[1].error.is_some(), "{:?}", came[1]);
    assert!(lines(&called)[1].ends_with("the body of a request may have 100000 bytes"), "{:?}", lines(&called));
    assert!(came[2].error.as_ref().is_some_and(|error| error.contains("HTTP response body size")), "{:?}", came[2]);
    assert!(came[2].body_bytes <= 100_000);
    let seen = peer.until(|seen| seen.open <= 1).await;
    assert_eq!(seen.complete, 2, "the body that was too long never looked complete");
}

#[tokio::test]
async fn a_peer_that_stands_still_is_left_when_the_plugin_or_the_operator_says_so() {
    let peer = Peer::new().await;
    let short = HttpConfig {
        first_byte_timeout_ms: 500,
        between_bytes_timeout_ms: 500,
        connect_timeout_ms: 500,
        ..HttpConfig::default()
    };
    let asked = json!({"first_byte_ms": 1_000, "between_bytes_ms": 1_000});
    let asked_for_more = json!({"first_byte_ms": 3_600_000, "between_bytes_ms": 3_600_000});
    for (limits, part) in [(HttpConfig::default(), asked), (short, asked_for_more)] {
        let scene = scene(limits).await;
        let calls = ["/silent", "/stall"].map(|path| with(get(&peer, path), part.clone()));
        let came = came(&scene.call(json!({"calls": calls})).await);
        assert_eq!(came[0].error, Some("ErrorCode::HttpResponseTimeout".into()));
        assert_eq!((came[1].status, came[1].body.as_str()), (200, "begin"));
        assert!(came[1].error.as_ref().is_some_and(|error| error.contains("timeout")), "{:?}", came[1]);
        peer.until(|seen| seen.open == 0).await;
    }
}

#[tokio::test]
async fn header_fields_without_end_are_contained_on_both_sides() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let stopped = scene.call(json!({"calls": [with(get(&peer, "/"), json!({"fields": 100_000}))]})).await;
    assert!(
        matches!(stopped.result, Err(CallError::Limit { ref what }) if what.contains("header fields")),
        "{:?}",
        stopped.result
    );
    // Each set is within its limit, and all of them together are not.
    let many = vec![with(get(&peer, "/"), json!({"fields": 400})); 1_000];
    let stopped = scene.call(json!({"calls": many})).await;
    assert!(
        matches!(stopped.result, Err(CallError::Limit { ref what }) if what.contains("all requests")),
        "{:?}",
        stopped.result
    );

    let (answering, scene) = (Peer::new().await, Scene::new().await);
    for path in ["/long-fields", "/many-fields"] {
        let came = came_one(&scene.call(json!({"calls": [get(&answering, path)]})).await);
        assert!(came.error.is_some() && came.headers.is_empty(), "{:?}", came.error);
    }
    answering.until(|seen| seen.open == 0).await;
}

#[tokio::test]
async fn bodies_that_are_never_sent_hold_little() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let called = scene.call(json!({"idle_bodies": 2_000, "calls": [get(&peer, "/")]})).await;
    assert_eq!(came_one(&called).status, 200);
}

#[tokio::test]
async fn an_answer_that_is_not_read_goes_with_the_step() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    for read in ["drop", "keep"] {
        for path in ["/endless", "/stall"] {
            let called = scene.call(json!({"calls": [with(get(&peer, path), json!({"read": read}))]})).await;
            assert_eq!(came_one(&called).status, 200);
            peer.until(|seen| seen.open == 0).await;
        }
    }
}

#[tokio::test]
async fn a_request_that_is_not_waited_for_goes_with_the_step_and_says_so() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let called = scene.call(json!({"leave": true, "calls": [get(&peer, "/silent"), get(&peer, "/silent")]})).await;
    assert!(matches!(called.result, Ok(Ok(Outcome { .. }))));
    assert_eq!(lines(&called), vec![format!("GET http://{}/silent -> given up: the step ended", peer.authority()); 2]);
    peer.until(|seen| seen.open == 0).await;
}

#[tokio::test]
async fn a_step_that_runs_out_of_time_within_a_call_leaves_nothing_running() {
    let peer = Peer::new().await;
    let config = Config { deadline_ms: 2_000, http: named("127.0.0.1/32"), ..generous() };
    let scene = Scene::resolving(config, std::sync::Arc::new(hookbox_egress::SystemNames)).await;
    let read_on = Config {
        http: HttpConfig { response_bytes_max: u64::MAX, ..named("127.0.0.1/32") },
        deadline_ms: 2_000,
        ..generous()
    };
    let endless = Scene::resolving(read_on, std::sync::Arc::new(hookbox_egress::SystemNames)).await;
    for (scene, path) in [(&scene, "/silent"), (&scene, "/stall"), (&endless, "/endless")] {
        let called = scene.call(json!({"calls": [get(&peer, path)]})).await;
        let stopped = called.result.as_ref().expect_err("it waits for ever");
        let waited = matches!(stopped, CallError::Deadline { request_open: true, .. });
        assert!(waited || path == "/endless" && stopped.code() == "cpu-time", "{stopped}");
        assert_eq!(called.log.len(), 1, "{:?}", called.log);
        peer.until(|seen| seen.open == 0).await;
    }
}

#[tokio::test]
async fn a_step_that_is_dropped_leaves_nothing_running_and_no_body_that_looks_complete() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let stall = with_settings(json!({"calls": [get(&peer, "/stall")]}));
    {
        let call = scene.invoke(WORKSPACE, stall);
        tokio::pin!(call);
        tokio::select! {
            called = &mut call => panic!("it never ends: {called:?}"),
            _ = peer.until(|seen| seen.open == 1) => {}
        }
    }
    peer.until(|seen| seen.open == 0).await;

    let complete = peer.seen().complete;
    let upload = with(get(&peer, "/hello"), json!({"method": "POST", "body_bytes": 9_000_000}));
    {
        let call = scene.invoke(WorkspaceId::from_bytes([9; 16]), with_settings(json!({"calls": [upload]})));
        tokio::pin!(call);
        tokio::select! {
            called = &mut call => panic!("it is dropped before: {called:?}"),
            _ = peer.until(|seen| seen.requests.last().is_some_and(|request| request.starts_with("POST"))) => {}
        }
    }
    assert_eq!(peer.until(|seen| seen.open == 0).await.complete, complete);
}
