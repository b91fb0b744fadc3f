//! The program dies at every edge of a commit: what was answered is there once, whatever was half done.
//!
//! `cargo test -p hookbox-tests --features failpoints --test edges`. With `HOOKBOX_EDGE_TIMES` it dies so often at each (a soak
//! is 100), and `HOOKBOX_EDGE_REPORT` names a file for what was counted.

use hookbox_tests::edges::round;
use hookbox_tests::faults::moments::Moments;
use hookbox_tests::program::Setup;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// How often it dies at each edge, if nothing else is asked for.
const TIMES: usize = 2;

#[test]
fn nothing_that_was_answered_is_lost_or_doubled_wherever_in_a_commit_the_host_dies() {
    let times = std::env::var("HOOKBOX_EDGE_TIMES").map_or(TIMES, |times| times.parse().expect("a number"));
    let mut moments = Moments::of_test();
    let seed = moments.seed();
    let figures = round(Setup::new(PROGRAM), times, &mut moments);
    eprintln!("{figures:?}");
    if let Ok(file) = std::env::var("HOOKBOX_EDGE_REPORT") {
        let of = |name: &str| figures.counted(name);
        let report = format!(
            "{{\"kind\": \"edges\", \"seed\": {seed}, \"deaths\": {}, \"starts\": {}, \"captures\": {}, \
             \"messages_received\": {}, \"violations\": []}}\n",
            of("deaths"),
            of("starts"),
            of("captures"),
            of("messages_received"),
        );
        std::fs::write(file, report).expect("the report is written");
    }
    assert_eq!(figures.counted("deaths"), (hookbox_store_redb::Edge::ALL.len() * times) as u64);
}
