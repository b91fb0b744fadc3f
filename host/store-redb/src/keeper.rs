//! The keeper thread: once a second it looks at the disk, measures the outbox, has the writer sweep plugin state that has expired and
//! take contacts off lists that were removed, and writes the high-water mark.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hookbox_model::Timestamp;
use hookbox_store::StoreError;

use crate::apply;
use crate::config::Config;
use crate::error::{Fault, unreadable};
use crate::high_water::{HighWater, HighWaterFile};
use crate::leaving::{self, Leaving};
use crate::snapshot::{Snapshot, guarded};
use crate::store::{Core, now_ms};
use crate::tables::Fixed;
use crate::unit::{Unit, answered};

/// About how many bytes a contact that leaves a list adds to a commit.
const LEFT_BYTES: usize = 1_024;

/// The keeper.
pub(crate) struct Keeper {
    core: Arc<Core>,
    file: HighWaterFile,
    interval: Duration,
    sweep_rows_max: usize,
    written: u64,
}

impl Keeper {
    /// A keeper of the mark in `file`, which says `written` now.
    pub(crate) fn new(core: Arc<Core>, file: HighWaterFile, config: &Config, written: u64) -> Self {
        let interval = Duration::from_millis(config.keep_interval_ms.max(1));
        Self { core, file, interval, sweep_rows_max: config.state_sweep_rows_max, written }
    }

    /// Keeps until the store ends.
    pub(crate) fn run(mut self) {
        while !self.core.ended(self.interval) {
            self.look();
            self.measure();
            self.sweep();
            self.leave();
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

    /// Has the writer remove what has expired, so much at a time that nobody waits for it long. Nobody waits for the answer:
    /// what is not removed now is found again.
    fn sweep(&self) {
        let now = Timestamp::from_millis(now_ms());
        let ended = self.core.snapshot().and_then(|snapshot| guarded(|| ended(&snapshot, now, self.sweep_rows_max)));
        match ended {
            Ok(ends) if ends.is_empty() => {}
            Ok(ends) => {
                let bytes = ends.iter().map(Vec::len).sum();
                let (act, _) =
                    answered::<(), StoreError>(move |batch| apply::sweep_state(batch, &ends, now).map_err(Fault::from));
                // Turned away it is when the store ends, and the next start sweeps.
                let _ = self.core.line.push(Unit::Change { act, configures: false, bytes });
            }
            Err(error) => tracing::debug!(%error, "expired plugin state cannot be looked for"),
        }
    }

    /// Has the writer take some contacts off a list that was removed, and forget the list once nobody is on it. Nobody waits for that
    /// either.
    fn leave(&self) {
        match self.core.snapshot().and_then(|snapshot| guarded(|| leaving::first(&snapshot))) {
            Ok(None) => {}
            Ok(Some(Leaving { list, contacts })) => {
                let (now, bytes) = (Timestamp::from_millis(now_ms()), (1 + contacts.len()) * LEFT_BYTES);
                let (act, _) = answered(move |batch| apply::leave_list(batch, list, &contacts, now));
                // As with the sweep.
                let _ = self.core.line.push(Unit::Change { act, configures: false, bytes });
            }
            Err(error) => tracing::debug!(%error, "contacts on removed lists cannot be looked for"),
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

/// The first rows that say what has expired at `now`.
fn ended(snapshot: &Snapshot, now: Timestamp, rows_max: usize) -> Result<Vec<Vec<u8>>, StoreError> {
    let Some(rows) = snapshot.table(Fixed::StateEnds.into())? else { return Ok(Vec::new()) };
    let later = now.as_millis().saturating_add(1).to_be_bytes();
    let ended = rows.range::<&[u8]>(..later.as_slice()).map_err(unreadable)?.take(rows_max);
    ended.map(|row| row.map(|(key, _)| key.value().to_vec()).map_err(unreadable)).collect()
}
