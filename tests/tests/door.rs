//! The webhook door: everything it refuses, with which status and which words, and that nothing of it is captured; and what
//! it takes, to the byte.

use std::fs;

use hookbox_tests::admin::Admin;
use hookbox_tests::answer::Answer;
use hookbox_tests::documents::{CAPTURED, JOHN, ORDER_SHIPPED, automation, step, tagging};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::{Request, Webhook, exchange};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// The least that this file sends of what has to be refused.
const BAD_REQUESTS_MIN: usize = 60;

/// One bad request.
struct Case {
    what: String,
    request: Request,
    status: u16,
    kind: &'static str,
}

/// Bodies that are no acceptable JSON: what they are an example of, and the bytes.
const NOT_JSON: [(&str, &[u8]); 47] = [
    ("no body", b""),
    ("white space only", b" \r\n\t"),
    ("an object that is not closed", b"{\"a\":1"),
    ("a body that is cut off in a string", b"{\"a\":\"b"),
    ("a body that is cut off in a word", b"{\"a\":tru"),
    ("a body that is cut off after a colon", b"{\"a\":"),
    ("something after the end", b"{}x"),
    ("a second value", b"{}{}"),
    ("a NUL byte at the end", b"{}\0"),
    ("a comma too many in an object", b"{\"a\":1,}"),
    ("a comma too many in an array", b"[1,]"),
    ("a comma too few", b"[1 2]"),
    ("no value", b"{\"a\":}"),
    ("no key", b"{:1}"),
    ("a key without quotes", b"{a:1}"),
    ("a number as a key", b"{1:1}"),
    ("single quotes", b"{'a':1}"),
    ("a comment to the line's end", b"{\"a\":1} // no"),
    ("a comment in between", b"{/* no */\"a\":1}"),
    ("a hash comment", b"# no\n{}"),
    ("not a number", b"{\"a\":NaN}"),
    ("infinity", b"{\"a\":Infinity}"),
    ("minus infinity", b"{\"a\":-Infinity}"),
    ("undefined", b"{\"a\":undefined}"),
    ("a leading zero", b"[01]"),
    ("a leading plus", b"[+1]"),
    ("a leading point", b"[.5]"),
    ("a point at the end", b"[1.]"),
    ("an empty exponent", b"[1e]"),
    ("a hexadecimal number", b"[0x10]"),
    ("an integer past 64 bits", b"[18446744073709551616]"),
    ("a negative integer past 64 bits", b"{\"a\":-9223372036854775809}"),
    ("a number past the range", b"{\"a\":1e9999}"),
    ("a negative number past the range", b"{\"a\":-1e9999}"),
    ("a line break in a string", b"{\"a\":\"x\ny\"}"),
    ("a control character in a string", b"{\"a\":\"\x01\"}"),
    ("an escape that does not exist", b"{\"a\":\"\\x41\"}"),
    ("an escape that is cut off", b"{\"a\":\"\\u12\"}"),
    ("the high half of a surrogate pair alone", b"{\"a\":\"\\ud800\"}"),
    ("the low half of a surrogate pair alone", b"{\"a\":\"\\udc00\"}"),
    ("a surrogate pair the wrong way round", b"{\"a\":\"\\udc00\\ud800\"}"),
    ("a lone surrogate in a key", b"{\"\\ud800\":1}"),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("a byte that UTF-8 never has", b"{\"a\":\"\xff\"}"),
    ("a UTF-8 character cut off", b"{\"a\":\"\xe2\x82\"}"),
    ("an overlong UTF-8 character", b"{\"a\":\"\xc0\xaf\"}"),
    ("a surrogate in UTF-8", b"{\"a\":\"\xed\xa0\x80\"}"),
];

/// Bodies that name a key twice.
const TWICE: [(&str, &str); 4] = [
    ("a key twice", r#"{"a":1,"a":2}"#),
    ("a key twice with one value", r#"{"a":1,"b":2,"a":1}"#),
    ("a key twice, deep inside", r#"{"a":[{"b":{"c":1,"d":2,"c":3}}]}"#),
    ("a key twice, once escaped", r#"{"a":1,"\u0061":2}"#),
];

struct Scene {
    program: Program,
    admin: Admin,
    webhook: Webhook,
    other: Webhook,
}

impl Scene {
    fn new() -> Self {
        let program = Setup::new(PROGRAM).start();
        let admin = program.admin();
        admin.furnish();
        let webhook = admin.apply(&automation("First", &json!([tagging("first")])));
        let mut small = automation("Second", &json!([tagging("second")]));
        small["trigger"]["webhook"]["body_bytes_max"] = json!(100);
        let other = admin.apply(&small);
        Self { program, admin, webhook, other }
    }

    fn captures(&self) -> Vec<Value> {
        self.admin.all("/api/v1/captures")
    }

    /// Sends a request that has to be refused as the case says.
    #[track_caller]
    fn check(&self, case: &Case) -> Answer {
        let answer = case.request.send(self.program.address());
        let context = format!("{}: {} {}", case.what, answer.status, answer.text());
        assert_eq!(answer.status, case.status, "{context}");
        assert_eq!(answer.problem()["type"], case.kind, "{context}");
        answer
    }

    fn case(what: impl Into<String>, status: u16, kind: &'static str, request: Request) -> Case {
        Case { what: what.into(), request, status, kind }
    }

    fn bad_json(&self) -> Vec<Case> {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let deep_objects = format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
        let wide = format!("[{}1]", "1,".repeat(49_999));
        let generated = [
            ("65 arrays in one another", deep(65)),
            ("65 objects in one another", deep_objects),
            ("100,000 arrays in one another", deep(100_000)),
            ("50,001 values", wide),
        ];
        let mut bodies: Vec<(&str, Vec<u8>)> = NOT_JSON.iter().map(|(what, body)| (*what, body.to_vec())).collect();
        bodies.extend(TWICE.iter().map(|(what, body)| (*what, body.as_bytes().to_vec())));
        bodies.extend(generated.into_iter().map(|(what, body)| (what, body.into_bytes())));
        let case =
            |(what, body): (&str, Vec<u8>)| Self::case(what, 400, "/problems/invalid-json", self.webhook.request(body));
        bodies.into_iter().map(case).collect()
    }

    fn bad_methods(&self) -> Vec<Case> {
        let methods = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "post"].into_iter();
        let case = |method: &str| {
            Self::case(method, 405, "/problems/method-not-allowed", self.webhook.request(JOHN).method(method))
        };
        methods.map(case).collect()
    }

    fn bad_sizes_and_types(&self) -> Vec<Case> {
        const TOO_LARGE: &str = "/problems/body-too-large";
        const ENCODING: &str = "/problems/content-encoding-not-supported";
        const TYPE: &str = "/problems/content-type-not-supported";
        let mebibyte = format!("\"{}\"", "x".repeat((1 << 20) - 1));
        let (body, wide) = (|| self.webhook.request(JOHN), self.webhook.request(&mebibyte));
        let small = self.other.request(format!("\"{}\"", "x".repeat(100)));
        vec![
            Self::case("one byte past a mebibyte", 413, TOO_LARGE, wide.clone()),
            Self::case("one byte past a mebibyte, in chunks", 413, TOO_LARGE, wide.chunked()),
            Self::case("a length past every limit, told and not sent", 413, TOO_LARGE, body().claiming(1 << 40)),
            Self::case("past the limit of its trigger", 413, TOO_LARGE, small.clone()),
            Self::case("past the limit of its trigger, in chunks", 413, TOO_LARGE, small.chunked()),
            Self::case("gzip", 415, ENCODING, body().header("content-encoding", "gzip")),
            Self::case("brotli", 415, ENCODING, body().header("content-encoding", "br")),
            Self::case("two encodings", 415, ENCODING, body().header("content-encoding", "identity, gzip")),
            Self::case("no content type", 415, TYPE, body().without("content-type")),
            Self::case("plain text", 415, TYPE, body().header("content-type", "text/plain")),
            Self::case("a form", 415, TYPE, body().header("content-type", "application/x-www-form-urlencoded")),
            Self::case("something like JSON", 415, TYPE, body().header("content-type", "application/jsonx")),
            Self::case("an empty content type", 415, TYPE, body().header("content-type", "")),
            Self::case("another charset", 415, TYPE, body().header("content-type", "application/json; charset=utf-16")),
        ]
    }

    fn bad_keys(&self) -> Vec<Case> {
        let revoked = self.revoked_key();
        let key = &self.webhook.key;
        let last = if key.ends_with('0') { '1' } else { '0' };
        let mistyped = format!("{}{last}", &key[..key.len() - 1]);
        let stranger = self.webhook.path.replace("aut_0", "aut_1");
        let bearer = |key: &str| self.webhook.request(JOHN).header("authorization", format!("Bearer {key}"));
        let request = || self.webhook.request(JOHN);
        let cases = [
            ("no key", request().without("authorization")),
            ("an empty header", request().header("authorization", "")),
            ("a scheme and nothing", request().header("authorization", "Bearer")),
            ("another scheme", request().header("authorization", "Basic dXNlcjpwYXNz")),
            ("a key without its scheme", request().header("authorization", key)),
            ("a key twice", request().and_header("authorization", format!("Bearer {key}"))),
            ("no such shape", bearer("hello")),
            ("a mistyped key", bearer(&mistyped)),
            ("a key and something more", bearer(&format!("{key}0"))),
            ("a key in capitals", bearer(&key.to_uppercase())),
            ("bytes that are no text", request().header("authorization", b"Bearer \xff\xfe")),
            ("the key of another automation", bearer(&self.other.key)),
            ("the admin token", bearer(hookbox_tests::program::TOKEN)),
            ("a revoked key", bearer(&revoked)),
            ("an automation that nobody made", request().path(&stranger)),
            ("an id of another kind", request().path(&self.webhook.path.replace("aut_", "run_"))),
            ("an id that is none", request().path("/automations/order-shipped")),
        ];
        cases.map(|(what, request)| Self::case(what, 401, "/problems/unauthorized", request)).into()
    }

    fn revoked_key(&self) -> String {
        let path = format!("/api/v1/automations/{}/keys", self.webhook.automation);
        let made = self.admin.post(&path, &json!({})).success().json();
        let key = made["key"].as_str().expect("a new key is shown").to_owned();
        let id = key.split('_').nth(1).expect("a key has an id");
        self.admin.delete(&format!("{path}/{id}")).success();
        key
    }

    fn bad_idempotency_keys(&self) -> Vec<Case> {
        let request = |value: &str| self.webhook.request(JOHN).header("idempotency-key", value);
        let cases = [
            ("an empty idempotency key", request("")),
            ("an idempotency key of 256 characters", request(&"k".repeat(256))),
            ("an idempotency key with a space", request("a b")),
            ("an idempotency key that is not ASCII", request("ä")),
            ("two idempotency keys", request("a").and_header("idempotency-key", "b")),
        ];
        cases.map(|(what, request)| Self::case(what, 400, "/problems/invalid-idempotency-key", request)).into()
    }
}

#[test]
fn a_bad_request_is_refused_in_words_and_nothing_of_it_is_captured() {
    let scene = Scene::new();
    let mut cases = scene.bad_json();
    cases.extend(scene.bad_methods());
    cases.extend(scene.bad_sizes_and_types());
    cases.extend(scene.bad_keys());
    cases.extend(scene.bad_idempotency_keys());
    assert!(cases.len() >= BAD_REQUESTS_MIN, "only {} bad requests", cases.len());
    for case in &cases {
        scene.check(case);
    }
    assert_eq!(scene.captures(), Vec::<Value>::new());
    assert_eq!(scene.admin.all("/api/v1/runs"), Vec::<Value>::new());
}

#[test]
fn every_wrong_key_gets_the_same_answer() {
    let scene = Scene::new();
    let bodies = scene.bad_keys().into_iter().map(|case| {
        let answer = scene.check(&case);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{}", case.what);
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        body
    });
    let mut bodies: Vec<Value> = bodies.collect();
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
}

#[test]
fn checks_come_in_their_order_and_a_refusal_says_what_to_do() {
    let scene = Scene::new();
    let good = || scene.webhook.request("{");
    let large = scene.webhook.request("{").claiming(1 << 40).without("authorization");
    let cases = [
        Scene::case(
            "method before key",
            405,
            "/problems/method-not-allowed",
            good().method("GET").without("authorization"),
        ),
        Scene::case("size before key", 413, "/problems/body-too-large", large),
        Scene::case(
            "key before type",
            401,
            "/problems/unauthorized",
            good().without("authorization").without("content-type"),
        ),
        Scene::case(
            "type before body",
            415,
            "/problems/content-type-not-supported",
            good().header("content-type", "text/plain"),
        ),
    ];
    let answers: Vec<Answer> = cases.iter().map(|case| scene.check(case)).collect();
    assert_eq!(answers[0].header("allow"), Some("POST"));
    let answer =
        scene.webhook.request(r#"{"a":1,"a":2}"#).header("x-request-id", "mine-17").send(scene.program.address());
    assert_eq!(answer.header("x-request-id"), Some("mine-17"));
    let detail = answer.problem()["detail"].as_str().expect("a detail").to_owned();
    assert!(detail.contains("duplicate key \"a\"") && detail.contains("byte"), "{detail}");
}

#[test]
fn heads_that_could_be_read_in_two_ways_are_refused() {
    let scene = Scene::new();
    let (address, path, key) = (scene.program.address(), &scene.webhook.path, &scene.webhook.key);
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n");
    let many: String = (0..70).map(|number| format!("x-{number}: 1\r\n")).collect();
    let cases = [
        (
            "a length and chunks",
            format!("{head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
        ),
        ("two lengths", format!("{head}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}} ")),
        ("a length that is no number", format!("{head}content-length: two\r\n\r\n{{}}")),
        ("a negative length", format!("{head}content-length: -2\r\n\r\n{{}}")),
        ("chunks that are none", format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n")),
        ("a space before a colon", format!("{head}content-length : 2\r\n\r\n{{}}")),
        ("too many headers", format!("{head}{many}content-length: 2\r\n\r\n{{}}")),
        ("a head that is too long", format!("{head}x-long: {}\r\ncontent-length: 2\r\n\r\n{{}}", "x".repeat(20_000))),
        ("no HTTP", "hello\r\n\r\n".to_owned()),
    ];
    for (what, bytes) in cases {
        let answer = exchange(address, bytes.as_bytes()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
        answer.problem();
    }
    assert_eq!(scene.captures(), Vec::<Value>::new());
}

#[test]
fn a_body_that_breaks_off_is_not_captured() {
    let scene = Scene::new();
    let (address, path, key) = (scene.program.address(), &scene.webhook.path, &scene.webhook.key);
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n");
    for bytes in [
        format!("{head}content-length: 9\r\n\r\n{{}}"),
        format!("{head}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n"),
    ] {
        if let Ok(answer) = exchange(address, bytes.as_bytes()) {
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
    }
    assert_eq!(scene.captures(), Vec::<Value>::new());
}

#[test]
fn the_example_of_the_product_is_captured_and_run() {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let file = program.home().join("order-shipped.yaml");
    fs::write(&file, ORDER_SHIPPED).expect("the test's own directory is writable");
    let file = file.to_string_lossy();
    let webhook = Webhook::of(&program.run_json(&["automation", "apply", "-f", &file, "--json"]));

    let answer = webhook.request(JOHN).send(program.address());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.text(), CAPTURED);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));

    let capture = answer.header("hookbox-capture-id").expect("the answer names the capture");
    let run = program.admin().final_run(capture);
    assert_eq!(run["state"], "succeeded", "{run}");
    let contact = &program.admin().all("/api/v1/contacts?phone=%2B12155556677")[0];
    assert_eq!(contact["fields"], json!({"first_name": "John", "last_name": "Smith", "source": "Salesforce"}));
    assert_eq!(contact["lists"][0]["name"], "customers");
    let messages = program.admin().all(&format!("/api/v1/messages?contact={}", contact["id"].as_str().expect("an id")));
    let [message] = messages.as_slice() else { panic!("one message was expected: {messages:?}") };
    assert_eq!(message["body"], "Hi John, your order has shipped.");
    assert_eq!((&message["direction"], &message["state"]), (&json!("outgoing"), &json!("queued")));
}

#[test]
fn unusual_but_right_requests_are_captured() {
    let scene = Scene::new();
    let request = || scene.webhook.request(JOHN);
    let levels = format!(r#"{{"phone_number":"12155556677","deep":{}1{}}}"#, "[".repeat(63), "]".repeat(63));
    let values = format!(r#"{{"phone_number":"12155556677","wide":[{}1]}}"#, "1,".repeat(49_996));
    let largest = format!(r#"{{"phone_number":"12155556677","x":"{}"}}"#, "x".repeat((1 << 20) - 37));
    assert_eq!(largest.len(), 1 << 20);
    let cases = [
        ("the media type in capitals", request().header("content-type", "Application/JSON")),
        ("a charset", request().header("content-type", "application/json; charset=utf-8")),
        ("a scheme in small letters", request().header("authorization", format!("bearer {}", scene.webhook.key))),
        ("chunks", request().chunked()),
        ("identity encoding", request().header("content-encoding", "identity")),
        ("white space around", scene.webhook.request(format!("\r\n\t {JOHN} \n"))),
        ("64 levels", scene.webhook.request(levels)),
        ("50,000 values", scene.webhook.request(values)),
        ("a mebibyte", scene.webhook.request(largest)),
        ("a surrogate pair", scene.webhook.request(r#"{"phone_number":"12155556677","a":"\ud83d\ude00"}"#)),
    ];
    let count = cases.len();
    for (what, request) in cases {
        let answer = request.send(scene.program.address());
        assert_eq!((answer.status, answer.text().as_str()), (200, CAPTURED), "{what}");
    }
    assert_eq!(scene.captures().len(), count);
}

#[test]
fn numbers_are_kept_to_the_last_digit_on_their_way_to_the_contact() {
    let program = Setup::new(PROGRAM).start();
    let admin = program.admin();
    admin.furnish();
    let settings = json!({"body": "{{payload.large}} {{payload.larger}} {{payload.least}}"});
    let mut document = automation("Numbers", &json!([step("send-message", settings)]));
    document["trigger"]["webhook"]["sample"] =
        json!({"phone_number": "12155556677", "first_name": "Ann", "large": 1, "larger": 2, "least": 3});
    let webhook = admin.apply(&document);
    let numbers = r#""large":9007199254740993,"larger":18446744073709551615,"least":-9223372036854775808"#;
    let body = format!(r#"{{"phone_number":"12155556677",{numbers}}}"#);
    let answer = webhook.request(&body).send(program.address());
    let capture = answer.header("hookbox-capture-id").expect("the answer names the capture");
    assert!(admin.get(&format!("/api/v1/captures/{capture}")).text().contains(numbers));
    assert_eq!(admin.final_run(capture)["state"], "succeeded");
    let messages = admin.all("/api/v1/messages");
    assert_eq!(messages[0]["body"], "9007199254740993 18446744073709551615 -9223372036854775808");
}

#[test]
fn a_repeated_idempotency_key_is_one_capture_and_one_run() {
    let scene = Scene::new();
    let address = scene.program.address();
    let request = scene.webhook.request(JOHN).header("idempotency-key", "order-17");
    let first = request.send(address);
    let capture = first.header("hookbox-capture-id").expect("the answer names the capture").to_owned();
    for _ in 0..3 {
        let again = request.send(address);
        assert_eq!((again.status, again.text().as_str()), (200, CAPTURED));
        assert_eq!(again.header("hookbox-capture-id"), Some(capture.as_str()));
    }
    let other_body = scene.webhook.request(r#"{"phone_number":"12155556677"}"#).header("idempotency-key", "order-17");
    scene.check(&Scene::case("the same key, another body", 409, "/problems/idempotency-key-reused", other_body));
    scene.admin.final_run(&capture);
    assert_eq!(scene.captures().len(), 1);
    assert_eq!(scene.admin.all("/api/v1/runs").len(), 1);
    // Another automation has keys of its own.
    let elsewhere = scene.other.request(r#"{"phone_number":"12155556677"}"#).header("idempotency-key", "order-17");
    assert_eq!(elsewhere.send(address).status, 200);
    assert_eq!(scene.captures().len(), 2);
}

#[test]
fn what_cannot_be_mapped_is_captured_and_its_run_says_why() {
    let scene = Scene::new();
    for body in [json!({"first_name": "Ann"}), json!({"phone_number": "not a phone"}), json!([1, 2]), json!("text")] {
        let capture = scene.webhook.capture(scene.program.address(), &body);
        let run = scene.admin.final_run(&capture);
        assert_eq!((&run["state"], &run["failure"]["at"]), (&json!("failed"), &json!("mapping")), "{body}: {run}");
        assert!(run["failure"]["message"].as_str().is_some_and(|text| text.contains("phone")), "{body}: {run}");
    }
    assert_eq!(scene.admin.all("/api/v1/contacts"), Vec::<Value>::new());
}
