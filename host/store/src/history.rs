//! History: captures and runs by the day, dropped a day at a time when they are old enough and over.

use async_trait::async_trait;
use hookbox_model::Timestamp;

use crate::StoreError;

/// What was dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many days.
    pub days: u32,
    /// The day that something unfinished needs, for which it and all after it stay.
    pub needed: Option<u32>,
}

/// What may be asked about history. Days are those of UTC, counted from 1970-01-01.
#[async_trait]
pub trait History: Send + Sync {
    /// Drops captures, runs, idempotency keys, the ids that channels gave messages and counts of messages of every day before
    /// `day`, oldest first, up to the first day of which a capture or a run is unfinished, or a run that is unfinished repeats
    /// one. Messages themselves stay.
    async fn drop_days_before(&self, day: u32) -> Result<Dropped, StoreError>;

    /// The time that retention goes by, as it was last kept; `None` when none ever was.
    async fn retention_time(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Keeps the time that retention goes by.
    async fn keep_retention_time(&self, time: Timestamp) -> Result<(), StoreError>;
}
