//! The wall clock jumps back and forth, by seconds and by days, while runs wait for moments of it, and the host is killed now and
//! then: each run goes on once, none before its moment, and soon after it.

use std::time::Instant;

use serde_json::json;

use super::clock::{Clock, MISSING};
use super::load::assert_sound;
use super::moments::Moments;
use super::report::Target;
use super::waiting::{assert_went_on_once, begun, waiting};
use super::{Figures, Round, Scale};
use crate::admin::Admin;
use crate::program::{Program, Setup};
use crate::webhook::Webhook;

/// What runs wait for: the words of the step, and how many seconds they are.
const WAITS: [(&str, i64); 4] = [("1s", 1), ("10 min", 600), ("1h", 3_600), ("2 days", 172_800)];

/// How far the clock is from the machine's at most, either way: three days.
const FAR_S: u64 = 3 * 86_400;

/// Below this a moment is too near for what this test knows of the clock: requests take their time.
const NEAR_S: i64 = 300;

/// Once in so many jumps the host is killed after it.
const KILLED: u64 = 5;

/// Runs whose moment has come are over within a second.
pub const TARGETS: &[Target] = &[Target { figure: "late_ms_most", at_most: 1_000.0 }];

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    jumps: usize,
    runs_each: usize,
}

/// Runs that wait for the same moment.
struct Group {
    captures: Vec<String>,
    due_s: i64,
    /// The farthest that the clock was since they began.
    seen_s: i64,
}

impl Size {
    /// Of a test or a soak.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { jumps: 12, runs_each: 3 },
            Scale::Large { .. } => Self { jumps: 120, runs_each: 10 },
        }
    }
}

/// One host whose clock jumps as often as the size says.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let Some((clock, setup)) = Clock::of(setup.guests()) else { return Round::Skipped(MISSING.into()) };
    let mut program = setup.start();
    program.admin().furnish();
    let webhooks = WAITS.map(|(wait, _)| waiting(&program.admin(), wait, &json!(wait)));
    let (mut figures, mut groups, mut over) = (Figures::default(), Vec::new(), Vec::new());
    for jump in 0..size.jumps {
        let at_s = moments.below(2 * FAR_S).cast_signed() - FAR_S.cast_signed();
        clock.set(at_s);
        figures.count("jumps", 1);
        if moments.one_in(KILLED) {
            program.kill();
            program.start();
            figures.count("kills", 1);
        }
        go_on(&program.admin(), at_s, &mut groups, &mut over, &mut figures);
        groups.push(begin(&program, &webhooks, moments, at_s, (jump, size.runs_each)));
        figures.count("runs", size.runs_each as u64);
    }
    // After every moment that anything waits for.
    let end_s = FAR_S.cast_signed() + 3 * 86_400;
    clock.set(end_s);
    go_on(&program.admin(), end_s, &mut groups, &mut over, &mut figures);
    assert!(groups.is_empty(), "everything is due now");
    // What it shows from now on is what its store has.
    program.kill();
    program.start();
    for group in &over {
        assert_went_on_once(&program.admin(), &group.captures);
    }
    assert!(program.stop().success());
    assert_sound(&program);
    Round::Done(figures)
}

/// Sends requests whose runs wait for the same moment.
fn begin(
    program: &Program,
    webhooks: &[Webhook; WAITS.len()],
    moments: &mut Moments,
    at_s: i64,
    (jump, count): (usize, usize),
) -> Group {
    let which = moments.index(WAITS.len());
    let prefix = 200 + u32::try_from(jump).expect("a few jumps");
    let captures = begun(program, &webhooks[which], prefix, count);
    Group { captures, due_s: at_s + WAITS[which].1, seen_s: at_s }
}

/// What is due at this position of the clock goes on; what was never near its moment waits.
fn go_on(admin: &Admin, at_s: i64, groups: &mut Vec<Group>, over: &mut Vec<Group>, figures: &mut Figures) {
    let began = Instant::now();
    let (due, mut later): (Vec<Group>, Vec<Group>) = groups.drain(..).partition(|group| group.due_s <= at_s);
    for capture in due.iter().flat_map(|group| &group.captures) {
        admin.final_run(capture);
    }
    if !due.is_empty() {
        figures.most("late_ms_most", began.elapsed().as_secs_f64() * 1e3);
    }
    for group in &mut later {
        group.seen_s = group.seen_s.max(at_s);
    }
    for group in later.iter().filter(|group| group.due_s > group.seen_s + NEAR_S) {
        for capture in &group.captures {
            let run = admin.run_when(capture, "to be there", |_| true);
            assert_eq!(run["state"], "waiting", "its moment has not come: {run}");
        }
    }
    over.extend(due);
    *groups = later;
}
