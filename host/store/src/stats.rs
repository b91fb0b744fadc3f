//! Counts of what happened: added up by minute and by hour, read by time, dropped when they are old.
//!
//! Whoever brings runs on counts what they came to, and adds that about once a second: what a host had counted and not added when
//! it died is not counted. Nothing else is built on these numbers.

use async_trait::async_trait;
use hookbox_model::{StatsRow, StatsSpan, Timestamp, WorkspaceId};

use crate::StoreError;

/// How much waits in a workspace. Backends may stop counting at a limit of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueDepths {
    /// Captures whose run was never committed.
    pub captures: u64,
    /// Runs that go on when they are due, or as soon as somebody claims them.
    pub runs: u64,
    /// Those of them that are due.
    pub due: u64,
    /// Runs that are held until their automation is live.
    pub held: u64,
    /// Messages in the outbox.
    pub outbox: u64,
}

/// What may be asked about counts.
#[async_trait]
pub trait Stats: Send + Sync {
    /// Adds each row to what is stored of its minute and to what is stored of its hour, whenever in it the row says it was.
    async fn add(&self, rows: Vec<StatsRow>) -> Result<(), StoreError>;

    /// Shows `see` every row of a workspace whose minute or hour began at `from` or later and before `to`, oldest first. A damaged
    /// row is left out. They are not all of one moment: what is added meanwhile may be seen or not.
    async fn read(
        &self,
        workspace: WorkspaceId,
        span: StatsSpan,
        (from, to): (Timestamp, Timestamp),
        see: &mut (dyn FnMut(StatsRow) + Send),
    ) -> Result<(), StoreError>;

    /// Drops rows whose minute or hour began before `before`, oldest first, in every workspace. At most `limit` of them, so that
    /// nobody waits for it long; how many there were.
    async fn drop_before(&self, span: StatsSpan, before: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// How much waits in a workspace at this moment, which is `now`.
    async fn queue(&self, workspace: WorkspaceId, now: Timestamp) -> Result<QueueDepths, StoreError>;

    /// Of that only what somebody could claim at once: captures whose run was never committed, and runs that are due.
    async fn waiting(&self, workspace: WorkspaceId, now: Timestamp) -> Result<u64, StoreError>;
}
