//! Waiting runs: each goes on once, whatever happens to the host or to its clock meanwhile.
//!
//! The clock of the program under test is moved with libfaketime (Debian: `faketime`); where that is not installed, the tests
//! that need it say so and show nothing.

use hookbox_tests::admin::Admin;
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{automation, body, step};
use hookbox_tests::faults::clock::{Clock, MISSING};
use hookbox_tests::faults::waiting::{assert_went_on_once, begun, waiting};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The clock and the program's setup, or a line that says what is missing.
fn clock() -> Option<(Clock, Setup)> {
    let clock = Clock::of(Setup::new(PROGRAM).guests());
    if clock.is_none() {
        eprintln!("skipped: {MISSING}");
    }
    clock
}

fn furnished(program: &Program) -> Admin {
    let admin = program.admin();
    admin.furnish();
    admin
}

#[test]
fn a_run_waits_until_the_moment_that_its_step_says() {
    let program = Setup::new(PROGRAM).start();
    let admin = furnished(&program);
    let until = |more: Value| {
        let mut until = json!({"until": "{{payload.at}}"});
        until.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        until
    };
    for (number, (wait, at, due)) in [
        (until(json!({})), "2999-06-02T10:00:00+02:00", "2999-06-02T08:00:00.000Z"),
        (until(json!({"before": "24h"})), "2999-06-02T10:00:00Z", "2999-06-01T10:00:00.000Z"),
        (until(json!({"after": "1h 30m"})), "2999-06-02T10:00:00Z", "2999-06-02T11:30:00.000Z"),
        (until(json!({"zone": "Europe/Berlin"})), "2999-06-02T10:00:00", "2999-06-02T08:00:00.000Z"),
        (until(json!({"zone": "Europe/Berlin", "before": "15h"})), "2999-01-02", "2999-01-01T08:00:00.000Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut document = automation(&format!("Until {number}"), &json!([{ "wait": wait }]));
        document["trigger"]["webhook"]["sample"]["at"] = json!("2026-12-01T10:00:00Z");
        let webhook = admin.apply(&document);
        let mut payload = body("12155551000");
        payload["at"] = json!(at);
        let run =
            admin.run_when(&webhook.capture(program.address(), &payload), "to wait", |run| run["state"] == "waiting");
        assert_eq!(run["due_at"], due, "{wait} {at}");
        payload["at"] = json!("tomorrow");
        let run = admin.final_run(&webhook.capture(program.address(), &payload));
        assert_eq!((&run["state"], &run["failure"]["code"]), (&json!("failed"), &json!("invalid-moment")), "{run}");
    }
}

#[test]
fn a_run_waits_for_office_hours_and_not_within_them() {
    let program = Setup::new(PROGRAM).start();
    let admin = furnished(&program);
    let now = jiff::Timestamp::now();
    let at = |minutes: i64| now + jiff::SignedDuration::from_mins(minutes);
    let time = |minutes: i64| at(minutes).to_string()[11..16].to_owned();
    let hours = |from: i64, to: i64| json!({"hours": {"from": time(from), "to": time(to), "zone": "UTC"}});
    let open = admin.apply(&automation("Open", &json!([{ "wait": hours(-120, 120) }])));
    assert_eq!(admin.final_run(&open.capture(program.address(), &body("12155551000")))["state"], "succeeded");
    let closed = admin.apply(&automation("Closed", &json!([{ "wait": hours(120, 240) }])));
    let capture = closed.capture(program.address(), &body("12155551000"));
    let run = admin.run_when(&capture, "to wait", |run| run["state"] == "waiting");
    assert_eq!(text(&run["due_at"])[..16], at(120).to_string()[..16], "it is open again at {}", time(120));
}

#[test]
fn runs_that_wait_go_on_once_each_however_often_the_host_is_killed_meanwhile() {
    const RUNS: usize = 60;
    const KILLS: usize = 4;
    let mut program = Setup::new(PROGRAM).guests().start();
    let webhook = waiting(&furnished(&program), "Waiting", &json!("1s"));
    let captures = begun(&program, &webhook, 555, RUNS);
    for kill in 0..KILLS {
        let admin = program.admin();
        let over = |wanted: usize| admin.all("/api/v1/runs?state=succeeded").len() >= wanted;
        // While they go on: some have, most have not.
        eventually("some runs to go on", || over((kill * RUNS) / (2 * KILLS)).then_some(()));
        program.kill();
        program.start();
    }
    assert_went_on_once(&program.admin(), &captures);
}

#[test]
fn a_clock_that_goes_forward_makes_runs_go_on_and_none_of_them_twice() {
    let Some((clock, setup)) = clock() else { return };
    let program = setup.start();
    let admin = furnished(&program);
    let (an_hour, two_days) = (waiting(&admin, "Hour", &json!("1h")), waiting(&admin, "Days", &json!("2 days")));
    let soon = begun(&program, &an_hour, 551, 20);
    let late = begun(&program, &two_days, 552, 20);
    clock.set(HOUR + 60);
    assert_went_on_once(&admin, &soon);
    for capture in &late {
        admin.run_when(capture, "to wait", |run| run["state"] == "waiting");
    }
    clock.set(3 * DAY);
    assert_went_on_once(&admin, &late);
    assert_went_on_once(&admin, &soon);
}

#[test]
fn a_clock_that_goes_back_loses_no_run_and_doubles_none() {
    let Some((clock, setup)) = clock() else { return };
    let mut program = setup.start();
    let admin = furnished(&program);
    let (hour, second) = (waiting(&admin, "Hour", &json!("1h")), waiting(&admin, "Second", &json!("1s")));
    clock.set(3 * DAY);
    let before = begun(&program, &hour, 551, 15);
    let went_on = begun(&program, &second, 552, 15);
    assert_went_on_once(&admin, &went_on);

    clock.set(0);
    let after = begun(&program, &second, 553, 15);
    assert_went_on_once(&admin, &after);
    assert_went_on_once(&admin, &went_on);
    for capture in &before {
        admin.run_when(capture, "to wait", |run| run["state"] == "waiting");
    }
    program.kill();
    program.start();
    let admin = program.admin();
    let after_the_kill = begun(&program, &second, 554, 15);
    assert_went_on_once(&admin, &after_the_kill);

    clock.set(3 * DAY + HOUR + 60);
    assert_went_on_once(&admin, &before);
    assert_went_on_once(&admin, &[went_on, after, after_the_kill].concat());
    assert!(program.stop().success());
    let data = program.data().to_string_lossy().into_owned();
    let report = program.run_json(&["check-store", "--data", &data, "--json"]);
    assert_eq!(report["findings"], json!([]), "{report}");
}

#[test]
fn a_step_that_is_to_be_tried_again_is_tried_once_more_after_its_time_on_a_clock_that_jumps() {
    let Some((clock, setup)) = clock() else { return };
    let program = setup.start();
    let admin = furnished(&program);
    let settings = json!({"kind": "retryable", "until_attempt": 2, "after_ms": 1_800_000});
    let webhook = admin.apply(&automation("Failing", &json!([step("failing", settings), step("noting", json!({}))])));
    let capture = webhook.capture(program.address(), &body("12155551000"));
    admin.run_when(&capture, "to wait", |run| run["state"] == "waiting");
    clock.set(-DAY);
    let second = waiting(&admin, "Second", &json!("1s"));
    assert_went_on_once(&admin, &begun(&program, &second, 552, 3));
    assert_eq!(admin.run_when(&capture, "to be there", |_| true)["state"], "waiting", "a day early is not its time");
    clock.set(HOUR);
    let run = admin.final_run(&capture);
    assert_eq!((&run["state"], &run["steps"][0]["attempts"]), (&json!("succeeded"), &json!(2)), "{run}");
}
