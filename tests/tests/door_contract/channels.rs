//! `POST /inboxes/{id}/incoming`: what channels tell, signed and right, and everything else.

use hookbox_tests::webhook::Request;
use serde_json::{Value, json};

use super::case::Case;
use super::scene::{Scene, Signer};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    [told(scene), unsigned(scene), bad(scene), odd(scene)].concat()
}

fn message(id: &str) -> Value {
    json!({"type": "message", "id": id, "from": "+12155550199", "body": "Hello"})
}

/// A request that the channel signed.
fn signed(scene: &Scene, body: &str) -> Request {
    let secret = &scene.channel_secrets[0];
    scene.sign(&scene.telling(&scene.inbox, body), body, &scene.signer(secret, "tell-1"))
}

fn told(scene: &Scene) -> Vec<Case> {
    let with = |change: &str, value: Value| {
        let mut message = message(change);
        message[change] = value;
        signed(scene, &message.to_string())
    };
    let older = message("in-2").to_string();
    let older = scene.sign(&scene.telling(&scene.inbox, &older), &older, &scene.signer(&scene.channel_secrets[1], "t"));
    let first = || signed(scene, &message("in-1").to_string());
    vec![
        Case::received("channel: a message", first()),
        Case::received("channel: the message again", first()),
        Case::received("channel: the message in chunks", first().chunked()),
        Case::received("channel: signed with the secret before", older),
        Case::received("channel: from a phone in an object", with("from", json!({"phone": "+12155550198"}))),
        Case::received("channel: from a phone as it is dialled", with("from", json!("+1 (215) 555-0197"))),
        Case::received("channel: from an email address", with("from", json!({"email": "Ann@example.com"}))),
        Case::received("channel: from an id", with("from", json!({"external_id": "17"}))),
        Case::received(
            "channel: media",
            with("media", json!([{"url": "https://a.example/b", "content_type": "image/png"}])),
        ),
        Case::received("channel: a text of 10,000 characters", with("body", json!("ä".repeat(10_000)))),
        Case::received("channel: a text in the script of another language", with("body", json!("नमस्ते 👋 \u{202e}"))),
        Case::received("channel: with a request id", first().header("x-request-id", "mine-19"))
            .with_request_id("mine-19"),
        Case::received("channel: with a query", first().path(&format!("/inboxes/{}/incoming?a=b", scene.inbox))),
    ]
}

fn unsigned(scene: &Scene) -> Vec<Case> {
    let body = message("never").to_string();
    let telling = || scene.telling(&scene.inbox, &body);
    let by = |secret: &str, skew_s| scene.sign(&telling(), &body, &Signer { secret, id: "never", skew_s });
    let good = || by(&scene.channel_secrets[0], 0);
    let nobody = "/inboxes/inb_00000000000070008000000000000000/incoming";
    let cases = [
        ("nothing is signed", telling()),
        ("a key is no signature", telling().header("authorization", format!("Bearer {}", scene.plain.key))),
        ("without its id", good().without("webhook-id")),
        ("without its time", good().without("webhook-timestamp")),
        ("without itself", good().without("webhook-signature")),
        ("by a stranger's secret", by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0)),
        ("by the secret of an automation", by(&scene.secrets.new, 0)),
        ("too old", by(&scene.channel_secrets[0], -400)),
        ("too early", by(&scene.channel_secrets[0], 400)),
        ("of another body", scene.sign(&telling(), "{}", &scene.signer(&scene.channel_secrets[0], "never"))),
        ("of another id", good().header("webhook-id", "other")),
        ("for an inbox that nobody made", good().path(nobody)),
        ("for an inbox whose id is none", good().path("/inboxes/support/incoming")),
        ("for an inbox without a channel", good().path(&format!("/inboxes/{}/incoming", scene.sandbox))),
        (
            "for an id of another kind",
            good().path(&format!("/inboxes/{}/incoming", scene.inbox.replace("inb_", "aut_"))),
        ),
        ("bad JSON that is not signed", scene.telling(&scene.inbox, "{")),
    ];
    let kind = "invalid-channel-signature";
    cases.map(|(name, request)| Case::refused(format!("channel, unsigned: {name}"), 401, kind, request)).into()
}

fn bad(scene: &Scene) -> Vec<Case> {
    let with = |change: &str, value: Value| {
        let mut message = message("never");
        message[change] = value;
        message.to_string()
    };
    let report = |message: &str, state: &str| json!({"type": "report", "message": message, "state": state}).to_string();
    let known = "msg_01926f3e000070008000000000000001";
    let mut cases = Vec::new();
    for (name, body) in [
        ("bad JSON", "{".to_owned()),
        ("a key twice", r#"{"type":"message","type":"report"}"#.to_owned()),
        ("a byte order mark", format!("\u{feff}{}", message("never"))),
        ("an integer past 64 bits", with("id", json!("x")).replace("\"x\"", "18446744073709551616")),
    ] {
        cases.push(Case::refused(format!("channel: {name}"), 400, "invalid-json", signed(scene, &body)));
    }
    for (name, body) in [
        ("an array", "[]".to_owned()),
        ("nothing in it", "{}".to_owned()),
        ("another type", with("type", json!("call"))),
        ("no id", with("id", json!(null))),
        ("an id that is a number", with("id", json!(17))),
        ("a phone without its plus", with("from", json!("12155550199"))),
        ("a phone that is too short", with("from", json!("+1215"))),
        ("two identifiers", with("from", json!({"phone": "+12155550199", "email": "a@b.example"}))),
        ("an email address that is none", with("from", json!({"email": "ann"}))),
        ("no text", with("body", json!(null))),
        ("an empty text", with("body", json!(""))),
        ("a text that is too long", with("body", json!("ä".repeat(10_001)))),
        (
            "too many media",
            with("media", json!(vec![json!({"url": "https://a.example/b", "content_type": "a/b"}); 11])),
        ),
        ("media at no URL", with("media", json!([{"url": "file:///etc/passwd", "content_type": "a/b"}]))),
        ("a member that nobody knows", with("text", json!("Hello"))),
        ("a report about no id", report("in-1", "sent")),
        ("a report of no state", report(known, "read")),
    ] {
        cases.push(Case::refused(format!("channel: {name}"), 400, "invalid-content", signed(scene, &body)));
    }
    for state in ["sent", "delivered", "failed"] {
        let name = format!("channel: {state}, but nobody sent it");
        cases.push(Case::refused(name, 404, "message-not-found", signed(scene, &report(known, state))));
    }
    cases
}

fn odd(scene: &Scene) -> Vec<Case> {
    let body = message("never").to_string();
    let good = || signed(scene, &body);
    let typed = |media_type: &str| good().header("content-type", media_type);
    let larger = format!("\"{}\"", "x".repeat((256 << 10) - 1));
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    vec![
        Case::refused("channel: PUT", 405, "method-not-allowed", good().method("PUT")),
        Case::refused("channel: a form", 415, "content-type-not-supported", typed("application/x-www-form-urlencoded")),
        Case::refused("channel: no media type", 415, "content-type-not-supported", good().without("content-type")),
        Case::refused(
            "channel: gzip",
            415,
            "content-encoding-not-supported",
            good().header("content-encoding", "gzip"),
        ),
        Case::refused("channel: more than 256 KiB", 413, "body-too-large", signed(scene, &larger)).may_close(),
        Case::refused("channel: more than a mebibyte", 413, "body-too-large", signed(scene, &large)).may_close(),
        Case::refused("channel: a terabyte, not sent", 413, "body-too-large", good().claiming(1 << 40)).may_close(),
        Case::refused(
            "channel: media type before signature",
            415,
            "content-type-not-supported",
            typed("text/plain").without("webhook-id"),
        ),
        Case::refused("channel: a body that breaks off", 400, "body-broken", good().claiming(body.len() as u64 + 1))
            .finishes(),
    ]
}
