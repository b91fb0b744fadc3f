//! Secrets: a guest uses them and never sees them, and they go nowhere but to their own hosts.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hookbox_sandbox::Called;
use serde_json::{Value, json};

use crate::peer::{Peer, field};
use crate::scene::{Scene, Secrets, came, came_one, lines};

/// A text that stands nowhere by chance.
const CANARY: &str = "canary-6f1c2b";

/// The secret `crm` for the peer, and `other` for another host.
async fn scene(peer: &Peer) -> Scene {
    let mut scene = Scene::new().await;
    let hosts = vec![format!("http://{}", peer.authority())];
    let secrets = vec![
        ("crm", CANARY.to_owned(), hosts),
        ("other", format!("{CANARY}-other"), vec!["https://api.example.com".to_owned()]),
        ("lines", format!("{CANARY}\nlines"), vec!["*".to_owned()]),
    ];
    scene.secrets = Arc::new(Secrets(secrets));
    scene
}

fn call(peer: &Peer, path: &str, headers: Value) -> Value {
    json!({"scheme": "http", "authority": peer.authority(), "path": path, "headers": headers})
}

/// Fails when anything that a guest or a reader of its run can see holds a text, or its base64, whatever is encoded before it.
fn assert_unseen(called: &Called) {
    let seen = format!("{called:?}");
    assert!(!seen.contains(CANARY), "{seen}");
    for before in ["", "x", "xx"] {
        let encoded = BASE64_STANDARD.encode(format!("{before}{CANARY}"));
        // The first characters depend on what is before the text, the last ones on what is behind it.
        let (from, to) = ((before.len() * 4).div_ceil(3), (before.len() + CANARY.len()) / 3 * 4);
        assert!(!seen.contains(&encoded[from..to]), "{seen}");
    }
}

#[tokio::test]
async fn an_answer_that_repeats_basic_credentials_shows_the_plugins_own() {
    let peer = Peer::new().await;
    let scene = scene(&peer).await;
    let headers = json!([["authorization", "Basic {basic}"]]);
    let called = scene.call(json!({"secret": "crm", "calls": [call(&peer, "/echo-fields", headers)]})).await;
    let came = came_one(&called);
    let echo = came.headers.iter().find(|(name, _)| name == "x-echo").expect("the peer repeats it");
    let encoded = echo.1.strip_prefix("<Basic ").and_then(|rest| rest.strip_suffix('>')).expect("credentials");
    let credentials = BASE64_STANDARD.decode(encoded).expect("they can be decoded");
    assert!(credentials.starts_with(b"user:hbxsecret_"), "{echo:?}");
    assert_unseen(&called);
}

#[tokio::test]
async fn the_peer_gets_the_text_and_the_plugin_a_placeholder() {
    let peer = Peer::new().await;
    let scene = scene(&peer).await;
    let headers = json!([["authorization", "Bearer {secret}"], ["x-both", "{secret}/{secret}"]]);
    let basic = json!([["authorization", "Basic {basic}"]]);
    let calls =
        [call(&peer, "/", headers), call(&peer, "/", basic), call(&peer, "/", json!([["authorization", "{more}"]]))];
    let called = scene.call(json!({"secret": "crm", "more": {"secret": "crm"}, "calls": calls})).await;

    assert!(came(&called).iter().all(|came| came.status == 200), "{called:?}");
    let seen = peer.seen().requests;
    assert_eq!(field(&seen[0], "authorization"), Some(format!("Bearer {CANARY}")));
    assert_eq!(field(&seen[0], "x-both"), Some(format!("{CANARY}/{CANARY}")));
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("user:{CANARY}")));
    assert_eq!(field(&seen[1], "authorization"), Some(expected));
    assert_eq!(field(&seen[2], "authorization"), Some(CANARY.into()));
    assert_unseen(&called);
}

#[tokio::test]
async fn bodies_and_urls_carry_the_placeholder_as_it_is() {
    let peer = Peer::new().await;
    let scene = scene(&peer).await;
    let call = json!({"method": "POST", "scheme": "http", "authority": peer.authority(), "path": "/echo?key={secret}",
        "body": "key={secret}"});
    let called = scene.call(json!({"secret": "crm", "calls": [call]})).await;
    let echoed = came_one(&called).body;
    assert_eq!(echoed.matches("key=hbxsecret_").count(), 2, "{echoed}");
    assert!(!peer.seen().requests[0].contains(CANARY));
    assert_unseen(&called);
}

#[tokio::test]
async fn a_placeholder_on_its_way_to_another_host_refuses_the_call() {
    let (peer, elsewhere) = (Peer::new().await, Peer::new().await);
    let scene = scene(&peer).await;
    let bearer = json!([["authorization", "Bearer {secret}"]]);
    let basic = json!([["authorization", "Basic {basic}"]]);
    let calls = [
        call(&elsewhere, "/", bearer),
        call(&elsewhere, "/", basic),
        call(&elsewhere, "/", json!([["x-more", "{more}"]])),
    ];
    let called = scene.call(json!({"secret": "crm", "more": {"secret": "other"}, "calls": calls})).await;
    for came in came(&called) {
        assert_eq!(came.error, Some("ErrorCode::HttpRequestDenied".into()));
    }
    let expected = format!(
        "not sent: GET http://{}/: the secret \"crm\" may not be sent there; its hosts are set with it",
        elsewhere.authority()
    );
    assert_eq!(lines(&called)[0], expected);
    assert_eq!(elsewhere.seen().connections, 0);
    assert_unseen(&called);
}

#[tokio::test]
async fn an_answer_that_repeats_the_text_in_its_headers_shows_the_placeholder() {
    let peer = Peer::new().await;
    let scene = scene(&peer).await;
    let headers = json!([["authorization", "Bearer {secret}"]]);
    let called = scene.call(json!({"secret": "crm", "calls": [call(&peer, "/echo-fields", headers)]})).await;
    let came = came_one(&called);
    let echo = came.headers.iter().find(|(name, _)| name == "x-echo").expect("the peer repeats it");
    assert!(echo.1.starts_with("<Bearer hbxsecret_") && echo.1.ends_with('>'), "{echo:?}");
    assert_unseen(&called);
}

#[tokio::test]
async fn a_secret_that_no_header_may_have_is_named_without_its_text() {
    let peer = Peer::new().await;
    let scene = scene(&peer).await;
    let called =
        scene.call(json!({"secret": "lines", "calls": [call(&peer, "/", json!([["x-key", "{secret}"]]))]})).await;
    assert_eq!(came_one(&called).error, Some("ErrorCode::ConfigurationError".into()));
    assert!(lines(&called)[0].contains("the secret \"lines\" has characters that no header may have"));
    assert_eq!(peer.seen().connections, 0);
    assert_unseen(&called);
}

#[tokio::test]
async fn a_secret_wants_a_grant_of_its_own_and_must_be_there() {
    let peer = Peer::new().await;
    let mut scene = scene(&peer).await;
    scene.grant("secret", &["crm", "gone"]);
    let refused = scene.call(json!({"secret": "other", "calls": []})).await.result.expect_err("not granted");
    assert_eq!(refused.code(), "not-granted");
    assert!(refused.to_string().starts_with("not granted: secret for \"other\""), "{refused}");
    let missing = scene.call(json!({"secret": "gone", "calls": []})).await.result.expect_err("there is none");
    assert!(missing.to_string().contains("settings/secret: there is no secret \"gone\""), "{missing}");
    assert_eq!(missing.code(), "settings");
    assert!(scene.call(json!({"secret": "crm", "calls": []})).await.result.is_ok());
    assert!(scene.call(json!({"calls": []})).await.result.is_ok(), "no secret, no question");
}
