//! The small forms: so many seeds of each kind.

use std::ops::Range;

use super::shared::bit_rot::rots;
use super::shared::life::Tally;
use super::shared::power_loss::{Fault, goes_back, live};
use super::shared::soak::run;

/// Tries seeds, and fails with all that must not be.
#[track_caller]
fn seeds(seeds: Range<u64>, live: impl Fn(u64) -> Tally + Sync) -> Tally {
    let (tally, violations) = run(seeds, None, live);
    let shown: Vec<String> = violations.iter().take(5).map(|(seed, what)| format!("seed {seed}: {what}")).collect();
    assert!(violations.is_empty(), "{} seeds fail:\n{}", violations.len(), shown.join("\n"));
    tally
}

#[test]
fn a_disk_that_says_it_has_synced_and_has_not_is_found_out() {
    let (_, violations) = run(0..40, None, |seed| live(seed, Fault::LyingDisk, 4));
    assert!(violations.len() > 10, "what is compared must be able to fail: {}", violations.len());
}

#[test]
fn nothing_that_was_answered_is_lost_or_half_when_the_power_goes() {
    let tally = seeds(0..2_000, |seed| live(seed, Fault::Power, 4));
    eprintln!("{tally:?}");
    assert!(tally.failures > 1_500 && tally.while_opening > 100, "the power goes in most lives: {tally:?}");
    assert!(tally.under_way > tally.found_done && tally.found_done > 100, "also between two commits: {tally:?}");
}

#[test]
fn nothing_that_was_answered_is_lost_or_half_when_the_disk_fails_to_write() {
    let tally = seeds(0..300, |seed| live(seed, Fault::Errors, 4));
    eprintln!("{tally:?}");
    assert!(tally.failures > 200, "{tally:?}");
}

#[test]
fn a_store_that_came_back_older_or_empty_is_refused() {
    (0..8).for_each(|seed| goes_back(seed, 4));
}

#[test]
fn a_file_that_rots_is_refused_or_read_as_damaged_and_never_told_for_right() {
    let tally = seeds(0..400, rots);
    eprintln!("{tally:?}");
    assert!(tally.refused > 100 && tally.told_damaged > 0 && tally.harmless > 50, "{tally:?}");
}

/// What soaks found, with their number of turns: each was mended.
///
/// A seed means a life only for as long as `cast.rs` draws from chance as it did: after a change there these are lives like any other,
/// and what guards against the old faults is that the seeds above meet them too, or a test of its own in `src`.
#[test]
fn what_was_found_once_is_not_found_again() {
    // A file whose making was cut off could never be opened again.
    seeds(517..518, |seed| live(seed, Fault::Power, 4));
    // A component was taken away because the commit of its record failed, and the record was on disk.
    for found in [10_478, 11_398, 11_436, 12_731, 13_955] {
        seeds(found..found + 1, |seed| live(seed, Fault::Errors, 8));
    }
    // A file that was cut off was said to be on a bad disk; keys before those that were asked for had figures read without an end;
    // a list of tables that cannot be read was a panic and no reason.
    for found in [11_504, 12_310, 100_706, 30_701] {
        seeds(found..found + 1, rots);
    }
}
