//! Calls of guests to another machine: what comes of them, and what is written down.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use hookbox_egress::Names;
use hookbox_model::{Invocation, LogLevel, WorkspaceId};
use hookbox_sandbox::{Config, HttpConfig};
use parking_lot::Mutex;
use serde_json::json;

use crate::peer::{Peer, field};
use crate::scene::{Scene, came, came_one, generous, lines, named, with_settings};

#[tokio::test]
async fn a_plugin_calls_another_machine_and_the_log_says_so() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let authority = peer.authority();
    let body = json!({"method": "POST", "scheme": "http", "authority": authority, "path": "/echo?key=private",
        "headers": [["content-type", "text/plain"]], "body": "good day"});
    let called = scene.call(json!({"calls": [body]})).await;

    let came = came_one(&called);
    assert_eq!((came.status, came.error), (200, None));
    assert!(came.body.starts_with("POST /echo?key=private HTTP/1.1\r\n"), "{}", came.body);
    assert!(came.body.contains("good day"), "{}", came.body);
    assert_eq!(field(&came.body, "host"), Some(authority.clone()));
    assert_eq!(field(&came.body, "content-type"), Some("text/plain".into()));
    assert_eq!(lines(&called), [format!("POST http://{authority}/echo -> 200")]);
    assert_eq!(called.log[0].level, LogLevel::Info);
}

#[tokio::test]
async fn what_the_peer_answers_is_an_answer_whatever_it_is() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let call = |path| json!({"scheme": "http", "authority": peer.authority(), "path": path});
    let called = scene.call(json!({"calls": [call("/unavailable"), call("/redirect"), call("/redirect-here")]})).await;
    let statuses: Vec<u16> = came(&called).iter().map(|came| came.status).collect();
    assert_eq!(statuses, [503, 302, 302], "no redirect is followed, and none to metadata");
    assert_eq!(peer.seen().requests.len(), 3);
}

#[tokio::test]
async fn what_is_not_granted_is_refused_and_the_log_names_the_grant() {
    let (peer, mut scene) = (Peer::new().await, Scene::new().await);
    let authority = peer.authority();
    scene.grant("http", &[&format!("GET http://{authority}"), "https://api.example.com"]);
    let call = |method: &str, authority: &str| json!({"method": method, "scheme": "http", "authority": authority});
    let calls =
        [call("GET", &authority), call("POST", &authority), call("GET", "127.0.0.1:1"), call("GET", "api.example.com")];
    let called = scene.call(json!({"calls": calls})).await;

    let errors: Vec<_> = came(&called).into_iter().map(|came| came.error).collect();
    let denied = Some("ErrorCode::HttpRequestDenied".to_owned());
    assert_eq!(errors, [None, denied.clone(), denied.clone(), denied]);
    assert_eq!(
        lines(&called),
        [
            format!("GET http://{authority}/ -> 200"),
            format!("not granted: http for \"POST http://{authority}\""),
            "not granted: http for \"GET http://127.0.0.1:1\"".into(),
            "not granted: http for \"GET http://api.example.com\"".into(),
        ]
    );
    assert_eq!(called.log[1].level, LogLevel::Warn);
    assert_eq!(peer.seen().requests.len(), 1);
}

#[tokio::test]
async fn the_operator_has_a_list_of_its_own() {
    let peer = Peer::new().await;
    let allowed_hosts = vec![format!("GET http://{}", peer.authority()).parse().expect("a scope")];
    let scene = Scene::with(HttpConfig { allowed_hosts, ..named("127.0.0.1/32") }).await;
    let call = |method| json!({"method": method, "scheme": "http", "authority": peer.authority()});
    let called = scene.call(json!({"calls": [call("GET"), call("DELETE")]})).await;
    assert_eq!(came(&called)[0].status, 200);
    assert_eq!(came(&called)[1].error, Some("ErrorCode::HttpRequestDenied".into()));
    assert!(lines(&called)[1].contains("sandbox.http.allowed_hosts"), "{:?}", lines(&called));
}

#[tokio::test]
async fn without_a_named_network_nothing_goes_out_without_tls() {
    let (peer, scene) = (Peer::new().await, Scene::with(HttpConfig::default()).await);
    let call = |scheme| json!({"scheme": scheme, "authority": peer.authority()});
    let called = scene.call(json!({"calls": [call("http"), call("https")]})).await;
    for came in came(&called) {
        assert_eq!(came.error, Some("ErrorCode::DestinationIpProhibited".into()));
    }
    assert!(lines(&called)[0].contains("sandbox.http.allowed_networks"), "{:?}", lines(&called));
    assert_eq!(peer.seen().connections, 0);
}

#[tokio::test]
async fn host_path_and_connection_are_not_the_plugins_to_set() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let authority = peer.authority();
    let with = |part: serde_json::Value| {
        let mut call = json!({"scheme": "http", "authority": authority});
        call.as_object_mut().expect("an object").extend(part.as_object().expect("an object").clone());
        call
    };
    let header = |name: &str| with(json!({"headers": [[name, "other.example"]]}));
    let forbidden = [
        "host",
        "Host",
        "connection",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let calls: Vec<_> = forbidden.into_iter().map(header).collect();
    for came in came(&scene.call(json!({"calls": calls})).await) {
        assert_eq!(came.error, Some("header: HeaderError::Forbidden".into()));
    }
    let paths = ["http://other.example/", "*", "other"].map(|path| with(json!({"path": path})));
    for came in came(&scene.call(json!({"calls": paths})).await) {
        assert_eq!(came.error, Some("path".into()));
    }
    for (part, expected) in [
        (json!({"authority": format!("user:pass@{authority}")}), "ErrorCode::HttpRequestUriInvalid"),
        (json!({"scheme": "ftp"}), "ErrorCode::HttpProtocolError"),
        (json!({"method": "CONNECT"}), "ErrorCode::HttpRequestMethodInvalid"),
        (json!({"method": "TRACE"}), "ErrorCode::HttpRequestMethodInvalid"),
    ] {
        let came = came_one(&scene.call(json!({"calls": [with(part)]})).await);
        assert_eq!(came.error.as_deref(), Some(expected));
    }
    assert_eq!(peer.seen().connections, 0);
}

#[tokio::test]
async fn an_unsafe_request_carries_a_key_that_a_repetition_has_too() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let call = |method, headers| json!({"method": method, "scheme": "http", "authority": peer.authority(), "path": "/echo", "headers": headers});
    let none: [(&str, &str); 0] = [];
    let calls = [
        call("GET", json!(none)),
        call("POST", json!(none)),
        call("PUT", json!([["idempotency-key", "mine"]])),
        call("DELETE", json!(none)),
    ];
    let keys = |called| came(&called).iter().map(|came| field(&came.body, "idempotency-key")).collect::<Vec<_>>();
    let run = "run_01010101010101010101010101010101";
    let expected = [None, Some(format!("{run}:0:2")), Some("mine".into()), Some(format!("{run}:0:4"))];
    for _ in 0..2 {
        assert_eq!(keys(scene.call(json!({"calls": calls})).await), expected);
    }
}

#[tokio::test]
async fn in_a_rehearsal_only_what_changes_nothing_goes_out() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let authority = peer.authority();
    let call = |method| json!({"method": method, "scheme": "http", "authority": authority, "path": "/a"});
    let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE"];
    let rehearsed = Invocation { rehearsal: true, ..with_settings(json!({"calls": methods.map(call)})) };
    let called = scene.invoke(crate::call::WORKSPACE, rehearsed).await;

    let statuses: Vec<u16> = came(&called).iter().map(|came| came.status).collect();
    assert_eq!(statuses, [200, 200, 200, 0, 0, 0, 0, 0]);
    let told = came(&called)[3].error.clone().expect("it is told");
    assert!(told.contains(&format!("dry run: POST http://{authority}/a was not sent")), "{told}");
    assert_eq!(lines(&called)[3], format!("dry run: POST http://{authority}/a was not sent"));
    assert_eq!(peer.seen().requests.len(), 3);
}

#[tokio::test]
async fn a_connection_is_used_again_by_its_workspace_and_by_no_other() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let settings = json!({"calls": [{"scheme": "http", "authority": peer.authority()}]});
    for _ in 0..3 {
        assert_eq!(came_one(&scene.call(settings.clone()).await).status, 200);
    }
    assert_eq!(peer.seen().connections, 1);
    let other = WorkspaceId::from_bytes([8; 16]);
    let called = scene.invoke(other, with_settings(settings)).await;
    assert_eq!((came_one(&called).status, peer.seen().connections), (200, 2));
}

/// Answers each look-up with the next address.
struct Changing(Mutex<VecDeque<&'static str>>);

#[async_trait]
impl Names for Changing {
    async fn look_up(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let next = self.0.lock().pop_front();
        Ok(next.into_iter().map(|text| text.parse().expect("an address")).collect())
    }
}

#[tokio::test]
async fn a_name_that_changes_is_called_where_it_was_checked_or_not_at_all() {
    let named_one = Peer::at("127.0.0.2", 0).await;
    let other = Peer::at("127.0.0.1", named_one.port).await;
    let names = Arc::new(Changing(Mutex::new(["127.0.0.2", "127.0.0.1", "127.0.0.2"].into())));
    let config = Config { http: named("127.0.0.2/32"), ..generous() };
    let scene = Scene::resolving(config, names).await;
    let authority = format!("changes.example:{}", named_one.port);
    let call = json!({"scheme": "http", "authority": authority, "path": "/close"});
    let called = scene.call(json!({"calls": [call, call, call]})).await;

    let came = came(&called);
    assert_eq!((came[0].status, came[2].status), (200, 200));
    assert_eq!(came[1].error, Some("ErrorCode::DestinationIpProhibited".into()));
    assert!(lines(&called)[1].ends_with(" -> failed: its address may not be reached"), "{:?}", lines(&called));
    assert_eq!((named_one.seen().connections, other.seen().connections), (2, 0));
    assert_eq!(field(&named_one.seen().requests[0], "host"), Some(authority), "the peer is told the name");
}

#[tokio::test]
async fn why_there_was_no_answer_is_told() {
    let (peer, scene) = (Peer::new().await, Scene::new().await);
    let call = |authority: &str, path: &str| json!({"scheme": "http", "authority": authority, "path": path});
    let mut silent = call(&peer.authority(), "/silent");
    silent["first_byte_ms"] = 100.into();
    // Nobody has listened there for decades.
    let calls = [call("127.0.0.1:1", "/"), call(&peer.authority(), "/nonsense"), silent];
    let called = scene.call(json!({"calls": calls})).await;
    let errors: Vec<_> = came(&called).into_iter().map(|came| came.error.unwrap_or_default()).collect();
    assert_eq!(errors[0], "ErrorCode::ConnectionRefused");
    assert_eq!(errors[1], "ErrorCode::HttpResponseIncomplete");
    assert_eq!(errors[2], "ErrorCode::HttpResponseTimeout");
    assert!(lines(&called)[0].ends_with("/ -> failed: the connection was refused"), "{:?}", lines(&called));
    assert_eq!(lines(&called).len(), 3, "each call leaves one line");
}
