//! `hookbox demo`: the whole product in one command, as a newcomer sees it.

use std::process::Output;

use hookbox_tests::documents::CAPTURED;
use hookbox_tests::program::Setup;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

fn demo(arguments: &[&str]) -> Output {
    let mut command = Setup::new(PROGRAM).command(&[&["demo", "--once"], arguments].concat());
    let output = command.output().expect("the program under test can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn the_demo_shows_what_one_webhook_led_to() {
    let output = demo(&["--json"]);
    let shown: Value = serde_json::from_slice(&output.stdout).expect("one JSON document and nothing else");
    assert_eq!(shown["response"].to_string(), CAPTURED);

    let run = &shown["run"];
    assert_eq!(run["state"], "succeeded", "{run}");
    let steps = run["steps"].as_array().expect("a run has steps");
    let names: Vec<&Value> = steps.iter().map(|step| &step["name"]).collect();
    assert_eq!(names, [&json!("tell them"), &json!("assign-conversation"), &json!("add-to-list")]);
    for step in steps {
        assert_eq!((&step["state"], &step["attempts"]), (&json!("succeeded"), &json!(1)), "{step}");
        assert!(step["duration_us"].as_u64() > Some(0) && step["memory_bytes"].as_u64() > Some(0), "{step}");
        assert_eq!(step["effects"].as_array().map(Vec::len), Some(1), "{step}");
        assert_eq!(step["digest"].as_str().map(str::len), Some(64), "{step}");
    }

    let contact = &shown["contact"];
    assert_eq!(contact["phone"], "+12155556677");
    assert_eq!(contact["fields"], json!({"first_name": "John", "last_name": "Smith", "source": "Salesforce"}));
    let conversation = &shown["conversation"];
    assert_eq!(conversation["assignee"]["name"], "front-desk");
    assert_eq!((&conversation["inbox"]["name"], &conversation["state"]), (&json!("support"), &json!("open")));
    let lists: Vec<&Value> = shown["lists"].as_array().expect("lists").iter().map(|list| &list["name"]).collect();
    assert_eq!(lists, [&json!("customers")]);
    let messages = shown["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 1, "{messages:?}");
    let message = &messages[0];
    assert_eq!(message["body"], "Hi John, your order has shipped.");
    assert_eq!((&message["direction"], &message["state"]), (&json!("outgoing"), &json!("sent")));
    assert_eq!((&message["run"], &message["step"]), (&run["id"], &json!("tell them")));
    assert_eq!((&message["contact"], &message["conversation"]), (&contact["id"], &conversation["id"]));
}

#[test]
fn the_demo_prints_the_request_the_steps_and_the_records() {
    let output = demo(&[]);
    let shown = String::from_utf8_lossy(&output.stdout);
    for expected in [
        "curl -X POST \"http://127.0.0.1:",
        "-H \"Content-Type: application/json\"",
        "-H \"Authorization: Bearer hbx_",
        r#"-d '{"phone_number":"12155556677","first_name":"John","last_name":"Smith","Integration":"Salesforce"}'"#,
        CAPTURED,
        "tell them",
        "assign-conversation",
        "add-to-list",
        "+12155556677",
        "John Smith",
        "front-desk",
        "customers",
        "Hi John, your order has shipped.",
    ] {
        assert!(shown.contains(expected), "{expected:?} is missing in\n{shown}");
    }
}
