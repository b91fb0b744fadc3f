//! The host is killed while requests come in: nothing that was answered is lost, and nothing happens twice.

use hookbox_tests::documents::{automation, body, step, tagging};
use hookbox_tests::faults::fault::Fault;
use hookbox_tests::faults::load::Scene;
use hookbox_tests::faults::moments::Moments;
use hookbox_tests::faults::{Figures, Scale};
use hookbox_tests::program::Setup;
use hookbox_tests::world::text;
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// How many senders there are.
const SENDERS: usize = 4;

#[test]
fn nothing_that_was_answered_is_lost_or_doubled_when_the_host_is_killed() {
    let round = Fault::Kills.round(Setup::new(PROGRAM), Scale::Small, &mut Moments::of_test());
    let figures = round.or_skip().expect("it needs nothing of the machine");
    assert_eq!(figures.counted("kills"), 50);
    assert!(figures.counted("captures") > 0 && figures.counted("last_states_remembered") > 0, "{figures:?}");
}

#[test]
fn a_stop_finishes_or_hands_back_what_runs() {
    let mut scene = Scene::of(Setup::new(PROGRAM).start(), None);
    for _ in 0..3 {
        scene.load(SENDERS, |load| {
            load.answers(100);
            load.look();
            load.program.terminate();
            assert!(load.program.ended().success(), "a stop ends with status 0");
        });
        scene.program.start();
    }
    scene.audit(&mut Figures::default());
}

#[test]
fn a_run_that_is_there_whenever_its_host_dies_becomes_a_dead_letter_and_its_neighbours_do_not() {
    const DEATHS_MAX: usize = 10;
    let mut program = Setup::new(PROGRAM).guests().variable("HOOKBOX__SANDBOX__CPU_MS", 5_000).start();
    program.admin().furnish();
    let slow = program.admin().apply(&automation("Slow", &json!([step("slow", json!({}))])));
    let fast = program.admin().apply(&automation("Fast", &json!([tagging("fast")])));
    let mut endless = body("12155551000");
    endless["loop"] = json!(true);
    let killer = slow.capture(program.address(), &endless);
    let mut neighbours = Vec::new();
    let mut deaths = 0;
    let dead = loop {
        neighbours.push(slow.capture(program.address(), &body(&format!("121555520{deaths:02}"))));
        neighbours.push(fast.capture(program.address(), &body(&format!("121555530{deaths:02}"))));
        let run = program.admin().run_when(&killer, "to be under way or over", |run| run["state"] != "queued");
        if run["state"] != "running" {
            break run;
        }
        assert!(deaths < DEATHS_MAX, "the run is still tried after {deaths} deaths of its host");
        program.kill();
        deaths += 1;
        program.start();
    };
    assert_eq!((text(&dead["state"]), text(&dead["failure"]["at"])), ("failed".into(), "host".into()), "{dead}");
    assert!(deaths >= 2, "one death may be chance: it was given up after {deaths}");
    for capture in neighbours {
        let run = program.admin().final_run(&capture);
        assert_eq!(run["state"], "succeeded", "{run}");
    }
}
