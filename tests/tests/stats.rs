//! What came in and what became of it, as figures that outlive the host; and runs told as they happen, over a connection that the
//! door lets live as long as somebody listens.

use std::io::{Read, Write};
use std::net::TcpStream;

use hookbox_tests::admin::Admin;
use hookbox_tests::deadline::{DEADLINE, eventually};
use hookbox_tests::documents::{automation, body, tagging};
use hookbox_tests::program::{Program, Setup, TOKEN};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// Waits until the overview of a day has these totals.
fn overview(admin: &Admin, captures: u64, succeeded: u64, failed: u64) -> Value {
    let totals = json!({"captures": captures, "succeeded": succeeded, "failed": failed});
    let mut last = Value::Null;
    eventually(&format!("the totals to be {totals}"), || {
        last = admin.record("/api/v1/stats/overview?range=24h");
        // What was counted once too often would not go away again.
        assert!(last["totals"]["captures"].as_u64().is_some_and(|told| told <= captures), "{last}");
        (last["totals"] == totals).then_some(())
    });
    last
}

#[test]
fn every_request_is_counted_once_whatever_becomes_of_the_host() {
    let mut program = Setup::new(PROGRAM).start();
    let admin = program.admin();
    admin.furnish();
    let elsewhere = admin.new_workspace("elsewhere");
    let webhook = admin.apply(&automation("Orders", &json!([tagging("seen")])));
    for number in 0..5 {
        webhook.capture(program.address(), &body(&format!("1215555010{number}")));
    }
    webhook.capture(program.address(), &json!({"phone_number": "no number"}));
    let told = overview(&admin, 6, 5, 1);
    let failure = &told["failures"][0];
    assert_eq!((&failure["automation_name"], &failure["count"]), (&json!("Orders"), &json!(1)), "{told}");
    assert_eq!(failure["automation"], webhook.automation.as_str());
    assert!(told["p99_ms"].as_array().is_some_and(|steps| steps.iter().any(Value::is_number)), "{told}");
    let plugin = &told["plugins"][0];
    assert_eq!((&plugin["name"], &plugin["calls"]), (&json!("update-contact"), &json!(5)), "{told}");
    assert_eq!(overview(&elsewhere, 0, 0, 0)["failures"], json!([]));
    let figures = admin.record("/api/v1/stats/automations");
    let [of_orders] = &figures["items"].as_array().expect("items")[..] else { panic!("one automation: {figures}") };
    assert_eq!((&of_orders["captures"], &of_orders["failed"]), (&json!(6), &json!(1)));
    assert_eq!(of_orders["last_run"]["state"], "failed");

    // A stop in order adds what was counted a moment before it.
    let capture = webhook.capture(program.address(), &body("12155550200"));
    admin.final_run(&capture);
    assert!(program.stop().success());
    program.start();
    let admin = program.admin();
    overview(&admin, 7, 6, 1);
    // After a kill nothing is counted twice.
    program.kill();
    program.start();
    overview(&program.admin(), 7, 6, 1);
}

/// A connection over which runs are told.
struct Live {
    socket: TcpStream,
    said: Vec<u8>,
}

impl Live {
    /// Begins to listen in a workspace, once the answer has begun.
    fn listen(program: &Program, workspace: &str) -> Self {
        let mut socket = TcpStream::connect(program.address()).expect("a connection");
        socket.set_read_timeout(Some(DEADLINE)).expect("a time limit");
        let head = format!(
            "GET /api/v1/runs/live HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\
             hookbox-workspace: {workspace}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).expect("a request is sent");
        let mut live = Self { socket, said: Vec::new() };
        let head = live.until("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/event-stream"), "{head}");
        live.until("\n\n").expect("something is said at once");
        live
    }

    /// What is said up to and with `end`; nothing when the connection ends before.
    fn until(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.said.windows(end.len()).position(|part| part == end.as_bytes()) {
                let rest = self.said.split_off(at + end.len());
                let said = std::mem::replace(&mut self.said, rest);
                return Some(String::from_utf8(said).expect("UTF-8"));
            }
            let mut part = [0; 4096];
            let count = self.socket.read(&mut part).expect("the connection lives");
            if count == 0 {
                return None;
            }
            self.said.extend_from_slice(&part[..count]);
        }
    }

    /// The run that is told of next.
    fn run(&mut self) -> Value {
        self.until("event: run\n").expect("a run is told");
        let data = self.until("\n\n").expect("its data");
        serde_json::from_str(data.trim().strip_prefix("data: ").expect("its data")).expect("JSON")
    }
}

#[test]
fn runs_are_told_as_they_happen_for_longer_than_an_idle_connection_lives() {
    let quick = Setup::new(PROGRAM).variable("HOOKBOX__INGRESS__IDLE_TIMEOUT_MS", 200);
    let quick = quick.variable("HOOKBOX__INGRESS__HEAD_TIMEOUT_MS", 200);
    let program = quick.variable("HOOKBOX__ADMIN__LIVE_COMMENT_MS", 1_000).start();
    let admin = program.admin();
    admin.furnish();
    let elsewhere = admin.new_workspace("elsewhere");
    elsewhere.furnish();
    let webhook = admin.apply(&automation("Orders", &json!([tagging("seen")])));
    let of_others = elsewhere.apply(&automation("Theirs", &json!([tagging("seen")])));
    let (mut live, mut theirs) = (Live::listen(&program, "default"), Live::listen(&program, "elsewhere"));
    // Nothing is said for five times as long as a connection may be idle, twice.
    live.until(":\n\n").expect("the connection lives");
    live.until(":\n\n").expect("the connection lives");
    let capture = webhook.capture(program.address(), &body("12155550101"));
    let run = live.run();
    assert_eq!((&run["capture"], &run["automation_name"]), (&json!(capture), &json!("Orders")));
    assert_eq!((&run["state"], &run["failure"]), (&json!("succeeded"), &Value::Null));
    let capture = of_others.capture(program.address(), &body("12155550102"));
    assert_eq!(theirs.run()["capture"], json!(capture), "of the other workspace nothing was told");
}

#[test]
fn a_stop_ends_what_is_told_in_order() {
    let mut program = Setup::new(PROGRAM).start();
    let mut live = Live::listen(&program, "default");
    program.terminate();
    // The end of a body in chunks: it was finished and not cut off.
    live.until("0\r\n\r\n").expect("the answer comes to its end");
    assert_eq!(live.until("\n"), None, "and the connection with it");
    assert!(program.ended().success());
    assert!(program.log().contains("cut=0"), "nothing had to be cut off");
}
