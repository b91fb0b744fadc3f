//! The program dies at every edge of a commit: what was answered is there once, whatever was half done.
//!
//! `cargo test --workspace --features hookbox-tests/failpoints --test edges`. With `HOOKBOX_EDGE_TIMES` it dies so often at each (a soak
//! is 100), and `HOOKBOX_EDGE_REPORT` names a file for the report: what was counted, and what was wrong.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use hookbox_tests::edges::round;
use hookbox_tests::faults::Figures;
use hookbox_tests::faults::moments::Moments;
use hookbox_tests::faults::report::{Soak, now};
use hookbox_tests::program::Setup;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// How often it dies at each edge, if nothing else is asked for.
const TIMES: usize = 2;

#[test]
fn nothing_that_was_answered_is_lost_or_doubled_wherever_in_a_commit_the_host_dies() {
    let times = std::env::var("HOOKBOX_EDGE_TIMES").map_or(TIMES, |times| times.parse().expect("a number"));
    let (mut moments, mut figures) = (Moments::of_test(), Figures::default());
    let (seed, began_at, began) = (moments.seed(), now(), Instant::now());
    let went = catch_unwind(AssertUnwindSafe(|| round(Setup::new(PROGRAM), times, &mut moments, &mut figures)));
    eprintln!("{figures:?}");
    if let Ok(file) = std::env::var("HOOKBOX_EDGE_REPORT") {
        let wrong = went.as_ref().err().map(|panic| (seed, words(&**panic)));
        let (took, figures) = (began.elapsed(), figures.clone());
        let soak =
            Soak { fault: "edges", seed, rounds: 1, began_at, took, figures, targets: &[], wrong, skipped: None };
        std::fs::write(file, format!("{:#}\n", soak.report())).expect("the report is written");
    }
    if let Err(panic) = went {
        resume_unwind(panic);
    }
    assert_eq!(figures.counted("deaths"), (hookbox_store_redb::Edge::ALL.len() * times) as u64);
    for proof in ["captures", "last_states_remembered", "messages_received", "captures_split", "uploads_found"] {
        assert!(figures.counted(proof) > 0, "{proof}: {figures:?}");
    }
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".into())
}
