//! A plugin that misbehaves harms its own step and nothing else; a step that fails is tried again by its rules; one
//! workspace knows nothing of another.

use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{automation, body, step, tagging};
use hookbox_tests::program::{Program, Setup};
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

/// The contact's tags.
fn tags(admin: &Admin, phone: &str) -> Vec<String> {
    let contacts = admin.all(&format!("/api/v1/contacts?phone=%2B{phone}"));
    contacts.iter().flat_map(|contact| contact["tags"].as_array().into_iter().flatten()).map(text).collect()
}

#[test]
fn an_endless_loop_does_not_keep_others_from_running() {
    /// Eight loops of five seconds are twenty seconds of two cores.
    const LOOPS: usize = 8;
    let (program, admin) = start(Setup::new(PROGRAM).guests().variable("HOOKBOX__SANDBOX__CPU_MS", 5_000));
    let looping = admin.apply(&automation("Looping", &json!([step("looping", json!({}))])));
    let honest = admin.apply(&automation("Honest", &json!([tagging("honest")])));
    let loops: Vec<String> =
        (0..LOOPS).map(|number| looping.capture(program.address(), &body(&format!("121555510{number:02}")))).collect();
    admin.run_when(&loops[0], "to loop", |run| run["state"] == "running");
    for number in 0..20 {
        let capture = honest.capture(program.address(), &body(&format!("121555520{number:02}")));
        assert_eq!(admin.final_run(&capture)["state"], "succeeded");
    }
    let under_way = admin.all("/api/v1/runs?state=failed").len() < LOOPS;
    assert!(under_way, "the loops ended before the others did; nothing was shown");
    for capture in loops {
        let run = admin.final_run(&capture);
        assert_eq!((&run["state"], &run["failure"]["code"]), (&json!("failed"), &json!("cpu-time")), "{run}");
    }
}

#[test]
fn a_host_that_is_told_twice_to_stop_ends_beside_an_endless_loop_and_begins_its_run_again() {
    let (mut program, admin) = start(Setup::new(PROGRAM).guests().variable("HOOKBOX__SANDBOX__CPU_MS", 2_000));
    let looping = admin.apply(&automation("Looping", &json!([step("looping", json!({}))])));
    let honest = admin.apply(&automation("Honest", &json!([tagging("honest")])));
    let capture = looping.capture(program.address(), &body(PHONE));
    admin.run_when(&capture, "to loop", |run| run["state"] == "running");
    for number in 0..3 {
        admin.final_run(&honest.capture(program.address(), &body(&format!("121555520{number:02}"))));
    }
    program.terminate();
    program.says("asked to stop");
    program.terminate();
    assert!(program.ended().success());
    program.says("stopped before everything was finished");
    program.start();
    let run = program.admin().final_run(&capture);
    assert_eq!(run["failure"]["code"], "cpu-time", "{run}");
    // By now its log was read to the end of both starts.
    program.assert_no_panic();
}

#[test]
fn a_hostile_plugin_fails_its_own_step_with_a_clear_reason_and_nothing_else() {
    let (program, admin) = start(Setup::new(PROGRAM).guests().variable("HOOKBOX__SANDBOX__CPU_MS", 300));
    for (number, (plugin, code)) in
        [("looping", "cpu-time"), ("memory-eater", "memory"), ("trapping", "trap")].into_iter().enumerate()
    {
        let phone = format!("121555510{number:02}");
        let steps = json!([tagging("before"), step(plugin, json!({})), tagging("after")]);
        let webhook = admin.apply(&automation(plugin, &steps));
        let run = admin.final_run(&webhook.capture(program.address(), &body(&phone)));
        assert_eq!((text(&run["state"]), text(&run["failure"]["at"])), ("failed".into(), plugin.into()), "{run}");
        assert_eq!(run["failure"]["code"], code, "{run}");
        assert!(run["failure"]["message"].as_str().is_some_and(|message| message.len() > 10), "{run}");
        let states: Vec<String> =
            run["steps"].as_array().expect("steps").iter().map(|step| text(&step["state"])).collect();
        assert_eq!(states, ["succeeded", "failed"], "{run}");
        assert_eq!(run["steps"][1]["effects"], json!([]), "{run}");
        assert_eq!(tags(&admin, &phone), ["before"], "{plugin}: only what was committed before it happened");
    }
    let honest = admin.apply(&automation("Honest", &json!([tagging("honest")])));
    let run = admin.final_run(&honest.capture(program.address(), &body(PHONE)));
    assert_eq!(run["state"], "succeeded", "{run}");
}

#[test]
fn plugins_that_take_all_memory_get_no_more_than_their_limits() {
    const EATERS: u64 = 12;
    const MIB: u64 = 1 << 20;
    // They fault and fault again: without quarantine all of them are called.
    let setup = Setup::new(PROGRAM).guests().variable("HOOKBOX__RUNNER__QUARANTINE__FAULTS_IN_A_ROW", 1_000);
    let (program, admin) = start(setup.variable("HOOKBOX__RUNNER__QUARANTINE__FAULTS_IN_WINDOW", 1_000));
    let webhook = admin.apply(&automation("Eating", &json!([step("memory-eater", json!({}))])));
    let before = program.memory_peak_bytes();
    let captures: Vec<String> =
        (0..EATERS).map(|n| webhook.capture(program.address(), &body(&format!("121555530{n:02}")))).collect();
    for capture in captures {
        assert_eq!(admin.final_run(&capture)["failure"]["code"], "memory");
    }
    // 64 MiB for each call that can be under way, and as much again for everything around them.
    let grown = program.memory_peak_bytes() - before;
    assert!(grown < 2 * EATERS * 64 * MIB, "{} MiB", grown / MIB);
}

/// Runs `failing` with these settings and gives the run at its end, with the tags the contact then has.
fn failing(setup: Setup, settings: &Value) -> (Value, Vec<String>) {
    let setup =
        setup.guests().variable("HOOKBOX__RUNNER__RETRY_BASE_MS", 1).variable("HOOKBOX__RUNNER__RETRY_FACTOR", 1);
    let (program, admin) = start(setup);
    let steps = json!([tagging("before"), step("failing", settings.clone()), tagging("after")]);
    let webhook = admin.apply(&automation("Failing", &steps));
    let run = admin.final_run(&webhook.capture(program.address(), &body(PHONE)));
    (run, tags(&admin, PHONE))
}

#[test]
fn a_step_that_fails_is_tried_again_until_it_succeeds() {
    let (run, tags) = failing(Setup::new(PROGRAM), &json!({"kind": "retryable", "until_attempt": 3}));
    assert_eq!(run["state"], "succeeded", "{run}");
    let attempts: Vec<&Value> = run["steps"].as_array().expect("steps").iter().map(|step| &step["attempts"]).collect();
    assert_eq!(attempts, [&json!(1), &json!(3), &json!(1)], "{run}");
    assert_eq!(tags, ["after", "before", "succeeded"]);
}

#[test]
fn a_step_that_goes_on_failing_becomes_a_dead_letter_after_its_last_attempt() {
    let setup = Setup::new(PROGRAM).variable("HOOKBOX__RUNNER__ATTEMPTS_MAX", 4);
    let (run, tags) = failing(setup, &json!({"kind": "retryable"}));
    assert_eq!((&run["state"], &run["steps"][1]["attempts"]), (&json!("failed"), &json!(4)), "{run}");
    assert_eq!(run["steps"].as_array().map(Vec::len), Some(2), "the step after it must not run: {run}");
    assert_eq!(tags, ["before"]);
}

#[test]
fn a_permanent_failure_is_not_tried_again() {
    let (run, tags) = failing(Setup::new(PROGRAM), &json!({"kind": "permanent"}));
    assert_eq!((&run["state"], &run["steps"][1]["attempts"]), (&json!("failed"), &json!(1)), "{run}");
    assert_eq!((&run["failure"]["at"], &run["failure"]["code"]), (&json!("failing"), &json!("told-to-fail")), "{run}");
    assert_eq!(tags, ["before"]);
}

#[test]
fn what_waits_for_its_next_attempt_goes_on_after_a_kill() {
    let setup = Setup::new(PROGRAM).guests();
    let setup = setup.variable("HOOKBOX__RUNNER__RETRY_BASE_MS", 1).variable("HOOKBOX__RUNNER__RETRY_FACTOR", 1);
    let (mut program, admin) = start(setup);
    let settings = json!({"kind": "retryable", "until_attempt": 2, "after_ms": 3_000});
    let webhook = admin.apply(&automation("Failing", &json!([step("failing", settings), step("noting", json!({}))])));
    let capture = webhook.capture(program.address(), &body(PHONE));
    let waiting = admin.run_when(&capture, "to wait", |run| run["state"] != "running" && run["state"] != "queued");
    assert_eq!(waiting["state"], "waiting", "{waiting}");
    program.kill();
    program.start();
    let admin = program.admin();
    let run = admin.final_run(&capture);
    assert_eq!((&run["state"], &run["steps"][0]["attempts"]), (&json!("succeeded"), &json!(2)), "{run}");
    let notes = &admin.all("/api/v1/conversations")[0]["notes"];
    assert_eq!(notes.as_array().map(Vec::len), Some(1), "one note for one step: {notes}");
}

#[test]
fn two_workspaces_know_nothing_of_each_other() {
    let (program, first) = start(Setup::new(PROGRAM));
    let second = first.new_workspace("second");
    second.furnish();
    let document =
        automation("Same name", &json!([tagging("seen"), step("add-to-list", json!({"list": "customers"}))]));
    let (one, other) = (first.apply(&document), second.apply(&document));
    assert_ne!(one.automation, other.automation);

    let capture = one.capture(program.address(), &body(PHONE));
    let run = first.final_run(&capture);
    assert_eq!(run["state"], "succeeded", "{run}");
    for what in ["captures", "runs", "contacts"] {
        assert_eq!(first.all(&format!("/api/v1/{what}")).len(), 1, "{what}");
        assert_eq!(second.all(&format!("/api/v1/{what}")), Vec::<Value>::new(), "{what}");
    }
    let contact = text(&run["contact"]);
    for path in [
        format!("captures/{capture}"),
        format!("runs/{}", text(&run["id"])),
        format!("contacts/{contact}"),
        format!("automations/{}", one.automation),
        format!("automations/{}/document", one.automation),
        format!("lists/{}/contacts", text(&first.all("/api/v1/lists")[0]["id"])),
    ] {
        assert_eq!(first.get(&format!("/api/v1/{path}")).status, 200, "{path}");
        let answer = second.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        answer.problem();
    }
    let stolen = hookbox_tests::webhook::Webhook { key: other.key.clone(), ..one.clone() };
    assert_eq!(stolen.request(body(PHONE).to_string()).send(program.address()).status, 401);

    second.final_run(&other.capture(program.address(), &body(PHONE)));
    let of_second = second.all("/api/v1/contacts");
    assert_eq!(of_second.len(), 1);
    assert_ne!(text(&of_second[0]["id"]), contact, "the same phone is another contact there");
}
