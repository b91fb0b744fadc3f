//! Many seeds on all processors, and what came of them.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use parking_lot::Mutex;

use super::life::Tally;

/// A seed of which something came that must not be, and what.
pub(crate) type Violation = (u64, String);

/// Tries seeds, on as many threads as there are processors, until they are through or it is time to end.
pub(crate) fn run(
    seeds: Range<u64>,
    until: Option<Instant>,
    live: impl Fn(u64) -> Tally + Sync,
) -> (Tally, Vec<Violation>) {
    let (next, tally) = (AtomicU64::new(seeds.start), Mutex::new(Tally::default()));
    let violations: Mutex<Vec<Violation>> = Mutex::default();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while until.is_none_or(|until| Instant::now() < until) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    match catch_unwind(AssertUnwindSafe(|| live(seed))) {
                        Ok(of_seed) => tally.lock().add(&of_seed),
                        Err(panic) => violations.lock().push((seed, words(&*panic))),
                    }
                }
            });
        }
    });
    (tally.into_inner(), violations.into_inner())
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".into())
}
