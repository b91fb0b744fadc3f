//! History is kept in tables of one day and dropped a day at a time.

use hookbox_model::RunId;
use hookbox_store::StoreError;

use crate::error::unreadable;
use crate::key;
use crate::store::RedbStore;
use crate::tables::{Daily, Fixed, Name};

impl RedbStore {
    /// Drops captures, runs and idempotency keys of every day before `day` (counted from 1970-01-01, UTC). Returns how many
    /// days were dropped. Refused with `Exists` while a capture or run of such a day is unfinished; nothing is dropped then.
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
        let Some(timers) = self.snapshot()?.table(Name::Fixed(Fixed::Timers))? else { return Ok(()) };
        for row in timers.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, _) = row.map_err(unreadable)?;
            let run = RunId::from_bytes(key::id_at(key.value(), 24));
            if run.made_at().day() <= last {
                return Err(unfinished(run.to_string()));
            }
        }
        Ok(())
    }
}
