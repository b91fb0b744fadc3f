//! Counts the time a call really runs on a thread, so that waiting is not charged and running always is.
//!
//! Of a call that is not slow it is the wall clock that is read, which costs next to nothing, and what a busy machine adds to it is
//! bounded. A slow one is charged what the processor gave its thread, or a plugin would be blamed for its neighbours.
//!
//! The call's future is polled through [`CpuMeter::metered`]; the epoch callback asks [`CpuMeter::is_spent`], and has a call that
//! computes for long wait for its turn.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hookbox_model::WorkspaceId;
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

use crate::lane::{SlowLane, Turn};

/// The CPU budget of one call.
///
/// Only the thread that polls the call reads and writes it, in turn; `Relaxed` is enough because a task that moves to
/// another thread is handed over by the scheduler's own synchronisation.
pub(crate) struct CpuMeter {
    begun: Instant,
    limit_ns: u64,
    slow_ns: u64,
    used_ns: AtomicU64,
    /// When the present poll began, by the clock of [`CpuMeter::running_ns`].
    resumed_ns: AtomicU64,
    lane: Arc<SlowLane>,
    workspace: Option<WorkspaceId>,
    /// Only of a call that is slow: its turn, and how long it has waited for turns.
    turn: Mutex<Option<Turn>>,
    waited_ns: AtomicU64,
    waits_since_ns: AtomicU64,
}

/// The call does not wait for a turn.
const NOT_WAITING: u64 = u64::MAX;

impl CpuMeter {
    /// A meter that is spent after `limit_ms` of running; after `slow_ms` the call needs turns of `lane`.
    pub(crate) fn new(limit_ms: u64, slow_ms: u64, lane: Arc<SlowLane>, workspace: Option<WorkspaceId>) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            limit_ns: limit_ms.saturating_mul(1_000_000),
            slow_ns: slow_ms.saturating_mul(1_000_000),
            used_ns: AtomicU64::new(0),
            resumed_ns: AtomicU64::new(0),
            lane,
            workspace,
            turn: Mutex::default(),
            waited_ns: AtomicU64::new(0),
            waits_since_ns: AtomicU64::new(NOT_WAITING),
        })
    }

    /// Runs `call`, counting the time spent in each of its polls.
    pub(crate) async fn metered<F: Future>(&self, mut call: Pin<&mut F>) -> F::Output {
        std::future::poll_fn(|context| {
            let before = self.used_ns.load(Ordering::Relaxed);
            self.resumed_ns.store(self.running_ns(before), Ordering::Relaxed);
            let poll = call.as_mut().poll(context);
            let used = self.used_until_now_ns();
            self.used_ns.store(used, Ordering::Relaxed);
            if used >= self.slow_ns {
                // Whatever it waits for now, it does not compute.
                self.turn.lock().take();
            }
            poll
        })
        .await
    }

    /// Whether the budget is used up, asked from within a poll.
    pub(crate) fn is_spent(&self) -> bool {
        self.used_until_now_ns() >= self.limit_ns
    }

    /// Lets others run. Resolves at once when nobody wants to, for a call that is not slow; else when it has its next turn.
    pub(crate) async fn give_way(self: Arc<Self>) {
        // wasmtime's own yield wakes itself at once and starves the other tasks of its thread; tokio's goes to the back.
        tokio::task::yield_now().await;
        if self.used_ns.load(Ordering::Relaxed) < self.slow_ns {
            return;
        }
        let since = self.now_ns();
        self.waits_since_ns.store(since, Ordering::Relaxed);
        let turn = self.lane.turn(self.workspace).await;
        self.waits_since_ns.store(NOT_WAITING, Ordering::Relaxed);
        self.waited_ns.fetch_add(self.now_ns().saturating_sub(since), Ordering::Relaxed);
        *self.turn.lock() = Some(turn);
    }

    /// How long the call has waited for turns, the present wait included.
    pub(crate) fn waited(&self) -> Duration {
        let waits = match self.waits_since_ns.load(Ordering::Relaxed) {
            NOT_WAITING => 0,
            since => self.now_ns().saturating_sub(since),
        };
        Duration::from_nanos(self.waited_ns.load(Ordering::Relaxed).saturating_add(waits))
    }

    fn used_until_now_ns(&self) -> u64 {
        let before = self.used_ns.load(Ordering::Relaxed);
        let running = self.running_ns(before).saturating_sub(self.resumed_ns.load(Ordering::Relaxed));
        // A thread that lost its processor for long does not make a call spend its budget in one go: it becomes slow first.
        before.saturating_add(if before < self.slow_ns { running.min(self.slow_ns) } else { running })
    }

    /// The clock that a poll is measured with which began after `used_ns` of running: it must be the same at both ends.
    fn running_ns(&self, used_ns: u64) -> u64 {
        if used_ns < self.slow_ns {
            return self.now_ns();
        }
        let time = clock_gettime(ClockId::ThreadCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
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
