//! What counting costs a run: one commit and one call of a plugin, counted by as many threads as there are workers.
//!
//! `cargo bench -p hookbox-runner --bench tally`; prints nanoseconds, asserts nothing. A run of the fastest load takes some
//! hundred microseconds of processor time.

use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{Plugin, RunState, Timestamp};
use hookbox_runner::{Came, StatsConfig, Tally};
use hookbox_store::Claim;
use hookbox_store::conformance::samples;

const TURNS: u32 = 1_000_000;

fn main() {
    print("counting a run and a call, in nanoseconds        mean");
    for threads in [1, 2, 4] {
        for automations in [1, 1_000] {
            let took = measure(threads, automations);
            print(&format!("{threads} threads, {automations:>5} automations {:>24}", took.as_nanos()));
        }
    }
}

/// What one run costs the thread that counts it, while others count as well.
fn measure(threads: usize, automations: usize) -> Duration {
    let tally = Tally::new(StatsConfig::default());
    let workspace = samples::id();
    let claims: Vec<Claim> = (0..automations)
        .map(|_| Claim { capture: Arc::new(samples::capture(workspace, samples::id())), run: None, interruptions: 0 })
        .collect();
    let plugin: Plugin = samples::plugin(None, "send-message", b"component");
    let came = Came { state: RunState::Succeeded, code: None };
    let took: Duration = std::thread::scope(|scope| {
        let count = || {
            let began = Instant::now();
            for (turn, claim) in (0..TURNS).zip(claims.iter().cycle()) {
                let now = Timestamp::from_millis(claim.capture.received_at.as_millis() + u64::from(turn >> 10));
                tally.call(workspace, black_box(&plugin), 120, false, now);
                tally.run(black_box(claim), black_box(&came), now);
            }
            began.elapsed()
        };
        let counting: Vec<_> = (0..threads).map(|_| scope.spawn(count)).collect();
        counting.into_iter().map(|counted| counted.join().expect("it counts")).sum()
    });
    took / (TURNS * u32::try_from(threads).expect("a few threads"))
}

fn print(line: &str) {
    // Whoever closed the pipe wants no more lines.
    let _ = writeln!(std::io::stdout(), "{line}");
}
