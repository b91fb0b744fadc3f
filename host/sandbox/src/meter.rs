//! Counts the time a call really runs on a thread, so that waiting is not charged and running always is.
//!
//! A call that runs for less than a tick is charged by the wall clock, which costs next to nothing. What runs for longer is charged
//! a tick, and from then on what the processor gave its thread: else a plugin would be blamed for its neighbours, and be slow because
//! they took the processor from it. The clock of the thread is not read before, because almost every call is over by then: to read it
//! in each cost 0.3 µs, 4 % of a call.
//!
//! The call's future is polled through [`CpuMeter::metered`]; the epoch callback asks [`CpuMeter::is_spent`], and has a call that
//! computes for long wait for its turn.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

use crate::aside::{Priority, aside};
use crate::lane::{Kind, SlowLane, Turn};

/// The CPU budget of one call.
///
/// Only the thread that polls the call reads and writes it, in turn; `Relaxed` is enough because a task that moves to
/// another thread is handed over by the scheduler's own synchronisation.
pub(crate) struct CpuMeter {
    begun: Instant,
    limits: Limits,
    used_ns: AtomicU64,
    /// When the present poll began, and what the processor had given its thread by then, once that is known.
    resumed_ns: AtomicU64,
    resumed_cpu_ns: AtomicU64,
    lane: Arc<SlowLane>,
    kind: Kind,
    /// Whether the call has to wait for turns.
    slow: AtomicBool,
    /// Only of a call that is slow: its turn, and how long it has waited for turns and for the processor.
    turn: Mutex<Option<Turn>>,
    waited_ns: AtomicU64,
    waits_since_ns: AtomicU64,
    /// How much of that was for the processor, though it had its turn.
    starved_ns: AtomicU64,
}

/// How long a call may compute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// In all, in milliseconds.
    pub(crate) cpu_ms: u64,
    /// Until it needs turns, in milliseconds.
    pub(crate) slow_ms: u64,
    /// Between ticks, in milliseconds.
    pub(crate) tick_ms: u64,
}

/// The call does not wait for a turn.
const NOT_WAITING: u64 = u64::MAX;

/// The present poll has not lasted for a tick yet, as far as anybody asked.
const NOT_READ: u64 = u64::MAX;

/// A slow call that was kept from the processor for so much longer than it computed competes as an equal, until it has caught up:
/// a machine that is never idle must not stop it for good.
const STARVED_TIMES: u64 = 10;

impl CpuMeter {
    /// A meter that is spent after `cpu_ms` of running; after `slow_ms` the call needs turns of `lane`, and at once if calls of its
    /// kind are known as slow.
    pub(crate) fn new(limits: Limits, lane: Arc<SlowLane>, kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            limits,
            used_ns: AtomicU64::new(0),
            resumed_ns: AtomicU64::new(0),
            resumed_cpu_ns: AtomicU64::new(NOT_READ),
            lane,
            kind,
            slow: AtomicBool::new(false),
            turn: Mutex::default(),
            waited_ns: AtomicU64::new(0),
            waits_since_ns: AtomicU64::new(NOT_WAITING),
            starved_ns: AtomicU64::new(0),
        })
    }

    /// Runs `call`, counting the time spent in each of its polls; those of a slow call aside.
    pub(crate) async fn metered<F: Future<Output: Send> + Send>(&self, mut call: Pin<&mut F>) -> F::Output {
        std::future::poll_fn(|context| {
            if !self.becomes_slow() {
                return self.counted(call.as_mut(), context);
            }
            let waker = context.waker();
            let poll = self.aside(|| self.counted(call.as_mut(), &mut Context::from_waker(waker)));
            // Whatever it waits for now, it does not compute.
            self.turn.lock().take();
            poll
        })
        .await
    }

    /// Lets a slow call begin, or go on, when it has its turn.
    pub(crate) async fn begin(&self) {
        if self.is_slow() {
            self.wait_for_turn().await;
        }
    }

    /// The call has ended, and `leave` lets go of what it took. What its kind takes of the processor is known now.
    pub(crate) fn end<T: Send>(&self, leave: impl FnOnce() -> T + Send) -> T {
        if self.has_computed_long() != self.is_slow() {
            self.lane.tell(self.kind, self.has_computed_long());
        }
        if self.is_slow() { self.aside(leave) } else { leave() }
    }

    fn becomes_slow(&self) -> bool {
        if !self.is_slow() && (self.has_computed_long() || self.lane.is_slow(self.kind)) {
            self.slow.store(true, Ordering::Relaxed);
            self.lane.tell(self.kind, true);
        }
        self.is_slow()
    }

    fn has_computed_long(&self) -> bool {
        self.used_ns.load(Ordering::Relaxed) >= self.slow_ns()
    }

    fn slow_ns(&self) -> u64 {
        self.limits.slow_ms.saturating_mul(1_000_000)
    }

    fn is_slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed)
    }

    fn counted<F: Future>(&self, call: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.resumed_ns.store(self.now_ns(), Ordering::Relaxed);
        self.resumed_cpu_ns.store(NOT_READ, Ordering::Relaxed);
        let poll = call.poll(context);
        self.used_ns.store(self.used_until_now_ns(), Ordering::Relaxed);
        poll
    }

    /// Computes with the lowest priority, and as an equal after it was starved; the time without a processor counts as waiting.
    fn aside<T: Send>(&self, compute: impl FnOnce() -> T + Send) -> T {
        let (began, used) = (self.now_ns(), self.used_ns.load(Ordering::Relaxed));
        let starved = self.starved_ns.load(Ordering::Relaxed);
        let priority =
            if starved > STARVED_TIMES * used.max(self.slow_ns()) { Priority::Equal } else { Priority::Lowest };
        let (computed, cpu) = aside(priority, || {
            let before = thread_cpu_ns();
            let computed = compute();
            (computed, thread_cpu_ns().saturating_sub(before))
        });
        let without = self.now_ns().saturating_sub(began).saturating_sub(cpu);
        self.starved_ns.fetch_add(without, Ordering::Relaxed);
        self.waited_ns.fetch_add(without, Ordering::Relaxed);
        computed
    }

    /// Whether the budget is used up, asked from within a poll.
    pub(crate) fn is_spent(&self) -> bool {
        self.used_until_now_ns() >= self.limits.cpu_ms.saturating_mul(1_000_000)
    }

    /// Lets others run. Resolves at once when nobody wants to, for a call that is not slow; else when it has its next turn.
    pub(crate) async fn give_way(self: Arc<Self>) {
        // wasmtime's own yield wakes itself at once and starves the other tasks of its thread; tokio's goes to the back.
        tokio::task::yield_now().await;
        self.begin().await;
    }

    async fn wait_for_turn(&self) {
        let since = self.now_ns();
        self.waits_since_ns.store(since, Ordering::Relaxed);
        let turn = self.lane.turn(self.kind.workspace).await;
        self.waits_since_ns.store(NOT_WAITING, Ordering::Relaxed);
        self.waited_ns.fetch_add(self.now_ns().saturating_sub(since), Ordering::Relaxed);
        *self.turn.lock() = Some(turn);
    }

    /// How long the call has waited for turns and for the processor, the present wait for a turn included.
    pub(crate) fn waited(&self) -> Duration {
        let waits = match self.waits_since_ns.load(Ordering::Relaxed) {
            NOT_WAITING => 0,
            since => self.now_ns().saturating_sub(since),
        };
        Duration::from_nanos(self.waited_ns.load(Ordering::Relaxed).saturating_add(waits))
    }

    fn used_until_now_ns(&self) -> u64 {
        self.used_ns.load(Ordering::Relaxed).saturating_add(self.running_until_now_ns())
    }

    /// How long the present poll has been running.
    fn running_until_now_ns(&self) -> u64 {
        let running = self.now_ns().saturating_sub(self.resumed_ns.load(Ordering::Relaxed));
        let tick = self.limits.tick_ms.saturating_mul(1_000_000);
        if running < tick {
            return running;
        }
        let cpu = thread_cpu_ns();
        match self.resumed_cpu_ns.load(Ordering::Relaxed) {
            NOT_READ => {
                self.resumed_cpu_ns.store(cpu.saturating_sub(tick), Ordering::Relaxed);
                tick
            }
            resumed => cpu.saturating_sub(resumed),
        }
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

fn thread_cpu_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use hookbox_model::Digest;

    use super::{CpuMeter, Limits};
    use crate::lane::{Kind, SlowLane};

    const KIND: Kind = Kind { workspace: None, component: Digest::from_bytes([7; 32]) };

    fn limits(slow_ms: u64) -> Limits {
        Limits { cpu_ms: 1_000, slow_ms, tick_ms: 4 }
    }

    #[tokio::test]
    async fn what_was_slow_before_begins_in_its_turn_and_is_quick_again_once_it_was() {
        let lane = Arc::new(SlowLane::new(1));
        lane.tell(KIND, true);
        let turn = lane.turn(None).await;
        let cpu = CpuMeter::new(limits(500), Arc::clone(&lane), KIND);
        let mut call = pin!(cpu.begin());
        let mut metered = pin!(cpu.metered(call.as_mut()));
        assert!(metered.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "somebody has the turn");
        drop(turn);
        metered.await;
        cpu.end(|| ());
        assert!(!lane.is_slow(KIND), "it took next to nothing");
    }

    #[tokio::test]
    async fn a_call_that_computes_for_long_is_remembered_before_it_ends() {
        let lane = Arc::new(SlowLane::new(1));
        // With no time that is quick, the first poll makes it slow.
        let cpu = CpuMeter::new(limits(0), Arc::clone(&lane), KIND);
        let thread = std::thread::current().id();
        let aside = pin!(poll_fn(|_| Poll::Ready(std::thread::current().id() != thread)));
        assert!(cpu.metered(aside).await, "it computes on a thread of its own");
        assert!(lane.is_slow(KIND));
    }

    #[tokio::test]
    async fn a_call_that_others_took_the_processor_from_is_not_slow() {
        let lane = Arc::new(SlowLane::new(1));
        let mut cpu = CpuMeter::new(limits(8), Arc::clone(&lane), KIND);
        let own = Arc::get_mut(&mut cpu).expect("nobody else has it yet");
        own.begun = own.begun.checked_sub(Duration::from_secs(1)).expect("the machine has been up for a second");
        let call = pin!(poll_fn(|_| {
            // It was let go on a second ago, and computes from now on.
            cpu.resumed_ns.store(0, Ordering::Relaxed);
            Poll::Ready(cpu.is_spent())
        }));
        assert!(!cpu.metered(call).await, "its budget of a second is not used up");
        cpu.end(|| ());
        assert!(cpu.used_us() < 8_000 && !lane.is_slow(KIND));
    }
}
