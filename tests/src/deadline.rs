//! Waiting: asks again until the answer is there, and fails with what was waited for. The only clock of the tests.

use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up: generous, because the machine may be busy with other tests.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(10);

/// Asks `probe` until it answers something.
#[track_caller]
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(Instant::now() < end, "waited {} s in vain for: {what}", DEADLINE.as_secs());
        pause();
    }
}

/// Lets others go first, for a few milliseconds.
pub fn pause() {
    thread::park_timeout(PAUSE);
}
