//! The keeper thread: once a second it looks at the disk, measures the outbox and writes the high-water mark.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::high_water::{HighWater, HighWaterFile};
use crate::snapshot::guarded;
use crate::store::Core;
use crate::tables::Fixed;

/// The keeper.
pub(crate) struct Keeper {
    core: Arc<Core>,
    file: HighWaterFile,
    interval: Duration,
    written: u64,
}

impl Keeper {
    /// A keeper of the mark in `file`, which says `written` now.
    pub(crate) fn new(core: Arc<Core>, file: HighWaterFile, interval_ms: u64, written: u64) -> Self {
        Self { core, file, interval: Duration::from_millis(interval_ms.max(1)), written }
    }

    /// Keeps until the store ends.
    pub(crate) fn run(mut self) {
        while !self.core.ended(self.interval) {
            self.look();
            self.measure();
            self.mark();
        }
    }

    fn measure(&self) {
        let depth = self.core.snapshot().and_then(|snapshot| guarded(|| snapshot.rows_in(Fixed::Outbox)));
        match depth {
            Ok(depth) => drop(self.core.metrics.outbox_depth.set(depth.try_into().unwrap_or(i64::MAX))),
            // It is closed, or its damage is told by whoever needs what cannot be read.
            Err(error) => tracing::debug!(%error, "the outbox cannot be measured"),
        }
    }

    fn look(&self) {
        match self.core.guard.look() {
            Ok(free_bytes) => drop(self.core.metrics.free.set(free_bytes.try_into().unwrap_or(i64::MAX))),
            Err(error) => tracing::warn!(%error, "the free space of the disk cannot be read"),
        }
    }

    fn mark(&mut self) {
        let sequence = self.core.acknowledged.load(Ordering::Acquire);
        if sequence == self.written {
            return;
        }
        match self.file.write(HighWater { sequence, closed: false }) {
            Ok(()) => self.written = sequence,
            // The next second tries again; the store itself is not in danger.
            Err(error) => tracing::warn!(%error, "the high-water mark cannot be written"),
        }
    }
}
