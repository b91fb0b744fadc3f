//! Sizes, media types and JSON. The whole corpus of JSON is in `door_json.rs`.

use super::case::Case;
use super::scene::{JOHN, Scene};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    [sizes(scene), media_types(scene), json(scene)].concat()
}

fn sizes(scene: &Scene) -> Vec<Case> {
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let mebibyte = 1 << 20;
    let (plain, small) = (&scene.plain, &scene.small);
    let refuse = |name: &str, request| Case::refused(name, 413, "body-too-large", request).may_close();
    let (stranger, nobody) = (small.request(text(101)).without("authorization"), "/automations/nobody");
    vec![
        Case::captured("a body of a mebibyte", plain.request(text(mebibyte))),
        Case::captured("a body of a mebibyte in chunks", plain.request(text(mebibyte)).chunked()),
        refuse("a body of a byte more", plain.request(text(mebibyte + 1))),
        refuse("a body of a byte more in chunks", plain.request(text(mebibyte + 1)).chunked()),
        refuse("a body of a terabyte, told and not sent", plain.request(JOHN).claiming(1 << 40)),
        Case::captured("a body of the trigger's own limit", small.request(text(100))),
        Case::captured("a body of the trigger's own limit in chunks", small.request(text(100)).chunked()),
        refuse("a body past the trigger's own limit", small.request(text(101))),
        refuse("a body past the trigger's own limit in chunks", small.request(text(101)).chunked()),
        Case::refused("a body past a limit that its sender may not know", 401, "unauthorized", stranger),
        refuse("a terabyte without a key", plain.request(JOHN).claiming(1 << 40).without("authorization")),
        refuse("a terabyte for an automation that nobody made", plain.request(JOHN).claiming(1 << 40).path(nobody)),
        refuse(
            "a terabyte for a test URL",
            plain.request(JOHN).claiming(1 << 40).path(&format!("{}/test", plain.path)),
        ),
    ]
}

fn media_types(scene: &Scene) -> Vec<Case> {
    let with = |media_type: &str| scene.plain.request(JOHN).header("content-type", media_type);
    let mut cases = Vec::new();
    for media_type in [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/octet-stream",
        "application/jsonx",
        "application/json-seq",
        "application/+json",
        "json",
        "*/*",
        "",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
        "application/json; charset",
    ] {
        let name = format!("the media type {media_type:?}");
        cases.push(Case::refused(name, 415, "content-type-not-supported", with(media_type)));
    }
    let twice = with("application/json").and_header("content-type", "application/json");
    cases.push(Case::refused("the media type twice", 415, "content-type-not-supported", twice));
    let none = scene.plain.request(JOHN).without("content-type");
    cases.push(Case::refused("no media type", 415, "content-type-not-supported", none));
    for media_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; charset=utf-8",
        "application/vnd.shop.order+json",
        "application/cloudevents+json; version=1",
    ] {
        cases.push(Case::captured(format!("the media type {media_type}"), with(media_type)));
    }
    cases
}

fn json(scene: &Scene) -> Vec<Case> {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let wide = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
    let mut cases = Vec::new();
    for (name, body) in [
        ("no body", ""),
        ("blanks alone", " \r\n\t"),
        ("a form", "a=1&b=2"),
        ("markup", "<order/>"),
        ("an object that does not end", "{\"a\":1"),
        ("something after the JSON", "{} x"),
        ("a trailing comma", "{\"a\":1,}"),
        ("a key twice", "{\"a\":1,\"a\":2}"),
        ("a key twice, once escaped", "{\"a\":1,\"\\u0061\":2}"),
        ("a byte order mark", "\u{feff}{}"),
        ("a lone surrogate", "[\"\\ud800\"]"),
        ("a number past the range", "[1e400]"),
        ("an integer past 64 bits", "[18446744073709551616]"),
        ("not a number", "[NaN]"),
        ("a comment", "/* a */{}"),
        ("65 levels", &deep(65)),
        ("50,001 values", &wide(50_001)),
    ] {
        cases.push(Case::refused(format!("JSON: {name}"), 400, "invalid-json", scene.plain.request(body)));
    }
    for (name, body) in
        [("invalid UTF-8", &b"{\"a\":\"\xff\"}"[..]), ("UTF-16", b"\xff\xfe{\0}\0"), ("a NUL byte", b"{}\0")]
    {
        cases.push(Case::refused(format!("JSON: {name}"), 400, "invalid-json", scene.plain.request(body)));
    }
    for (name, body) in [
        ("an object", JOHN),
        ("an array", "[1,2]"),
        ("a text", "\"text\""),
        ("a number", "17"),
        ("null", "null"),
        ("blanks around", " \r\n{}\t"),
        ("no phone in it", "{\"first_name\":\"Ann\"}"),
        ("a phone that is none", "{\"phone_number\":\"not a phone\"}"),
        ("64 levels", &deep(64)),
        ("50,000 values", &wide(50_000)),
        ("a surrogate pair", "[\"\\ud83d\\ude00\"]"),
        ("the largest integer", "[18446744073709551615]"),
    ] {
        cases.push(Case::captured(format!("JSON that is taken: {name}"), scene.plain.request(body)));
    }
    cases
}
