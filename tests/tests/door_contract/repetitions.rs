//! Requests that say they are another one again.

use hookbox_tests::webhook::Request;

use super::case::{Case, body};
use super::scene::Scene;

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    [again(scene), other(scene), bad(scene)].concat()
}

fn again(scene: &Scene) -> Vec<Case> {
    let longest = "k".repeat(255);
    let keyed = |key: &str| scene.plain.request(body("again")).header("idempotency-key", key);
    let named = |id: &str| scene.plain.request(body("again")).header("webhook-id", id);
    let both = |key: &str, id: &str| keyed(key).header("webhook-id", id);
    vec![
        Case::captured("repetition: a key", keyed("again-1")),
        Case::repeated("repetition: the key again", "repetition: a key", keyed("again-1")),
        Case::repeated("repetition: the key a third time", "repetition: a key", keyed("again-1").chunked()),
        Case::captured("repetition: the key in capitals", keyed("AGAIN-1")),
        Case::captured("repetition: the longest key", keyed(&longest)),
        Case::repeated("repetition: the longest key again", "repetition: the longest key", keyed(&longest)),
        Case::captured("repetition: a key of signs", keyed("\"order:17\"/{a}")),
        Case::captured("repetition: an id of Standard Webhooks", named("again-2")),
        Case::repeated("repetition: that id again", "repetition: an id of Standard Webhooks", named("again-2")),
        Case::captured("repetition: a key that reads like an id", keyed("again-2")),
        Case::captured("repetition: a key and an id", both("again-3", "again-4")),
        Case::repeated(
            "repetition: that key with another id",
            "repetition: a key and an id",
            both("again-3", "again-5"),
        ),
        Case::captured("repetition: that id with another key", both("again-6", "again-4")),
        Case::captured(
            "repetition: the key at another automation",
            scene.small.request("[1]").header("idempotency-key", "again-1"),
        ),
        Case::tested(
            "repetition: the key at the test URL",
            keyed("again-1").path(&format!("{}/test", scene.plain.path)),
        ),
        Case::captured("repetition: no key", scene.plain.request(body("again"))),
        Case::captured("repetition: no key again", scene.plain.request(body("again"))),
    ]
}

/// The same name for another body.
fn other(scene: &Scene) -> Vec<Case> {
    let spaced = format!("{} ", body("again"));
    let request = |body: &str| scene.plain.request(body);
    let conflict = |name: &str, request: Request| Case::refused(name, 409, "idempotency-key-reused", request);
    vec![
        conflict("conflict: another body", request(&body("other")).header("idempotency-key", "again-1")),
        conflict("conflict: a blank more", request(&spaced).header("idempotency-key", "again-1")),
        conflict("conflict: another body under an id", request(&body("other")).header("webhook-id", "again-2")),
        Case::repeated(
            "conflict: the first body is still known",
            "repetition: a key",
            request(&body("again")).header("idempotency-key", "again-1"),
        ),
    ]
}

fn bad(scene: &Scene) -> Vec<Case> {
    let request = || scene.plain.request(body("bad"));
    let long = "k".repeat(256);
    let cases = [
        ("empty", request().header("idempotency-key", "")),
        ("of 256 characters", request().header("idempotency-key", &long)),
        ("with a blank", request().header("idempotency-key", "a b")),
        ("that is not ASCII", request().header("idempotency-key", "ä")),
        ("that is no text", request().header("idempotency-key", b"\xff")),
        ("given twice", request().header("idempotency-key", "a").and_header("idempotency-key", "b")),
        ("the same given twice", request().header("idempotency-key", "a").and_header("idempotency-key", "a")),
        ("as an empty id", request().header("webhook-id", "")),
        ("as an id with a blank", request().header("webhook-id", "a b")),
        ("as an id of 256 characters", request().header("webhook-id", &long)),
        ("as two ids", request().header("webhook-id", "a").and_header("webhook-id", "b")),
        ("good beside a bad id", request().header("idempotency-key", "a").header("webhook-id", "a b")),
    ];
    let kind = "invalid-idempotency-key";
    cases.map(|(name, request)| Case::refused(format!("idempotency key {name}"), 400, kind, request)).into()
}
