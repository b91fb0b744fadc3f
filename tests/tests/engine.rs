//! What an automation does beside its steps: it is paused, restored, waits, goes on after failures; its dead letters are
//! replayed; one person stays one contact.

use std::sync::Barrier;
use std::thread;

use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{automation, body, step, tagging};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

const PHONE: &str = "12155551000";

fn start(setup: Setup) -> (Program, Admin) {
    let program = setup.start();
    let admin = program.admin();
    admin.furnish();
    (program, admin)
}

fn set_state(admin: &Admin, webhook: &Webhook, state: &str) {
    admin.post(&format!("/api/v1/automations/{}/state", webhook.automation), &json!({ "state": state })).success();
}

/// The contacts with this phone number, each with everything that is known of it.
fn contacts(admin: &Admin, phone: &str) -> Vec<Value> {
    admin.all(&format!("/api/v1/contacts?phone=%2B{phone}"))
}

fn tags(admin: &Admin) -> Vec<String> {
    let contacts = contacts(admin, PHONE);
    contacts.iter().flat_map(|contact| contact["tags"].as_array().into_iter().flatten()).map(text).collect()
}

fn run_path(run: &Value, act: &str) -> String {
    format!("/api/v1/runs/{}/{act}", text(&run["id"]))
}

/// The run with this id, once it has come to a final state.
fn final_again(admin: &Admin, id: &Value) -> Value {
    hookbox_tests::deadline::eventually("the replayed run to end", || {
        let run = admin.record(&format!("/api/v1/runs/{}", text(id)));
        matches!(run["state"].as_str(), Some("succeeded" | "failed")).then_some(run)
    })
}

#[test]
fn a_paused_automation_takes_requests_and_runs_them_in_order_when_it_is_live_again() {
    let (program, admin) = start(Setup::new(PROGRAM).guests());
    let webhook = admin.apply(&automation("Paused", &json!([step("noting", json!({}))])));
    set_state(&admin, &webhook, "paused");
    let captures: Vec<String> = (0..5).map(|_| webhook.capture(program.address(), &body(PHONE))).collect();
    for capture in &captures {
        admin.run_when(capture, "to be held", |run| run["state"] == "held");
    }
    assert_eq!(admin.all("/api/v1/contacts").len(), 0, "nothing of it happened");
    set_state(&admin, &webhook, "live");
    let runs: Vec<Value> = captures.iter().map(|capture| admin.final_run(capture)).collect();
    assert!(runs.iter().all(|run| run["state"] == "succeeded"), "{runs:?}");
    let conversations = admin.all("/api/v1/conversations");
    let notes = conversations[0]["notes"].as_array().expect("notes").iter().map(|note| text(&note["run"]));
    assert_eq!(notes.collect::<Vec<_>>(), runs.iter().map(|run| text(&run["id"])).collect::<Vec<_>>());
}

#[test]
fn what_is_held_stays_held_through_a_crash() {
    let (mut program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Paused", &json!([tagging("done")])));
    set_state(&admin, &webhook, "paused");
    let capture = webhook.capture(program.address(), &body(PHONE));
    admin.run_when(&capture, "to be held", |run| run["state"] == "held");
    program.kill();
    program.start();
    let admin = program.admin();
    assert_eq!(admin.run_when(&capture, "to be there", |_| true)["state"], "held");
    set_state(&admin, &webhook, "live");
    assert_eq!(admin.final_run(&capture)["state"], "succeeded");
}

#[test]
fn a_waiting_run_goes_on_after_a_crash_when_its_time_has_come() {
    let (mut program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Waiting", &json!([tagging("before"), {"wait": "1s"}, tagging("after")])));
    let capture = webhook.capture(program.address(), &body(PHONE));
    admin.run_when(&capture, "to wait", |run| run["state"] == "waiting" || run["state"] == "succeeded");
    program.kill();
    program.start();
    let run = program.admin().final_run(&capture);
    let states: Vec<String> = run["steps"].as_array().expect("steps").iter().map(|step| text(&step["state"])).collect();
    assert_eq!(states, ["succeeded", "succeeded", "succeeded"], "{run}");
    assert_eq!(tags(&program.admin()), ["after", "before"]);
}

#[test]
fn a_run_that_waits_can_be_cancelled_and_stays_so() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Waiting", &json!([{"wait": "30d"}, tagging("never")])));
    let capture = webhook.capture(program.address(), &body(PHONE));
    let run = admin.run_when(&capture, "to wait", |run| run["state"] == "waiting");
    let cancelled = admin.post(&run_path(&run, "cancel"), &json!({})).success().json();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
    let again = admin.post(&run_path(&run, "cancel"), &json!({})).success().json();
    assert_eq!((&again["state"], &again["finished_at"]), (&json!("cancelled"), &cancelled["finished_at"]));
}

#[test]
fn a_run_that_is_under_way_can_be_cancelled_and_nothing_of_it_happens() {
    let (program, admin) = start(Setup::new(PROGRAM).guests().variable("HOOKBOX__SANDBOX__CPU_MS", 2_000));
    let webhook = admin.apply(&automation("Slow", &json!([tagging("before"), step("slow", json!({}))])));
    let mut endless = body(PHONE);
    endless["loop"] = json!(true);
    let capture = webhook.capture(program.address(), &endless);
    let run = admin.run_when(&capture, "to be under way", |run| run["state"] == "running");
    let cancelled = admin.post(&run_path(&run, "cancel"), &json!({})).success().json();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
    // The next run on the contact begins when the work on this one has ended and was refused.
    let quick = admin.apply(&automation("Quick", &json!([tagging("quick")])));
    assert_eq!(admin.final_run(&quick.capture(program.address(), &body(PHONE)))["state"], "succeeded");
    let run = admin.record(&format!("/api/v1/runs/{}", text(&run["id"])));
    assert_eq!((&run["state"], &run["steps"]), (&json!("cancelled"), &json!([])), "{run}");
    assert_eq!(tags(&admin), ["quick"], "nothing of a cancelled run is left");
}

#[test]
fn what_is_held_can_be_cancelled_and_what_is_over_stays_as_it_is() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Paused", &json!([tagging("done")])));
    let over = admin.final_run(&webhook.capture(program.address(), &body(PHONE)));
    assert_eq!(admin.post(&run_path(&over, "cancel"), &json!({})).success().json(), over);
    set_state(&admin, &webhook, "paused");
    let capture = webhook.capture(program.address(), &body("12155551001"));
    let held = admin.run_when(&capture, "to be held", |run| run["state"] == "held");
    admin.post(&run_path(&held, "cancel"), &json!({})).success();
    set_state(&admin, &webhook, "live");
    let later = admin.final_run(&webhook.capture(program.address(), &body("12155551001")));
    assert_eq!(later["state"], "succeeded");
    assert_eq!(admin.record(&format!("/api/v1/runs/{}", text(&held["id"])))["state"], "cancelled");
    assert_eq!(admin.post(&run_path(&later, "replay"), &json!({})).status, 409, "it has no failed step");
}

#[test]
fn an_archived_automation_takes_no_requests_and_ends_what_it_began() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Archived", &json!([{"wait": "1s"}, tagging("after")])));
    let capture = webhook.capture(program.address(), &body(PHONE));
    admin.run_when(&capture, "to wait", |run| run["state"] == "waiting");
    set_state(&admin, &webhook, "archived");
    let refused = webhook.request(body(PHONE).to_string()).send(program.address());
    assert_eq!(refused.status, 410, "{}", refused.text());
    refused.problem();
    assert_eq!(admin.all("/api/v1/captures").len(), 1, "nothing of it is captured");
    assert_eq!(admin.final_run(&capture)["state"], "succeeded");
    set_state(&admin, &webhook, "live");
    assert_eq!(admin.final_run(&webhook.capture(program.address(), &body(PHONE)))["state"], "succeeded");
}

#[test]
fn dead_letters_are_replayed_from_the_failed_step_without_repeating_what_is_done() {
    let (program, admin) = start(Setup::new(PROGRAM).guests());
    let failing = json!({"name": "fails", "action": "failing", "settings": {"kind": "permanent"}});
    let message = step("send-message", json!({"body": "once"}));
    let webhook = admin.apply(&automation("Failing", &json!([message, failing])));
    let captures: Vec<String> = (0..3).map(|_| webhook.capture(program.address(), &body(PHONE))).collect();
    for capture in &captures {
        assert_eq!(admin.final_run(capture)["state"], "failed");
    }
    let mended = json!({"name": "fails", "action": "failing", "settings": {"kind": "permanent", "until_attempt": 1}});
    let message = step("send-message", json!({"body": "once"}));
    let document = automation("Failing", &json!([message, mended])).to_string();
    admin.send(ureq::http::Method::PUT, "/api/v1/automations", "application/json", &document).success();
    let wish = json!({"automation": webhook.automation, "version": "newest"});
    let replayed = admin.post("/api/v1/runs/replay", &wish).success().json();
    assert_eq!((&replayed["replayed"], &replayed["skipped"]), (&json!(3), &json!([])), "{replayed}");
    for capture in &captures {
        let first = admin.final_run(capture);
        assert_eq!(first["state"], "failed", "a final state stays: {first}");
        let again = final_again(&admin, &first["replayed_by"]);
        assert_eq!(again["state"], "succeeded", "{again}");
    }
    let contact = text(&contacts(&admin, PHONE)[0]["id"]);
    assert_eq!(admin.all(&format!("/api/v1/messages?contact={contact}")).len(), 3, "a kept step repeats nothing");
    assert_eq!(tags(&admin), ["succeeded"]);
    let nothing_left = admin.post("/api/v1/runs/replay", &wish).success().json();
    assert_eq!(nothing_left["replayed"], 0);
}

#[test]
fn a_step_has_its_own_attempts_and_its_failure_may_be_tolerated() {
    let (program, admin) = start(Setup::new(PROGRAM).guests());
    let retry = json!({"attempts": 3, "delay": "20ms", "factor": 1});
    let twice = json!({"action": "failing", "settings": {"kind": "retryable", "until_attempt": 3}, "retry": retry});
    let tolerated = json!({"name": "may fail", "action": "failing", "settings": {"kind": "permanent"}, "continue_on_failure": true});
    let unknown = json!({"name": "cannot tell", "when": "payload.absent > 1", "action": "failing",
        "settings": {"kind": "permanent"}, "continue_on_failure": true});
    let mut document = automation("Tries", &json!([twice, tolerated, tagging("after"), unknown]));
    document["trigger"]["webhook"]["sample"]["absent"] = json!(2);
    let webhook = admin.apply(&document);
    let run = admin.final_run(&webhook.capture(program.address(), &body(PHONE)));
    assert_eq!(run["state"], "succeeded", "{run}");
    let steps = &run["steps"];
    assert_eq!(
        [&steps[0]["state"], &steps[1]["state"], &steps[2]["state"], &steps[3]["state"]],
        ["succeeded", "tolerated", "succeeded", "tolerated"],
        "{run}"
    );
    assert_eq!(steps[0]["attempts"], 3, "{run}");
    assert_eq!(tags(&admin), ["after", "succeeded"]);
}

#[test]
fn any_version_can_be_restored_and_runs_keep_the_one_they_began_with() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Versions", &json!([{"wait": "500ms"}, tagging("one")])));
    let first = webhook.capture(program.address(), &body(PHONE));
    admin.run_when(&first, "to wait", |run| run["state"] != "queued" && run["state"] != "running");
    let document = automation("Versions", &json!([tagging("two")])).to_string();
    admin.send(ureq::http::Method::PUT, "/api/v1/automations", "application/json", &document).success();
    let second = admin.final_run(&webhook.capture(program.address(), &body(PHONE)));
    let first = admin.final_run(&first);
    assert_eq!((&first["automation_version"], &second["automation_version"]), (&json!(1), &json!(2)));
    assert_eq!(tags(&admin), ["one", "two"]);
    let path = format!("/api/v1/automations/{}/restore", webhook.automation);
    let restored = admin.post(&path, &json!({"version": 1})).success().json();
    assert_eq!(restored["version"], 3, "{restored}");
    let third = admin.final_run(&webhook.capture(program.address(), &body(PHONE)));
    assert_eq!(third["steps"][1]["name"], "tag-one", "{third}");
}

#[test]
fn one_person_written_in_five_ways_is_one_contact() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Ways", &json!([tagging("seen")])));
    for phone in ["+12155551000", "12155551000", "(215) 555-1000", "215.555.1000", "+1 215-555-1000"] {
        let run = admin.final_run(&webhook.capture(program.address(), &body(phone)));
        assert_eq!(run["state"], "succeeded", "{phone}: {run}");
    }
    assert_eq!(admin.all("/api/v1/contacts").len(), 1);
}

#[test]
fn many_requests_at_once_for_an_unknown_phone_make_one_contact() {
    const SENDERS: usize = 64;
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Crowd", &json!([tagging("seen")])));
    let barrier = Barrier::new(SENDERS);
    let captures: Vec<String> = thread::scope(|scope| {
        let senders = (0..SENDERS).map(|_| {
            scope.spawn(|| {
                barrier.wait();
                webhook.capture(program.address(), &body(PHONE))
            })
        });
        let senders: Vec<_> = senders.collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender ends")).collect()
    });
    for capture in &captures {
        assert_eq!(admin.final_run(capture)["state"], "succeeded");
    }
    assert_eq!(contacts(&admin, PHONE).len(), 1);
    assert_eq!(admin.all("/api/v1/contacts").len(), 1);
}

#[test]
fn a_request_that_waits_is_answered_with_its_run() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Awaited", &json!([tagging("seen")])));
    let path = format!("{}?wait=30", webhook.path);
    let answer = webhook.request(body(PHONE).to_string()).path(&path).send(program.address()).success().json();
    assert_eq!(answer["message"], "Request captured successfully");
    assert_eq!(answer["run"]["state"], "succeeded", "{answer}");
    let slow = admin.apply(&automation("Slow", &json!([{"wait": "30d"}])));
    let path = format!("{}?wait=1", slow.path);
    let answer = slow.request(body(PHONE).to_string()).path(&path).send(program.address()).success();
    assert_eq!(answer.text(), hookbox_tests::documents::CAPTURED);
}

#[test]
fn a_test_request_is_shown_and_becomes_the_sample_and_runs_nothing() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Tested", &json!([tagging("never")])));
    set_state(&admin, &webhook, "draft");
    let live = webhook.request(body(PHONE).to_string()).send(program.address());
    assert_eq!(live.status, 409, "{}", live.text());
    let path = format!("{}/test", webhook.path);
    let sample = json!({"phone_number": PHONE, "first_name": "Ann", "new": [1, 2]});
    let answer = webhook.request(sample.to_string()).path(&path).send(program.address()).success();
    assert_eq!(answer.json(), json!({"message": "Test request captured"}));
    let tests = admin.record(&format!("/api/v1/automations/{}/tests", webhook.automation))["items"].clone();
    assert_eq!(tests.as_array().map(Vec::len), Some(1), "{tests}");
    assert_eq!(tests[0]["body"], sample, "{tests}");
    let taken = json!({"test": tests[0]["id"]});
    admin.post(&format!("/api/v1/automations/{}/sample", webhook.automation), &taken).success();
    let document = admin.record(&format!("/api/v1/automations/{}/document", webhook.automation));
    assert_eq!(document["trigger"]["webhook"]["sample"], sample);
    assert_eq!((admin.all("/api/v1/captures").len(), admin.all("/api/v1/contacts").len()), (0, 0));
}

#[test]
fn a_run_that_has_too_much_to_keep_calls_no_further_action() {
    let (program, admin) = start(Setup::new(PROGRAM).variable("HOOKBOX__RUNNER__RUN_BYTES_MAX", 1_000));
    let long = step("send-message", json!({"body": "x".repeat(600)}));
    let mut second = long.clone();
    second["name"] = json!("again");
    let webhook = admin.apply(&automation("Long", &json!([long, second])));
    let run = admin.final_run(&webhook.capture(program.address(), &body(PHONE)));
    let states: Vec<&Value> = run["steps"].as_array().expect("steps").iter().map(|step| &step["state"]).collect();
    assert_eq!(states, ["succeeded", "failed"], "{run}");
    assert_eq!(run["failure"]["code"], "run-too-large", "{run}");
}
