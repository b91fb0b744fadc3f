//! Who may send: keys that open their trigger, and everything else, which gets one answer.

use hookbox_tests::program::TOKEN;
use serde_json::json;

use super::case::Case;
use super::scene::{JOHN, Scene};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    [wrong(scene), good(scene), first_checks(scene)].concat()
}

fn wrong(scene: &Scene) -> Vec<Case> {
    let key = &scene.plain.key;
    let request = || scene.plain.request(JOHN);
    let with = |value: &str| request().header("authorization", value);
    let last = if key.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &key[..key.len() - 1]);
    let revoked = scene.new_key(&scene.plain, &json!({}));
    scene.revoke(&scene.plain, &revoked);
    let unknown = "/automations/aut_00000000000070008000000000000000";
    let cases = [
        ("no key", request().without("authorization")),
        ("an empty header", with("")),
        ("a scheme and nothing", with("Bearer")),
        ("a scheme and a blank", with("Bearer ")),
        ("another scheme", with("Basic dXNlcjpwYXNz")),
        ("a key without its scheme", with(key)),
        ("a scheme that is misspelt", with(&format!("Bearr {key}"))),
        ("a colon after the scheme", with(&format!("Bearer: {key}"))),
        ("a key in quotes", with(&format!("Bearer \"{key}\""))),
        ("a tab before the key", with(&format!("Bearer\t{key}"))),
        ("two keys in one header", with(&format!("Bearer {key}, Bearer {key}"))),
        ("a key twice", request().and_header("authorization", format!("Bearer {key}"))),
        ("no such shape", with("Bearer hello")),
        ("a mistyped key", with(&format!("Bearer {mistyped}"))),
        ("a key that is cut", with(&format!("Bearer {}", &key[..key.len() - 2]))),
        ("a key and something more", with(&format!("Bearer {key}0"))),
        ("a key in capitals", with(&format!("Bearer {}", key.to_uppercase()))),
        ("bytes that are no text", request().header("authorization", b"Bearer \xff\xfe")),
        ("the key of another automation", with(&format!("Bearer {}", scene.small.key))),
        ("the admin token", with(&format!("Bearer {TOKEN}"))),
        ("a revoked key", with(&format!("Bearer {revoked}"))),
        ("an expired key", with(&format!("Bearer {}", scene.expired_key))),
        ("a key in the URL", request().without("authorization").path(&format!("{}?key={key}", scene.plain.path))),
        ("a key in another header", request().without("authorization").header("x-api-key", key)),
        ("an automation that nobody made", request().path(unknown)),
        ("an id of another kind", request().path(&scene.plain.path.replace("aut_", "run_"))),
        ("an id that is none", request().path("/automations/order-shipped")),
        ("an id that is too long", request().path(&format!("/automations/{}", "a".repeat(4_000)))),
        ("the test URL without a key", request().without("authorization").path(&format!("{}/test", scene.plain.path))),
        ("an archived automation without a key", scene.archived.request(JOHN).without("authorization")),
        ("a draft without a key", scene.draft.request(JOHN).without("authorization")),
    ];
    cases.map(|(name, request)| Case::refused(format!("key: {name}"), 401, "unauthorized", request)).into()
}

fn good(scene: &Scene) -> Vec<Case> {
    let key = &scene.plain.key;
    let with = |value: String| scene.plain.request(JOHN).header("authorization", value);
    let expiring = scene.new_key(&scene.plain, &json!({"not_after": "2999-12-31T00:00:00Z"}));
    let overlapping = scene.new_key(&scene.plain, &json!({}));
    let cases = [
        ("the first key", with(format!("Bearer {key}"))),
        ("a scheme in small letters", with(format!("bearer {key}"))),
        ("a scheme in capitals", with(format!("BEARER {key}"))),
        ("blanks around the key", with(format!("Bearer   {key}  "))),
        ("a key that overlaps with the first", with(format!("Bearer {overlapping}"))),
        ("a key that expires later", with(format!("Bearer {expiring}"))),
        ("the first key beside newer ones", with(format!("Bearer {key}"))),
    ];
    cases.map(|(name, request)| Case::captured(format!("good key: {name}"), request)).into()
}

/// What is wrong in two ways is refused for the first.
fn first_checks(scene: &Scene) -> Vec<Case> {
    let request = || scene.plain.request("{").without("authorization");
    vec![
        Case::refused("method before key", 405, "method-not-allowed", request().method("GET")),
        Case::refused("path before method", 404, "not-found", request().method("GET").path("/automations/a/b")),
        Case::refused(
            "encoding before key",
            415,
            "content-encoding-not-supported",
            request().header("content-encoding", "gzip"),
        ),
        Case::refused("size before key", 413, "body-too-large", request().claiming(1 << 40)).may_close(),
        Case::refused("key before media type", 401, "unauthorized", request().without("content-type")),
        Case::refused("key before JSON", 401, "unauthorized", request()),
        Case::refused(
            "media type before JSON",
            415,
            "content-type-not-supported",
            scene.plain.request("{").header("content-type", "text/plain"),
        ),
    ]
}
