//! History: captures and runs by the day, dropped a day at a time when they are old enough and over.

use async_trait::async_trait;
use hookbox_model::{RunId, Timestamp, WorkspaceId};

use crate::StoreError;

/// What was dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many days.
    pub days: u32,
    /// What is unfinished and needs its day, for which that day and all after it stay.
    pub needed: Option<Obstacle>,
}

/// What is unfinished and old: the day of its capture and all history after it stay until it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obstacle {
    /// The day that it needs.
    pub day: u32,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The run; that which a capture will begin when it has none yet.
    pub run: RunId,
}

/// How far history was dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DroppedUpTo {
    /// The first day that was not; 0 when none ever was.
    pub day: u32,
    /// What the last look of this process found in the way.
    pub needed: Option<Obstacle>,
}

/// What may be asked about history. Days are those of UTC, counted from 1970-01-01.
#[async_trait]
pub trait History: Send + Sync {
    /// Drops captures, runs, idempotency keys, the ids that channels gave messages and counts of messages of every day before
    /// `day`, oldest first, up to the first day of which a capture or a run is unfinished, or a run that is unfinished repeats
    /// one. Messages themselves stay.
    async fn drop_days_before(&self, day: u32) -> Result<Dropped, StoreError>;

    /// How far history was dropped, and what stood in the way at the last call of [`drop_days_before`](Self::drop_days_before).
    async fn dropped_up_to(&self) -> Result<DroppedUpTo, StoreError>;

    /// The time that retention goes by, as it was last kept; `None` when none ever was.
    async fn retention_time(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Keeps the time that retention goes by.
    async fn keep_retention_time(&self, time: Timestamp) -> Result<(), StoreError>;
}
