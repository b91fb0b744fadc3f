//! Counts the time a call really runs on a thread, so that waiting is not charged and running always is.
//!
//! The call's future is polled through [`CpuMeter::metered`]; the epoch callback asks [`CpuMeter::is_spent`].

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The CPU budget of one call.
///
/// Only the thread that polls the call reads and writes it, in turn; `Relaxed` is enough because a task that moves to
/// another thread is handed over by the scheduler's own synchronisation.
pub(crate) struct CpuMeter {
    begun: Instant,
    limit_ns: u64,
    used_ns: AtomicU64,
    resumed_ns: AtomicU64,
}

impl CpuMeter {
    /// A meter that is spent after `limit_ms` of running.
    pub(crate) fn new(limit_ms: u64) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            limit_ns: limit_ms.saturating_mul(1_000_000),
            used_ns: AtomicU64::new(0),
            resumed_ns: AtomicU64::new(0),
        })
    }

    /// Runs `call`, counting the time spent in each of its polls.
    pub(crate) async fn metered<F: Future>(&self, mut call: Pin<&mut F>) -> F::Output {
        std::future::poll_fn(|context| {
            let resumed = self.now_ns();
            self.resumed_ns.store(resumed, Ordering::Relaxed);
            let poll = call.as_mut().poll(context);
            let used = self.used_ns.load(Ordering::Relaxed) + self.now_ns().saturating_sub(resumed);
            self.used_ns.store(used, Ordering::Relaxed);
            poll
        })
        .await
    }

    /// Whether the budget is used up, asked from within a poll.
    pub(crate) fn is_spent(&self) -> bool {
        let running = self.now_ns().saturating_sub(self.resumed_ns.load(Ordering::Relaxed));
        self.used_ns.load(Ordering::Relaxed).saturating_add(running) >= self.limit_ns
    }

    /// Microseconds that were spent running, once the call has ended.
    pub(crate) fn used_us(&self) -> u64 {
        self.used_ns.load(Ordering::Relaxed) / 1_000
    }

    /// Wall-clock microseconds since the meter was made.
    pub(crate) fn elapsed_us(&self) -> u64 {
        self.now_ns() / 1_000
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
