//! History: the file of its trait in `hookbox-store`, on redb. It is kept in tables of one day and dropped a day at a time.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use hookbox_model::{Run, RunId, Timestamp};
use hookbox_store::{Dropped, History, StoreError};

use crate::apply::{DROPPED, RETENTION};
use crate::error::{Fault, unreadable};
use crate::key;
use crate::record::seal_index;
use crate::snapshot::Snapshot;
use crate::store::RedbStore;
use crate::tables::{Daily, Fixed, Name};

#[async_trait]
impl History for RedbStore {
    async fn drop_days_before(&self, day: u32) -> Result<Dropped, StoreError> {
        if self.snapshot()?.days().range(..day).next().is_none() {
            return Ok(Dropped::default());
        }
        // From here on nothing of these days is repeated; what was in line before is in the snapshot that is looked at.
        self.core().dropped_before.fetch_max(day, Ordering::SeqCst);
        self.change(|_| Ok::<(), Fault>(())).await?;
        let needed = self.needed_before(day)?;
        self.core().dropped_before.store(needed.unwrap_or(day), Ordering::SeqCst);
        let days: Vec<u32> = self.snapshot()?.days().range(..needed.unwrap_or(day)).copied().collect();
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
    /// The first day before `day` that something unfinished needs, if there is one. Nothing can begin there afterwards: new
    /// captures have new ids.
    fn needed_before(&self, day: u32) -> Result<Option<u32>, StoreError> {
        let captured = self.core().pending.lock().first_unfinished_day();
        let begun = self.read(|snapshot| begun_before(snapshot, day))?;
        Ok(captured.into_iter().chain(begun).min().filter(|needed| *needed < day))
    }
}

/// The first day before `day` of which a run has begun and is not over, or of whose capture one is not.
fn begun_before(snapshot: &Snapshot, day: u32) -> Result<Option<u32>, StoreError> {
    let mut needed = None;
    let mut note = |day: u32| needed = Some(needed.map_or(day, |known: u32| known.min(day)));
    for (table, at) in [(Fixed::Timers, 24), (Fixed::HeldRuns, 2 * key::ID)] {
        let Some(rows) = snapshot.table(table.into())? else { continue };
        for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, _) = row.map_err(unreadable)?;
            note(RunId::from_bytes(key::id_at(key.value(), at)).made_at().day());
        }
    }
    // A younger run of an older capture, a replay, needs the capture until it ends.
    for captured in snapshot.days().range(..day) {
        let Some(rows) = snapshot.table(Name::Daily(Daily::RunCaptures, *captured))? else { continue };
        for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, _) = row.map_err(unreadable)?;
            let (workspace, run) = (&key.value()[..key::ID], RunId::from_bytes(key::id_at(key.value(), 2 * key::ID)));
            let of = [workspace, run.as_bytes()].concat();
            let run = snapshot.record::<Run>(Daily::Runs.at(run.made_at()), &of)?;
            if run.is_some_and(|run| !run.state.is_final()) {
                note(*captured);
                break;
            }
        }
    }
    Ok(needed)
}
