//! Order: runs on one contact begin in the order of their captures and one at a time, whoever else changes the contact and
//! whatever dies; runs of an automation without order pass one another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{automation, body, step};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

const PHONE: &str = "12155551000";

fn start(setup: Setup) -> (Program, Admin) {
    let program = setup.guests().start();
    let admin = program.admin();
    admin.furnish();
    (program, admin)
}

/// Makes a contact and gives its id.
fn contact(admin: &Admin, phone: &str) -> String {
    text(&admin.post("/api/v1/contacts", &json!({"phone": format!("+{phone}")})).success().json()["id"])
}

/// The runs that wrote the notes beside a contact's conversation, in the order in which they were committed.
fn noted(admin: &Admin, contact: &str) -> Vec<String> {
    let conversations = admin.all(&format!("/api/v1/conversations?contact={contact}"));
    let notes = conversations.first().and_then(|conversation| conversation["notes"].as_array().cloned());
    notes.unwrap_or_default().iter().map(|note| text(&note["run"])).collect()
}

/// The first run of a capture has its UUID.
fn run_of(capture: &str) -> String {
    capture.replace("cap_", "run_")
}

fn runs_of(captures: &[String]) -> Vec<String> {
    captures.iter().map(|capture| run_of(capture)).collect()
}

#[test]
fn runs_on_one_contact_keep_the_order_of_their_captures_while_somebody_else_changes_it() {
    const CONTACTS: usize = 4;
    const CAPTURES: usize = 40;
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&automation("Ordered", &json!([step("noting", json!({}))])));
    let phones: Vec<String> = (0..CONTACTS).map(|number| format!("121555510{number:02}")).collect();
    let contacts: Vec<String> = phones.iter().map(|phone| contact(&admin, phone)).collect();
    let done = AtomicBool::new(false);
    let captures: Vec<Vec<String>> = thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let path = format!("/api/v1/contacts/{}", contacts[number % CONTACTS]);
                admin.patch(&path, &json!({"fields": {"number": number}}));
            }
        });
        let senders = phones.iter().map(|phone| {
            let (webhook, address) = (&webhook, program.address());
            scope.spawn(move || (0..CAPTURES).map(|_| webhook.capture(address, &body(phone))).collect::<Vec<_>>())
        });
        let senders: Vec<_> = senders.collect();
        let captures: Vec<Vec<String>> = senders.into_iter().map(|sender| sender.join().expect("it sends")).collect();
        captures.iter().flatten().for_each(|capture| {
            assert_eq!(admin.final_run(capture)["state"], "succeeded");
        });
        done.store(true, Ordering::Relaxed);
        captures
    });
    for (contact, captures) in contacts.iter().zip(&captures) {
        assert_eq!(noted(&admin, contact), runs_of(captures));
        let runs: Vec<Value> = captures.iter().map(|capture| admin.final_run(capture)).collect();
        for pair in runs.windows(2) {
            assert!(text(&pair[0]["finished_at"]) <= text(&pair[1]["began_at"]), "one at a time: {pair:?}");
        }
    }
    let metrics = admin.get("/metrics").text();
    let conflicts = metrics.lines().find_map(|line| line.strip_prefix("hookbox_run_conflicts_total "));
    assert_ne!(conflicts, Some("0"), "nobody came between; nothing was shown");
}

/// Two runs on one contact, the first of which computes for long: their records at the end.
fn slow_and_quick(order: &str) -> (Value, Value) {
    let (program, admin) = start(Setup::new(PROGRAM).variable("HOOKBOX__SANDBOX__CPU_MS", 2_000));
    let mut document = automation("Pair", &json!([step("slow", json!({}))]));
    document["order"] = json!(order);
    let webhook = admin.apply(&document);
    let mut endless = body(PHONE);
    endless["loop"] = json!(true);
    let slow = webhook.capture(program.address(), &endless);
    admin.run_when(&slow, "to be under way", |run| run["state"] == "running");
    let quick = webhook.capture(program.address(), &body(PHONE));
    let (slow, quick) = (admin.final_run(&slow), admin.final_run(&quick));
    assert_eq!((&slow["state"], &quick["state"]), (&json!("failed"), &json!("succeeded")), "{slow} {quick}");
    (slow, quick)
}

#[test]
fn a_run_waits_for_the_one_before_it_on_its_contact() {
    let (slow, quick) = slow_and_quick("per-contact");
    assert!(text(&slow["finished_at"]) <= text(&quick["began_at"]), "{slow} {quick}");
}

#[test]
fn without_order_a_run_passes_the_one_before_it() {
    let (slow, quick) = slow_and_quick("none");
    assert!(text(&quick["finished_at"]) < text(&slow["finished_at"]), "{slow} {quick}");
}

#[test]
fn a_later_capture_begins_after_every_element_of_an_earlier_one() {
    const ROUNDS: usize = 6;
    const ELEMENTS: usize = 15;
    let (program, admin) = start(Setup::new(PROGRAM));
    let contact = contact(&admin, PHONE);
    let mut document = automation("Elements", &json!([step("noting", json!({}))]));
    document["trigger"]["webhook"] = json!({
        "sample": [{"phone_number": "12155556677"}],
        "each": "$",
        "identifier": {"field": "phone", "from": "$.phone_number"},
    });
    let webhook = admin.apply(&document);
    let elements = |count: usize| Value::from(vec![json!({"phone_number": PHONE}); count]);
    let captures: Vec<String> = (0..ROUNDS)
        .flat_map(|_| [ELEMENTS, 1])
        .map(|count| webhook.capture(program.address(), &elements(count)))
        .collect();
    let runs = ROUNDS * (ELEMENTS + 1);
    hookbox_tests::deadline::eventually("every element to have its run", || {
        (admin.all("/api/v1/runs?state=succeeded").len() == runs).then_some(())
    });
    let mut expected = Vec::new();
    for capture in &captures {
        let record = admin.record(&format!("/api/v1/captures/{capture}"));
        expected.extend(record["runs"].as_array().into_iter().flatten().map(text));
    }
    assert_eq!(expected.len(), runs);
    assert_eq!(noted(&admin, &contact), expected);
}

#[test]
fn order_is_kept_while_an_automation_is_paused_and_resumed() {
    const CAPTURES: usize = 150;
    let (program, admin) = start(Setup::new(PROGRAM));
    let contact = contact(&admin, PHONE);
    let webhook = admin.apply(&automation("Ordered", &json!([step("noting", json!({}))])));
    let path = format!("/api/v1/automations/{}/state", webhook.automation);
    let done = AtomicBool::new(false);
    let captures: Vec<String> = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for state in ["paused", "live"] {
                    admin.post(&path, &json!({ "state": state })).success();
                }
            }
        });
        let captures = (0..CAPTURES).map(|_| webhook.capture(program.address(), &body(PHONE))).collect();
        done.store(true, Ordering::Relaxed);
        captures
    });
    for capture in &captures {
        assert_eq!(admin.final_run(capture)["state"], "succeeded");
    }
    assert_eq!(noted(&admin, &contact), runs_of(&captures));
}

#[test]
fn order_is_kept_through_a_kill() {
    const BEFORE: usize = 25;
    const AFTER: usize = 15;
    let (mut program, admin) = start(Setup::new(PROGRAM));
    let contact = contact(&admin, PHONE);
    let steps = json!([step("slow", json!({"cpu_ms": 20})), step("noting", json!({}))]);
    let webhook = admin.apply(&automation("Ordered", &steps));
    let mut captures: Vec<String> = (0..BEFORE).map(|_| webhook.capture(program.address(), &body(PHONE))).collect();
    program.kill();
    program.start();
    captures.extend((0..AFTER).map(|_| webhook.capture(program.address(), &body(PHONE))));
    let admin = program.admin();
    for capture in &captures {
        assert_eq!(admin.final_run(capture)["state"], "succeeded");
    }
    assert_eq!(noted(&admin, &contact), runs_of(&captures));
}
