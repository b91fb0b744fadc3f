//! Retention: history older than `host.keep_days` is dropped by the day, once nothing of it is unfinished.
//!
//! What is dropped is gone, so a clock that is wrong must not decide it. Retention goes by a time of its own, which the store
//! keeps. It follows the clock, but goes on only while the host is up, at most four times as fast as that lasts; a start alone
//! brings it nowhere. So a clock that jumps ahead by years costs at most the oldest four days for each day until somebody mends it,
//! and those would have gone within four days anyway; a host that was off for a month catches up within ten days. A clock that
//! goes back is followed at once: that only drops later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::Timestamp;
use hookbox_store::{Obstacle, Store, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info, warn};

use crate::fresh::now;

/// How often is looked: a day is over once a day, and hosts may be up for hours only.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

/// How many times faster than the host is up the time of retention may go on.
const PACE_MAX: u64 = 4;

/// 2026-01-01T00:00:00Z. A clock before that was never set: there was no Hookbox then.
const FIRST: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Further ahead of the time of retention than this, the clock is worth a word in the log.
const AHEAD_MS: u64 = 2 * 24 * 60 * 60 * 1000;

/// Drops old history.
pub(crate) struct Retention {
    store: Arc<dyn Store>,
    keep_days: u32,
    /// What was last found to be in the way.
    held_up: Option<Obstacle>,
}

impl Retention {
    /// Keeps `keep_days` days, everything when that is 0.
    pub(crate) fn new(store: Arc<dyn Store>, keep_days: u32) -> Self {
        Self { store, keep_days, held_up: None }
    }

    /// Looks at once and every hour, until `stop` resolves: nobody waits for a look that takes long, and the next start goes on.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = self.look_on() => {}
            () = stop => {}
        }
    }

    async fn look_on(&mut self) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looked_at: Option<Instant> = None;
        loop {
            looks.tick().await;
            let up = looked_at.replace(Instant::now()).map_or(Duration::ZERO, |before| before.elapsed());
            if let Err(error) = self.look(now(), up).await {
                warn!(%error, "old history was not dropped; the next hour tries again");
            }
        }
    }

    /// Drops what is too old by now, `up` after the look before.
    async fn look(&mut self, clock: Timestamp, up: Duration) -> Result<(), StoreError> {
        let history = self.store.history();
        let kept = history.retention_time().await?;
        let Some(time) = followed(kept, clock, up) else {
            warn!(%clock, "the clock was never set; no history is dropped by it");
            return Ok(());
        };
        if kept != Some(time) {
            history.keep_retention_time(time).await?;
        }
        if clock.millis_since(time) > AHEAD_MS {
            info!(%clock, %time, "the clock is ahead of the time by which history is dropped, which follows slowly");
        }
        if self.keep_days == 0 {
            return Ok(());
        }
        let dropped = history.drop_days_before(time.day().saturating_sub(self.keep_days)).await?;
        if dropped.days > 0 {
            info!(days = dropped.days, keep_days = self.keep_days, "old history was dropped");
        }
        match dropped.needed {
            Some(Obstacle { day, workspace, run }) if self.held_up != dropped.needed => {
                let day = Timestamp::from_millis(u64::from(day) * 24 * 60 * 60 * 1000);
                warn!(%day, %workspace, %run, "a run of that day is unfinished; it and all history after it is kept until that is over");
            }
            Some(_) | None => debug!(days = dropped.days, "looked for old history"),
        }
        self.held_up = dropped.needed;
        Ok(())
    }
}

/// The time that retention goes by, `up` after it was `kept`; nothing while no clock was ever believed.
fn followed(kept: Option<Timestamp>, clock: Timestamp, up: Duration) -> Option<Timestamp> {
    if clock < FIRST {
        return kept;
    }
    let up_ms = u64::try_from(up.as_millis()).unwrap_or(u64::MAX);
    Some(kept.map_or(clock, |kept| clock.min(kept.plus_millis(up_ms.saturating_mul(PACE_MAX)))))
}

#[cfg(test)]
mod tests;
