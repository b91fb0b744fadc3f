//! History: the file of its trait in `hookbox-store`, on redb. It is kept in tables of one day and dropped a day at a time.

use std::sync::atomic::Ordering;

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
        self.core().dropped_before.fetch_max(day, Ordering::SeqCst);
        self.change(|_| Ok::<(), Fault>(())).await?;
        let needed = self.needed_before(day).await?;
        *self.core().obstacle.lock() = needed;
        let end = needed.map_or(day, |needed| needed.day);
        self.core().dropped_before.store(end, Ordering::SeqCst);
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

/// The day before which history was dropped; 0 when none was.
pub(crate) fn dropped_before(snapshot: &Snapshot) -> Result<u32, StoreError> {
    let kept = snapshot.index(Fixed::Meta, DROPPED, "day of history")?;
    Ok(kept.and_then(|kept| kept.try_into().ok()).map_or(0, u32::from_be_bytes))
}

impl RedbStore {
    /// What is unfinished and needs the first day before `day` that anything does. Nothing can begin there afterwards: new captures
    /// have new ids. All that waits is looked through, which takes longer than the runtime's threads are to be held up.
    async fn needed_before(&self, day: u32) -> Result<Option<Obstacle>, StoreError> {
        let captured = self.core().pending.lock().first_unfinished();
        let snapshot = self.snapshot()?;
        let looked = tokio::task::spawn_blocking(move || guarded(|| begun_before(&snapshot, day))).await;
        let begun = looked.unwrap_or_else(|_| Err(self.core().unavailable()))?;
        Ok(captured.into_iter().chain(begun).min().filter(|needed| needed.day < day))
    }
}

/// The first of what has begun and is not over, before `day`: a run of a capture of that day.
fn begun_before(snapshot: &Snapshot, day: u32) -> Result<Option<Obstacle>, StoreError> {
    let mut needed: Option<Obstacle> = None;
    let mut note = |day: u32, workspace: WorkspaceId, run: RunId| {
        let found = Obstacle { day, workspace, run };
        needed = Some(needed.map_or(found, |known| known.min(found)));
    };
    for (table, at) in [(Fixed::Timers, 24), (Fixed::HeldRuns, 2 * key::ID)] {
        let Some(rows) = snapshot.table(table.into())? else { continue };
        for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, _) = row.map_err(unreadable)?;
            let run = RunId::from_bytes(key::id_at(key.value(), at));
            note(run.made_at().day(), WorkspaceId::from_bytes(key::id_at(key.value(), 0)), run);
        }
    }
    // A younger run of an older capture, a replay, needs the capture until it ends.
    for captured in snapshot.days().range(..day) {
        let Some(rows) = snapshot.table(Name::Daily(Daily::RunCaptures, *captured))? else { continue };
        for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, _) = row.map_err(unreadable)?;
            let workspace = WorkspaceId::from_bytes(key::id_at(key.value(), 0));
            let id = RunId::from_bytes(key::id_at(key.value(), 2 * key::ID));
            let run = snapshot.record::<Run>(Daily::Runs.at(id.made_at()), &key::pair(workspace, id.as_bytes()))?;
            if run.is_some_and(|run| !run.state.is_final()) {
                note(*captured, workspace, id);
                break;
            }
        }
    }
    Ok(needed)
}
