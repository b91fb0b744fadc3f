//! History: the file of its trait in `hookbox-store`, on redb. It is kept in tables of one day and dropped a day at a time.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use hookbox_model::{Run, RunId, Timestamp, WorkspaceId};
use hookbox_store::{Dropped, DroppedUpTo, History, Obstacle, StoreError};

use crate::apply::{DROPPED, RETENTION};
use crate::error::{Fault, unreadable};
use crate::key;
use crate::record::seal_index;
use crate::snapshot::{Snapshot, guarded};
use crate::store::RedbStore;
use crate::tables::{Daily, Fixed, Name};

#[async_trait]
impl History for RedbStore {
    async fn drop_days_before(&self, day: u32) -> Result<Dropped, StoreError> {
        if self.snapshot()?.days().range(..day).next().is_none() {
            *self.core().obstacle.lock() = None;
            return Ok(Dropped::default());
        }
        // From here on nothing of these days is repeated; what was in line before is in the snapshot that is looked at.
        let mut closed = Closed::up_to(day, &self.core().dropped_before);
        self.change(|_| Ok::<(), Fault>(())).await?;
        let needed = self.needed_before(day).await?;
        *self.core().obstacle.lock() = needed;
        let end = needed.map_or(day, |needed| needed.day);
        closed.left_at = end;
        drop(closed);
        let days: Vec<u32> = self.snapshot()?.days().range(..end).copied().collect();
        for day in &days {
            let day = *day;
            self.change(move |batch| {
                for daily in Daily::ALL {
                    batch.drop_table(Name::Daily(daily, day))?;
                }
                batch.put(Fixed::Meta, DROPPED, &seal_index(DROPPED, &day.saturating_add(1).to_be_bytes()))?;
                Ok::<(), Fault>(())
            })
            .await?;
        }
        Ok(Dropped { days: u32::try_from(days.len()).unwrap_or(u32::MAX), needed })
    }

    async fn dropped_up_to(&self) -> Result<DroppedUpTo, StoreError> {
        let day = self.read(dropped_before)?;
        Ok(DroppedUpTo { day, needed: *self.core().obstacle.lock() })
    }

    async fn retention_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let kept = self.read(|snapshot| snapshot.index(Fixed::Meta, RETENTION, "time of retention"))?;
        let Some(kept) = kept else { return Ok(None) };
        let millis = kept.try_into().map(u64::from_be_bytes).map_err(|kept: Vec<u8>| StoreError::Damaged {
            what: "time of retention",
            reason: format!("{} bytes are no time", kept.len()),
        })?;
        Ok(Some(Timestamp::from_millis(millis)))
    }

    async fn keep_retention_time(&self, time: Timestamp) -> Result<(), StoreError> {
        let value = seal_index(RETENTION, &time.as_millis().to_be_bytes());
        self.change(move |batch| Ok::<(), Fault>(batch.put(Fixed::Meta, RETENTION, &value)?)).await
    }
}

/// Days of which nothing is repeated while it is looked what of them is needed.
struct Closed<'a> {
    dropped_before: &'a AtomicU32,
    /// What the day is left at; as it was before when the look fails or nobody waits for it any more.
    left_at: u32,
}

impl<'a> Closed<'a> {
    fn up_to(day: u32, dropped_before: &'a AtomicU32) -> Self {
        Self { dropped_before, left_at: dropped_before.fetch_max(day, Ordering::SeqCst) }
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.dropped_before.store(self.left_at, Ordering::SeqCst);
    }
}

/// The day before which history was dropped; 0 when none was.
pub(crate) fn dropped_before(snapshot: &Snapshot) -> Result<u32, StoreError> {
    let kept = snapshot.index(Fixed::Meta, DROPPED, "day of history")?;
    Ok(kept.and_then(|kept| kept.try_into().ok()).map_or(0, u32::from_be_bytes))
}

impl RedbStore {
    /// What is unfinished and needs the first day before `day` that anything does. Nothing can begin there afterwards: new captures
    /// have new ids. All that waits is looked through, which takes longer than the runtime's threads are to be held up.
    async fn needed_before(&self, day: u32) -> Result<Option<Obstacle>, StoreError> {
        let captured = self.core().pending.lock().first_unfinished().filter(|needed| needed.day < day);
        let snapshot = self.snapshot()?;
        let looked = tokio::task::spawn_blocking(move || guarded(|| first_needed(&snapshot, day, captured))).await;
        looked.unwrap_or_else(|_| Err(self.core().unavailable()))
    }
}

/// The first of what needs a day before `day`: what is known to, or a run that has begun and is not over.
fn first_needed(snapshot: &Snapshot, day: u32, known: Option<Obstacle>) -> Result<Option<Obstacle>, StoreError> {
    let mut needed = known;
    for (table, at) in [(Fixed::Timers, 24), (Fixed::HeldRuns, 2 * key::ID)] {
        let Some(rows) = snapshot.table(table.into())? else { continue };
        for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, _) = row.map_err(unreadable)?;
            let run = RunId::from_bytes(key::id_at(key.value(), at));
            let workspace = WorkspaceId::from_bytes(key::id_at(key.value(), 0));
            let found = Obstacle { day: run.made_at().day(), workspace, run };
            if found.day < day {
                needed = Some(needed.map_or(found, |known| known.min(found)));
            }
        }
    }
    // A younger run of an older capture, a replay, needs the capture until it ends. No later day can be the first.
    let end = needed.map_or(day, |needed| needed.day);
    for captured in snapshot.days().range(..end) {
        let Some(rows) = snapshot.table(Name::Daily(Daily::RunCaptures, *captured))? else { continue };
        for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, _) = row.map_err(unreadable)?;
            let workspace = WorkspaceId::from_bytes(key::id_at(key.value(), 0));
            let run = RunId::from_bytes(key::id_at(key.value(), 2 * key::ID));
            if is_unfinished(snapshot, workspace, run)? {
                return Ok(Some(Obstacle { day: *captured, workspace, run }));
            }
        }
    }
    Ok(needed)
}

/// Whether there is such a run and it is not over. One that is damaged is never brought on, so nothing is kept for it.
fn is_unfinished(snapshot: &Snapshot, workspace: WorkspaceId, run: RunId) -> Result<bool, StoreError> {
    match snapshot.record::<Run>(Daily::Runs.at(run.made_at()), &key::pair(workspace, run.as_bytes())) {
        Ok(run) => Ok(run.is_some_and(|run| !run.state.is_final())),
        Err(StoreError::Damaged { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
