//! The power goes while requests come in: nothing that was answered is lost, and nothing happens twice.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hookbox_tests::auditor::{self, assert_clean};
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{automation, body, step, tagging};
use hookbox_tests::journal::Journal;
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use hookbox_tests::world::{World, text};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// How often the program is killed under load.
const KILLS: usize = 20;

/// How often it is killed while it starts.
const KILLS_AT_START: usize = 4;

/// How many senders there are.
const SENDERS: usize = 4;

/// How many answers there are at most between a start and a kill.
const ANSWERS_MAX: u64 = 160;

/// The moments of the kills: a sequence that a seed repeats.
struct Moments(u64);

impl Moments {
    /// From the environment (`HOOKBOX_TEST_SEED`), to repeat a failure, or from the clock.
    fn new() -> Self {
        let given = std::env::var("HOOKBOX_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.subsec_nanos().into());
        let seed = given.unwrap_or(clock);
        eprintln!("to repeat the moments of the kills: HOOKBOX_TEST_SEED={seed}");
        Self(seed)
    }

    /// The next number below `end` (splitmix64).
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Lets the senders send until so many more answers came, then stops the program in the given way.
fn load(program: &mut Program, journal: &Journal, webhook: &Webhook, answers: usize, stop: impl FnOnce(&mut Program)) {
    let address = program.address().to_owned();
    let wanted = journal.answered() + answers;
    journal.resume();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let address = &address;
            scope.spawn(move || journal.send(webhook, address, sender, SENDERS));
        }
        eventually("answers under load", || (journal.answered() >= wanted).then_some(()));
        stop(program);
        journal.pause();
    });
}

/// Everything answered, everything run to its end, nothing wrong, and the store sound.
fn settle_and_audit(program: &mut Program, journal: &Journal, webhook: &Webhook) {
    journal.settle(webhook, program.address());
    let orders = journal.orders();
    eprintln!("{} orders were answered", orders.len());
    let world = World::at_rest(&program.admin(), orders.len());
    assert_clean(&orders, &world);
    assert!(program.stop().success());
    let data = program.data().to_string_lossy().into_owned();
    let report = program.run_json(&["check-store", "--data", &data, "--json"]);
    assert_eq!(report["findings"], json!([]), "{report}");
}

#[test]
fn nothing_that_was_answered_is_lost_or_doubled_when_the_host_is_killed() {
    let mut moments = Moments::new();
    let mut program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let webhook = program.admin().apply(&auditor::automation());
    let journal = Journal::default();
    for kill in 0..KILLS {
        let answers = usize::try_from(moments.below(ANSWERS_MAX)).expect("a small number");
        load(&mut program, &journal, &webhook, answers, Program::kill);
        if kill % (KILLS / KILLS_AT_START) == 0 {
            // And once more while it recovers, before anybody could tell that it is there.
            let starting = program.spawn();
            let _ = starting.recv_timeout(Duration::from_millis(moments.below(300)));
            program.kill();
        }
        program.start();
    }
    settle_and_audit(&mut program, &journal, &webhook);
}

#[test]
fn a_stop_finishes_or_hands_back_what_runs() {
    let mut program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let webhook = program.admin().apply(&auditor::automation());
    let journal = Journal::default();
    for _ in 0..3 {
        load(&mut program, &journal, &webhook, 100, |program| {
            program.terminate();
            assert!(program.ended().success(), "a stop ends with status 0");
        });
        program.start();
    }
    settle_and_audit(&mut program, &journal, &webhook);
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
