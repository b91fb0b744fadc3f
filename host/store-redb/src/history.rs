//! History is kept in tables of one day and dropped a day at a time.

use hookbox_model::{Run, RunId};
use hookbox_store::StoreError;

use crate::error::unreadable;
use crate::key;
use crate::store::RedbStore;
use crate::tables::{Daily, Fixed, Name};

impl RedbStore {
    /// Drops captures, runs, idempotency keys, the ids that channels gave messages and counts of messages of every day before
    /// `day` (counted from 1970-01-01, UTC). Messages themselves stay. Returns how many days were dropped. Refused with `Exists` while a capture or run of such a day is unfinished; nothing is dropped then.
    pub async fn drop_days_before(&self, day: u32) -> Result<u32, StoreError> {
        let days: Vec<u32> = self.snapshot()?.days().range(..day).copied().collect();
        let Some(last) = days.last().copied() else { return Ok(0) };
        self.check_finished(last)?;
        for day in &days {
            let day = *day;
            self.change(move |batch| {
                for daily in Daily::ALL {
                    batch.drop_table(Name::Daily(daily, day))?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(u32::try_from(days.len()).unwrap_or(u32::MAX))
    }

    /// Refuses while something of `last` or an earlier day is unfinished. Nothing can begin there afterwards: new captures
    /// have new ids.
    fn check_finished(&self, last: u32) -> Result<(), StoreError> {
        let unfinished = |name: String| StoreError::Exists { what: "unfinished run", name };
        if let Some(workspace) = self.core().pending.lock().unfinished_until(last) {
            return Err(unfinished(format!("in {workspace}")));
        }
        let snapshot = self.snapshot()?;
        for (table, at) in [(Fixed::Timers, 24), (Fixed::HeldRuns, 2 * key::ID)] {
            let Some(rows) = snapshot.table(table.into())? else { continue };
            for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
                let (key, _) = row.map_err(unreadable)?;
                let run = RunId::from_bytes(key::id_at(key.value(), at));
                if run.made_at().day() <= last {
                    return Err(unfinished(run.to_string()));
                }
            }
        }
        // A younger run of an older capture, a replay, needs the capture until it ends.
        for day in snapshot.days().range(..=last) {
            let Some(rows) = snapshot.table(Name::Daily(Daily::RunCaptures, *day))? else { continue };
            for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
                let (key, _) = row.map_err(unreadable)?;
                let (workspace, run) =
                    (&key.value()[..key::ID], RunId::from_bytes(key::id_at(key.value(), 2 * key::ID)));
                if run.made_at().day() <= last {
                    continue;
                }
                let of = [workspace, run.as_bytes()].concat();
                if snapshot.record::<Run>(Daily::Runs.at(run.made_at()), &of)?.is_some_and(|run| !run.state.is_final())
                {
                    return Err(unfinished(run.to_string()));
                }
            }
        }
        Ok(())
    }
}
