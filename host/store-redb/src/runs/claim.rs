//! Handing out runs: from memory when they are fresh, from disk when they are not, counted first when they may have been
//! interrupted.

use std::sync::Arc;
use std::time::Duration;

use hookbox_model::{Capture, Run};
use hookbox_store::{Claim, StoreError};
use tokio::sync::oneshot;

use crate::batch::RunKey;
use crate::key;
use crate::pending::{Counted, Pick, Source};
use crate::snapshot::{Snapshot, guarded};
use crate::store::{Core, RedbStore, now_ms};
use crate::tables::{Daily, Fixed};
use crate::unit::Unit;

/// The longest wait for a timer, so that a clock that jumps delays nothing by more.
const PATIENCE_MS: u64 = 1_000;

/// Up to `limit` runs to bring on.
pub(super) async fn claim(store: &RedbStore, limit: usize) -> Result<Vec<Claim>, StoreError> {
    let core = store.core();
    let mut handing = Handing { core, keys: Vec::new() };
    let mut picks = recovered(store, limit, &mut handing).await?;
    let snapshot = {
        // Under one lock: what is claimed is what the snapshot shows.
        let mut pending = core.pending.lock();
        let snapshot = core.snapshot()?;
        // One that was cancelled while its count was written is claimed no more.
        picks.retain(|pick| pending.is_out(pick.key));
        picks.extend(pending.take(limit - picks.len(), now_ms(), &snapshot)?);
        snapshot
    };
    handing.keys = picks.iter().map(|pick| pick.key).collect();
    let mut claims: Vec<Claim> = Vec::with_capacity(picks.len());
    for pick in picks {
        let key = pick.key;
        match guarded(|| load(&snapshot, pick, &claims)) {
            Ok(claim) => claims.push(claim),
            // It can never be run. It was noted; the others must not wait for it.
            Err(StoreError::Damaged { .. }) => {
                core.pending.lock().abandon(key);
                core.work.notify_waiters();
            }
            Err(error) => return Err(error),
        }
    }
    handing.keys.clear();
    Ok(claims)
}

/// Resolves when [`claim`] may have something to give.
pub(super) async fn wait_for_work(store: &RedbStore) {
    let core = store.core();
    let called = core.work.notified();
    let due_in_ms = {
        let pending = core.pending.lock();
        let now = now_ms();
        if pending.has_work(now) {
            return;
        }
        pending.next_due().map_or(PATIENCE_MS, |due| due.saturating_sub(now).clamp(1, PATIENCE_MS))
    };
    tokio::select! {
        () = called => {}
        () = tokio::time::sleep(Duration::from_millis(due_in_ms)) => {}
    }
}

/// Runs that may have been interrupted, their counts already on disk.
async fn recovered(store: &RedbStore, limit: usize, handing: &mut Handing<'_>) -> Result<Vec<Pick>, StoreError> {
    let suspects = store.core().pending.lock().take_suspects(limit);
    handing.keys = suspects.iter().map(|(pick, _)| pick.key).collect();
    let counts: Vec<(RunKey, u32)> = suspects
        .iter()
        .filter_map(|(pick, counted)| match counted {
            Counted::Already => None,
            Counted::Write(count) => Some((pick.key, *count)),
        })
        .collect();
    if !counts.is_empty() {
        let (answer, answered) = oneshot::channel();
        store.submit(Unit::Count { counts, answer }, answered).await?;
    }
    Ok(suspects.into_iter().map(|(pick, _)| pick).collect())
}

/// Runs about to be handed out: given back when the caller gives up or their records cannot be read now.
struct Handing<'c> {
    core: &'c Arc<Core>,
    keys: Vec<RunKey>,
}

impl Drop for Handing<'_> {
    fn drop(&mut self) {
        if !self.keys.is_empty() {
            let mut pending = self.core.pending.lock();
            self.keys.iter().for_each(|key| pending.give_back(*key));
            drop(pending);
            self.core.work.notify_waiters();
        }
    }
}

/// The records of a run. Many runs can be of one capture's elements: its body is read once for all that are claimed together.
fn load(snapshot: &Snapshot, pick: Pick, claims: &[Claim]) -> Result<Claim, StoreError> {
    let (workspace, id) = pick.key;
    let row = key::pair(workspace, id.as_bytes());
    let interruptions = pick.interruptions;
    match pick.source {
        Source::Memory(capture) => Ok(Claim { capture, run: None, interruptions }),
        Source::Disk => {
            let capture = capture(snapshot, &row, Daily::Captures.at(id.made_at()))?;
            Ok(Claim { capture, run: None, interruptions })
        }
        Source::Committed => {
            let runs = Daily::Runs.at(id.made_at());
            let missing = || StoreError::Damaged { what: "run", reason: "a timer names it and it is not there".into() };
            let run = snapshot.record::<Run>(runs, &row)?.ok_or_else(missing);
            let run = snapshot.noted(Fixed::Timers.into(), &row, run)?;
            let of = key::pair(workspace, run.capture.as_bytes());
            let mut known = claims.iter().rev().map(|claim| &claim.capture);
            let same = |known: &&Arc<Capture>| (known.workspace, known.id) == (workspace, run.capture);
            let capture = match known.find(same) {
                Some(known) => Arc::clone(known),
                None => capture(snapshot, &of, Daily::Captures.at(run.capture.made_at()))?,
            };
            Ok(Claim { capture, run: Some(run), interruptions })
        }
    }
}

fn capture(snapshot: &Snapshot, row: &[u8; 32], captures: crate::tables::Name) -> Result<Arc<Capture>, StoreError> {
    let missing = || StoreError::Damaged { what: "capture", reason: "a run names it and it is not there".into() };
    let capture = snapshot.record::<Capture>(captures, row)?.ok_or_else(missing);
    snapshot.noted(captures, row, capture).map(Arc::new)
}
