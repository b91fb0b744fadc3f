//! The unfinished captures of one workspace: a window in memory, the rest on disk behind a cursor.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use hookbox_model::{Capture, CaptureId, WorkspaceId};
use hookbox_store::StoreError;

use super::timers::Timers;
use crate::error::unreadable;
use crate::key;
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Name};

/// The low-water mark of a workspace, as the file keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// No capture before this one lacks a committed run.
    pub(crate) oldest: CaptureId,
    /// How many captures lack one.
    pub(crate) unfinished: u64,
}

/// The backlog of one workspace.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// Unfinished, not claimed, before the cursor; with the capture while memory has room for it.
    waiting: BTreeMap<CaptureId, Option<Arc<Capture>>>,
    /// Claimed, or held back for recovery, and without a committed run.
    claimed: BTreeSet<CaptureId>,
    /// From here on captures are only on disk; `None` when there are no more there.
    pub(super) cursor: Option<CaptureId>,
    /// One past the newest capture that was ever seen.
    end: Option<CaptureId>,
    unfinished: u64,
    /// From where to look for runs that are due.
    pub(super) timers: Timers,
    /// The workspace has its turn.
    pub(super) in_ring: bool,
    /// How many of its runs are claimed.
    pub(super) out: usize,
}

impl Backlog {
    /// Begins from the file's mark.
    pub(super) fn adopt(&mut self, mark: Mark) {
        self.cursor = Some(mark.oldest);
        self.end = Some(mark.oldest);
        self.unfinished = mark.unfinished;
    }

    /// The oldest capture that may be unfinished.
    pub(crate) fn oldest(&self) -> Option<CaptureId> {
        let waiting = self.waiting.first_key_value().map(|(id, _)| *id);
        [waiting, self.claimed.first().copied(), self.cursor].into_iter().flatten().min()
    }

    /// What the file shall say: where the next start begins to look, and how many are unfinished.
    pub(crate) fn mark(&self) -> Option<Mark> {
        let oldest = self.oldest().or(self.end)?;
        Some(Mark { oldest, unfinished: self.unfinished })
    }

    /// Learns of a stored capture; says whether it is now kept in memory.
    pub(super) fn captured(&mut self, capture: Arc<Capture>, room: bool) -> bool {
        self.unfinished += 1;
        let id = capture.id;
        self.end = self.end.max(Some(key::next_id(id)));
        match self.cursor {
            // Behind the cursor: it is read when the cursor comes to it.
            Some(cursor) if id >= cursor => false,
            Some(_) | None if room => {
                self.waiting.insert(id, Some(capture));
                true
            }
            // No room. The cursor goes back to it if it must: what was seen before is recognised when it is read again.
            Some(_) | None => {
                self.cursor = Some(id);
                false
            }
        }
    }

    /// Learns that a capture has a committed run; the weight of its body, if it was kept in memory.
    pub(super) fn finished(&mut self, id: CaptureId) -> Option<usize> {
        self.unfinished = self.unfinished.saturating_sub(1);
        self.claimed.remove(&id);
        self.waiting.remove(&id)?.map(|capture| capture.weight())
    }

    /// Claims the oldest capture of the window.
    pub(super) fn claim(&mut self) -> Option<(CaptureId, Option<Arc<Capture>>)> {
        let (id, kept) = self.waiting.pop_first()?;
        self.claimed.insert(id);
        Some((id, kept))
    }

    /// Takes a claimed capture back into the window.
    pub(super) fn give_back(&mut self, id: CaptureId) {
        if self.claimed.remove(&id) {
            self.waiting.insert(id, None);
        }
    }

    /// Lets go of a capture that cannot be read.
    pub(super) fn abandon(&mut self, id: CaptureId) {
        if self.claimed.remove(&id) {
            self.unfinished = self.unfinished.saturating_sub(1);
        }
    }

    /// Whether nothing in the window can be claimed.
    pub(super) fn is_window_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Corrects the count when nothing is left behind the cursor; by how much.
    pub(super) fn recount(&mut self) -> i64 {
        if self.cursor.is_some() {
            return 0;
        }
        let (counted, found) = (self.unfinished, (self.waiting.len() + self.claimed.len()) as u64);
        self.unfinished = found;
        found.cast_signed().wrapping_sub(counted.cast_signed())
    }

    /// Reads on from the cursor through up to `rows_max` captures, taking the unfinished ones into the window.
    pub(super) fn refill(
        &mut self,
        snapshot: &Snapshot,
        workspace: WorkspaceId,
        rows_max: usize,
    ) -> Result<(), StoreError> {
        let Some(cursor) = self.cursor else { return Ok(()) };
        let mut rows_left = rows_max;
        for day in snapshot.days().range(cursor.made_at().day()..) {
            let name = Name::Daily(Daily::Captures, *day);
            let Some(captures) = snapshot.table(name)? else { continue };
            let runs = snapshot.table(Name::Daily(Daily::Runs, *day))?;
            let start = Bound::Included(key::pair(workspace, cursor.as_bytes()).to_vec());
            for row in crate::paging::range(&captures, &start, workspace.as_bytes())? {
                let (key, _) = row.map_err(unreadable)?;
                let id = CaptureId::from_bytes(key::id_at(key.value(), key::ID));
                if rows_left == 0 {
                    self.cursor = Some(id);
                    return Ok(());
                }
                rows_left -= 1;
                self.end = self.end.max(Some(key::next_id(id)));
                let has_run = match &runs {
                    Some(runs) => runs.get(key.value()).map_err(unreadable)?.is_some(),
                    None => false,
                };
                let known = self.waiting.contains_key(&id) || self.claimed.contains(&id);
                if !has_run && !known && !snapshot.is_damaged(name, key.value()) {
                    self.waiting.insert(id, None);
                }
            }
        }
        self.cursor = None;
        Ok(())
    }
}
