//! Senders that wait for the result of their run: what they are told of it, and what when there is none in time.

use std::thread;

use hookbox_tests::documents::{CAPTURED, automation, body, step, tagging};
use hookbox_tests::program::Setup;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

#[test]
fn the_result_tells_what_every_step_did_and_whom_it_was_for() {
    let program = Setup::new(PROGRAM).start();
    let admin = program.admin();
    admin.furnish();
    let failing = json!({"name": "add", "action": "add-to-list", "settings": {"list": "{{payload.list}}"}});
    let mut sending = step("send-message", json!({"body": "Hi {{contact.first_name}}"}));
    sending["name"] = json!("tell them");
    let skipped = json!({"name": "never", "action": "add-to-list", "settings": {"list": "customers"}, "when": "false"});
    let mut document = automation("Result", &json!([sending, skipped, failing]));
    document["trigger"]["webhook"]["sample"]["list"] = json!("customers");
    let webhook = admin.apply(&document);
    let request = |list: &str| {
        let body = json!({"phone_number": "12155556677", "first_name": "Ann", "list": list}).to_string();
        webhook.request(body).path(&format!("{}?wait=30", webhook.path)).send(program.address())
    };

    let good = request("customers").json();
    let run = admin.final_run(&good["run"]["id"].as_str().expect("a run has an id").replace("run_", "cap_"));
    assert_eq!((&good["run"]["state"], &good["run"]["failure"]), (&json!("succeeded"), &Value::Null), "{good}");
    assert_eq!(good["run"]["automation_version"], 1);
    assert_eq!(good["run"]["contact"], run["contact"]);
    let steps: Vec<_> = good["run"]["steps"].as_array().expect("steps").iter().map(|step| &step["state"]).collect();
    assert_eq!(steps, ["succeeded", "skipped", "succeeded"], "{good}");
    for (number, step) in run["steps"].as_array().expect("steps").iter().enumerate() {
        let shown = &good["run"]["steps"][number];
        assert_eq!((&shown["name"], &shown["output"]), (&step["name"], &step["output"]), "{good}");
        assert_eq!(shown["input"], Value::Null, "settings are not the sender's business");
    }

    let bad = request("nobody has this list").json();
    assert_eq!((&bad["message"], &bad["run"]["state"]), (&json!("Request captured successfully"), &json!("failed")));
    assert_eq!(bad["run"]["failure"]["step"], "add", "{bad}");
    for member in ["code", "message"] {
        assert!(bad["run"]["failure"][member].as_str().is_some_and(|text| !text.is_empty()), "{bad}");
    }
}

#[test]
fn a_run_in_a_wait_step_is_not_final_and_a_host_that_stops_lets_nobody_wait() {
    let mut program = Setup::new(PROGRAM).start();
    let admin = program.admin();
    admin.furnish();
    let webhook = admin.apply(&automation("Slow", &json!([tagging("before"), {"wait": "1h"}, tagging("after")])));
    let waiting = |wait: u32, phone: &str| {
        webhook.request(body(phone).to_string()).path(&format!("{}?wait={wait}", webhook.path))
    };
    let answer = waiting(1, "12155550101").send(program.address());
    assert_eq!((answer.status, answer.text().as_str()), (200, CAPTURED));

    let request = waiting(30, "12155550102").header("idempotency-key", "slow-1");
    let address = program.address().to_owned();
    let sender = thread::spawn(move || request.send(&address));
    // Its run has come to the wait step, so its sender waits for it.
    hookbox_tests::deadline::eventually("both runs to wait", || {
        (admin.all("/api/v1/runs?state=waiting").len() == 2).then_some(())
    });
    program.terminate();
    let answer = sender.join().expect("the sender is answered");
    assert_eq!((answer.status, answer.text().as_str()), (200, CAPTURED));
    assert!(program.ended().success());
}
