//! What the webhook door takes, and what becomes of it. What it refuses is in `door_contract` and `door_json.rs`.

use std::fs;

use hookbox_tests::admin::Admin;
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{CAPTURED, JOHN, ORDER_SHIPPED, automation, step, tagging};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

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
    let path = format!("/api/v1/messages?contact={}", contact["id"].as_str().expect("an id"));
    let message = eventually("the message to leave", || {
        let messages = program.admin().all(&path);
        let [message] = messages.as_slice() else { panic!("one message was expected: {messages:?}") };
        (message["state"] == "sent").then(|| message.clone())
    });
    assert_eq!(message["body"], "Hi John, your order has shipped.");
    assert_eq!((&message["direction"], &message["sandbox"]), (&json!("outgoing"), &json!(true)));
}

#[test]
fn what_a_sender_says_is_shown_with_its_capture_and_what_opens_doors_is_nowhere() {
    let mut scene = Scene::new();
    let (cookie, api_key) = ("c00kie-0f-a-session", "4pi-key-0f-an0ther");
    let request = scene.webhook.request(JOHN).header("x-shop-domain", "north").header("cookie", cookie);
    let answer = request.header("x-api-key", api_key).send(scene.program.address());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let capture = answer.header("hookbox-capture-id").expect("the answer names the capture").to_owned();
    let tested = scene.webhook.request(JOHN).path(&format!("{}/test", scene.webhook.path)).header("cookie", cookie);
    assert_eq!(tested.send(scene.program.address()).status, 200);
    let run = scene.admin.final_run(&capture);
    let shown = scene.admin.record(&format!("/api/v1/captures/{capture}"));
    let header = |name: &str| {
        let fields = shown["headers"].as_array().into_iter().flatten();
        fields.filter(|field| field[0] == name).map(|field| field[1].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(
        (header("x-shop-domain"), header("content-type")),
        (vec![json!("north")], vec![json!("application/json")])
    );
    assert_eq!((header("cookie"), header("x-api-key")), (vec![json!("(hidden)")], vec![json!("(hidden)")]));
    let parts: Vec<&str> = scene.webhook.key.split('_').collect();
    let (key_id, secret) = (parts[1], parts[2]);
    assert_eq!(header("authorization"), [json!(format!("Bearer hbx_{key_id}_…"))]);
    assert_eq!(
        (&shown["from"], &shown["body_text"], &shown["bytes"]),
        (&json!("127.0.0.1"), &json!(JOHN), &json!(JOHN.len()))
    );
    let cli = scene.program.run(&["capture", "show", &capture]);
    let cli = String::from_utf8_lossy(&cli.stdout).into_owned();
    assert!(cli.contains("x-shop-domain: north") && cli.contains("cookie: (hidden)"), "{cli}");

    let automation = shown["automation"].as_str().expect("an id");
    let paths = [
        format!("/api/v1/captures/{capture}"),
        "/api/v1/captures".to_owned(),
        format!("/api/v1/runs/{}", run["id"].as_str().expect("an id")),
        "/api/v1/runs".to_owned(),
        format!("/api/v1/automations/{automation}/tests"),
        format!("/api/v1/automations/{automation}/keys"),
        "/api/v1/audit".to_owned(),
    ];
    let secrets = [secret, cookie, api_key];
    for path in &paths {
        let text = scene.admin.get(path).text();
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{path} tells a secret");
    }
    for secret in secrets {
        let found = scene.admin.all(&format!("/api/v1/runs?text={secret}"));
        assert!(found.is_empty(), "a search finds a secret");
        assert!(!scene.program.log().contains(secret), "the log tells a secret");
    }
    scene.program.stop();
    let store = fs::read(scene.program.data().join("store.redb")).expect("the store's file");
    let holds = |text: &str| store.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("north") && holds(key_id), "the store holds what was kept");
    for secret in secrets {
        assert!(!holds(secret), "the store holds a secret");
    }
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
    assert_eq!(other_body.send(address).problem()["type"], "/problems/idempotency-key-reused");
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
