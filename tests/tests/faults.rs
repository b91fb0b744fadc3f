//! What a host has to bear, in small: the disk, the clock, those it sends to, and those who send. The same rounds, larger and
//! again and again, are what `soak` does (`src/bin/soak.rs`). A host that is killed is in `crash.rs`.
//!
//! A test here fails where something acknowledged is lost or doubled. How long things took is in no test.

use hookbox_tests::faults::fault::Fault;
use hookbox_tests::faults::moments::Moments;
use hookbox_tests::faults::{Figures, Scale};
use hookbox_tests::program::Setup;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// Goes through a small round; its figures, unless the machine lacks what it needs.
fn figures(fault: Fault) -> Option<Figures> {
    let figures = fault.round(Setup::new(PROGRAM), Scale::Small, &mut Moments::of_test()).or_skip()?;
    eprintln!("{figures:?}");
    Some(figures)
}

#[test]
fn a_disk_that_is_full_costs_nothing_that_was_answered_and_is_made_up_for_when_there_is_room() {
    let Some(figures) = figures(Fault::DiskFull) else { return };
    assert!(figures.counted("filled_to_the_reserve") > 0 && figures.counted("filled_up") > 0, "{figures:?}");
    assert!(figures.counted("answered_503") > 0, "{figures:?}");
}

#[test]
fn a_disk_that_fails_ends_the_host_with_a_reason_and_the_next_start_has_all_that_was_answered() {
    let Some(figures) = figures(Fault::IoErrors) else { return };
    assert!(figures.counted("ended_of_errors") > 0, "no error came to the host: {figures:?}");
}

#[test]
fn a_slow_disk_makes_senders_wait_or_come_again_and_loses_nobody() {
    let Some(figures) = figures(Fault::SlowDisk) else { return };
    assert!(figures.counted("writes_throttled") > 0, "{figures:?}");
    assert!(figures.counted("answered_503") > 0, "{figures:?}");
}

#[test]
fn a_clock_that_jumps_about_makes_no_run_go_on_twice_or_before_its_moment() {
    let Some(figures) = figures(Fault::Clocks) else { return };
    assert!(figures.counted("jumps") > 0, "{figures:?}");
}

#[test]
fn a_receiver_that_was_away_gets_every_message_in_order_and_none_again_that_it_confirmed() {
    let figures = figures(Fault::Receiver).expect("it needs nothing of the machine");
    assert!(figures.counted("messages") >= 1_000 && figures.counted("refused") > 0, "{figures:?}");
}

#[test]
fn honest_senders_are_answered_beside_hundreds_that_dribble() {
    let Some(figures) = figures(Fault::SlowClients) else { return };
    assert!(figures.largest("connections_at_once_most") >= Some(200.0), "{figures:?}");
    assert!(figures.counted("honest_answers") >= 400, "{figures:?}");
}

#[test]
fn requests_that_are_wrong_in_every_way_are_refused_and_the_host_serves_as_before() {
    let figures = figures(Fault::Floods).expect("it needs nothing of the machine");
    assert!(figures.counted("refused_4xx") > 0, "{figures:?}");
}

#[test]
fn a_bit_of_everything_at_once_comes_to_what_each_comes_to_alone() {
    let figures = figures(Fault::Mixed).expect("it needs nothing of the machine");
    assert!(figures.counted("captures") > 0 && figures.counted("runs_beside") > 0, "{figures:?}");
    assert!(figures.counted("dry_runs") > 0 && figures.counted("plugins_uploaded") > 0, "{figures:?}");
}
