//! `wasi:clocks`: both clocks stand still at the call's moment. Sleeping really sleeps, and the call's deadline ends it.

use std::time::Duration;

use hookbox_model::Timestamp;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

/// A clock that stands still.
#[derive(Clone, Copy)]
pub(crate) struct StillClock(pub(crate) Timestamp);

impl HostWallClock for StillClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.as_millis())
    }
}

impl HostMonotonicClock for StillClock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        self.0.as_millis().saturating_mul(1_000_000)
    }
}
