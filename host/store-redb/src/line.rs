//! The line of units before the writer: bounded for captures, in order for everyone.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::unit::Unit;

/// The line.
pub(crate) struct Line {
    state: Mutex<State>,
    arrived: Condvar,
}

struct State {
    units: VecDeque<Waiting>,
    /// What they add to a commit.
    bytes: usize,
    /// What they take in memory.
    memory_bytes: usize,
    open: bool,
}

struct Waiting {
    bytes: usize,
    memory_bytes: usize,
    unit: Unit,
}

/// Why a unit did not get into the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turned {
    /// The line is full.
    Full,
    /// The store is closed or broken.
    Closed,
}

/// What the writer gets.
pub(crate) enum Taken {
    /// Units to commit together.
    Units(Vec<Unit>),
    /// Nothing came.
    Idle,
    /// Nothing will come.
    Closed,
}

impl Line {
    /// An empty, open line.
    pub(crate) fn new() -> Self {
        let state = State { units: VecDeque::new(), bytes: 0, memory_bytes: 0, open: true };
        Self { state: Mutex::new(state), arrived: Condvar::new() }
    }

    /// Takes a place in line.
    pub(crate) fn push(&self, unit: Unit) -> Result<(), Turned> {
        self.push_below(unit, usize::MAX, usize::MAX)
    }

    /// Takes a place in line, if fewer than `units_max` wait and, with it, they take at most `memory_bytes_max`. One that is
    /// larger by itself gets in when nobody waits.
    pub(crate) fn push_below(&self, unit: Unit, units_max: usize, memory_bytes_max: usize) -> Result<(), Turned> {
        let (bytes, memory_bytes) = (unit.bytes(), unit.memory_bytes());
        let mut state = self.state.lock();
        if !state.open {
            return Err(Turned::Closed);
        }
        let too_large = !state.units.is_empty() && state.memory_bytes.saturating_add(memory_bytes) > memory_bytes_max;
        if too_large || state.units.len() >= units_max {
            return Err(Turned::Full);
        }
        state.units.push_back(Waiting { bytes, memory_bytes, unit });
        state.bytes += bytes;
        state.memory_bytes += memory_bytes;
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// What waits, in order, up to both limits; waits up to `patience` for a first unit.
    pub(crate) fn take(&self, units_max: usize, bytes_max: usize, patience: Duration) -> Taken {
        let mut state = self.state.lock();
        if state.units.is_empty() && state.open {
            self.arrived.wait_for(&mut state, patience);
        }
        if state.units.is_empty() {
            return if state.open { Taken::Idle } else { Taken::Closed };
        }
        if state.units.len() <= units_max && state.bytes <= bytes_max {
            (state.bytes, state.memory_bytes) = (0, 0);
            return Taken::Units(state.units.drain(..).map(|waiting| waiting.unit).collect());
        }
        let mut units = Vec::with_capacity(units_max.min(state.units.len()));
        let mut bytes_left = bytes_max;
        while units.len() < units_max {
            let Some(waiting) = state.units.pop_front() else { break };
            if waiting.bytes > bytes_left && !units.is_empty() {
                state.units.push_front(waiting);
                break;
            }
            state.bytes -= waiting.bytes;
            state.memory_bytes -= waiting.memory_bytes;
            bytes_left = bytes_left.saturating_sub(waiting.bytes);
            units.push(waiting.unit);
        }
        Taken::Units(units)
    }

    /// Lets nobody in any more; what waits is still taken.
    pub(crate) fn close(&self) {
        self.state.lock().open = false;
        self.arrived.notify_one();
    }

    /// Lets nobody in and sends those who wait away: their answers are dropped, which says "unavailable".
    pub(crate) fn break_off(&self) {
        let mut state = self.state.lock();
        state.open = false;
        let units = std::mem::take(&mut state.units);
        drop(state);
        drop(units);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use hookbox_store::conformance::samples;
    use tokio::sync::oneshot;

    use super::{Line, Taken, Turned};
    use crate::unit::{CaptureUnit, Unit};

    fn unit() -> Unit {
        let capture = Arc::new(samples::capture(samples::id(), samples::id()));
        let (answer, _) = oneshot::channel();
        Unit::Capture { stored: CaptureUnit { capture, key: [0; 32], value: vec![0; 100], idempotency: None }, answer }
    }

    #[test]
    fn captures_are_refused_when_those_that_wait_take_the_memory_for_them() {
        let line = Line::new();
        let memory_bytes_max = unit().memory_bytes() * 2;
        assert!(memory_bytes_max > 2 * 350 * 4, "a parsed body weighs more than its text");
        for expected in [Ok(()), Ok(()), Err(Turned::Full)] {
            assert_eq!(line.push_below(unit(), usize::MAX, memory_bytes_max), expected);
        }
        assert_eq!(line.push(unit()), Ok(()), "commits of runs are always taken");
        for left in [2, 1, 0] {
            let Taken::Units(units) = line.take(if left > 0 { 1 } else { 9 }, usize::MAX, Duration::ZERO) else {
                panic!("units wait");
            };
            assert_eq!(units.len(), 1);
        }
        assert_eq!(line.push_below(unit(), usize::MAX, 1), Ok(()), "alone it gets in, however large");
        assert_eq!(line.push_below(unit(), usize::MAX, 1), Err(Turned::Full));
    }
}
