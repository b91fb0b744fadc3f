//! How often: one request a second with a key of the limited automation, two at once of an address.

use hookbox_tests::webhook::Request;
use serde_json::json;

use super::case::Case;
use super::scene::{JOHN, Scene};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    [of_keys(scene), of_addresses(scene)].concat()
}

fn of_keys(scene: &Scene) -> Vec<Case> {
    let limited = &scene.limited;
    let other = scene.new_key(limited, &json!({}));
    let with_other = limited.request(JOHN).header("authorization", format!("Bearer {other}"));
    let stranger = limited.request(JOHN).header("authorization", "Bearer x");
    vec![
        Case::captured("rate: the first with a key", limited.request(JOHN)),
        Case::limited("rate: too many with a key", limited.request(JOHN)),
        Case::limited("rate: too many with a key and bad JSON", limited.request("{")),
        Case::limited("rate: too many at the test URL", limited.request(JOHN).path(&format!("{}/test", limited.path))),
        Case::captured("rate: another key of the same automation", with_other),
        Case::refused("rate: a wrong key is not counted", 401, "unauthorized", stranger),
    ]
}

fn of_addresses(scene: &Scene) -> Vec<Case> {
    let from = |address: &str| scene.plain.request(JOHN).header("x-forwarded-for", address);
    let wrong = |request: Request| request.header("authorization", "Bearer x");
    vec![
        Case::captured("rate: the first of an address", from("198.18.0.1")),
        Case::limited("rate: too many of an address", wrong(from("198.18.0.1"))),
        Case::limited("rate: too many of an address, with a good key", from("198.18.0.1")),
        Case::limited("rate: too many of an address, mapped", wrong(from("::ffff:198.18.0.1"))),
        Case::captured("rate: its neighbour", from("198.18.0.2")),
        Case::limited("rate: too many with wrong keys", wrong(from("198.18.0.3"))),
        Case::captured("rate: the first of a network of version 6", from("2001:db8:1:1::1")),
        Case::limited("rate: too many of that network", wrong(from("2001:db8:1:1:ffff::2"))),
        Case::captured("rate: the next network", from("2001:db8:1:2::1")),
        Case::limited(
            "rate: too many of an address that tells things",
            scene.telling(&scene.inbox, "{}").header("x-forwarded-for", "198.18.0.4"),
        ),
        Case::refused("rate: method before rate", 405, "method-not-allowed", from("198.18.0.1").method("GET")),
        Case::captured("rate: the proxy itself is not counted", scene.plain.request(JOHN)),
    ]
}
