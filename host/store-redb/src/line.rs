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
    units: VecDeque<(usize, Unit)>,
    bytes: usize,
    open: bool,
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
        let state = State { units: VecDeque::new(), bytes: 0, open: true };
        Self { state: Mutex::new(state), arrived: Condvar::new() }
    }

    /// Takes a place in line.
    pub(crate) fn push(&self, unit: Unit) -> Result<(), Turned> {
        self.push_below(unit, usize::MAX)
    }

    /// Takes a place in line, if fewer than `units_max` wait.
    pub(crate) fn push_below(&self, unit: Unit, units_max: usize) -> Result<(), Turned> {
        let bytes = unit.bytes();
        let mut state = self.state.lock();
        if !state.open {
            return Err(Turned::Closed);
        }
        if state.units.len() >= units_max {
            return Err(Turned::Full);
        }
        state.units.push_back((bytes, unit));
        state.bytes += bytes;
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
            state.bytes = 0;
            return Taken::Units(state.units.drain(..).map(|(_, unit)| unit).collect());
        }
        let mut units = Vec::with_capacity(units_max.min(state.units.len()));
        let mut bytes_left = bytes_max;
        while units.len() < units_max {
            let Some((bytes, unit)) = state.units.pop_front() else { break };
            if bytes > bytes_left && !units.is_empty() {
                state.units.push_front((bytes, unit));
                break;
            }
            state.bytes -= bytes;
            bytes_left = bytes_left.saturating_sub(bytes);
            units.push(unit);
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
