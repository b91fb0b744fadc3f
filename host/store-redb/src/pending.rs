//! What waits to be run, in memory: small, and rebuilt from the file at every start.
//!
//! The capture log is the queue. Of each workspace memory holds a window of its unfinished captures (with the capture
//! itself while there is room) and a cursor into the log, from which the rest is read in pages. Everything before the
//! cursor is finished, in the window or claimed; so the smallest of these three is the low-water mark that the next start
//! begins from. Runs that were committed and are not final have a row in `timers`; memory holds only where to look next.
//!
//! The writer reports each commit under the same lock that publishes its snapshot, so a claim never sees one without the
//! other. Called by the writer and by `runs.rs`.

mod backlog;
mod pick;
mod recovery;
mod timers;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use hookbox_model::{Capture, RunId, WorkspaceId};
use hookbox_store::{Obstacle, StoreError};

use crate::batch::{Brought, News, RunKey, Standing};
use crate::config::Config;
use crate::snapshot::{Snapshot, guarded};

pub(crate) use backlog::{Backlog, Mark};
pub(crate) use pick::{Counted, Pick, Source};
use recovery::Recovery;

/// The queue in memory.
pub(crate) struct Pending {
    backlogs: HashMap<WorkspaceId, Backlog>,
    /// Workspaces that may have something to claim, in the order of their turns.
    ring: VecDeque<WorkspaceId>,
    /// When each workspace has a run due next, in milliseconds.
    alarms: BTreeSet<(u64, WorkspaceId)>,
    /// Claimed and neither brought on nor released.
    out: HashMap<RunKey, Lane>,
    recovery: Recovery,
    kept: Kept,
    claimed_max: usize,
    /// The share of one workspace in `claimed_max`. One that has it all is not in the ring and has no alarm until one of its
    /// runs ends: nobody is woken for it.
    share_max: usize,
    scan_rows_max: usize,
    /// Captures without a committed run, in all workspaces.
    unfinished: u64,
    /// Of those, the claimed ones.
    begun: u64,
}

/// How a claimed run was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// It never began before.
    Fresh,
    /// It was committed before.
    Due,
}

/// A claim that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    lane: Lane,
    /// Something may be claimed that could not be before.
    makes_room: bool,
}

/// How much of the captures' bodies is in memory.
#[derive(Debug, Clone, Copy)]
struct Kept {
    captures: usize,
    bytes: usize,
    captures_max: usize,
    bytes_max: usize,
}

impl Pending {
    /// An empty queue.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            backlogs: HashMap::new(),
            ring: VecDeque::new(),
            alarms: BTreeSet::new(),
            out: HashMap::new(),
            recovery: Recovery::new(config),
            kept: Kept {
                captures: 0,
                bytes: 0,
                captures_max: config.memory_queue_captures_max,
                bytes_max: config.memory_queue_bytes_max,
            },
            claimed_max: config.claimed_max.max(1),
            share_max: config.claimed_workspace_max.max(1),
            scan_rows_max: config.claim_scan_rows_max.max(1),
            unfinished: 0,
            begun: 0,
        }
    }

    /// Takes a workspace over from the file: its mark, and whether it has runs that are due at some time.
    pub(crate) fn adopt(&mut self, workspace: WorkspaceId, mark: Option<Mark>, has_timers: bool) {
        let backlog = self.backlogs.entry(workspace).or_default();
        if let Some(mark) = mark {
            backlog.adopt(mark);
            self.unfinished += mark.unfinished;
        }
        self.call(workspace);
        if has_timers {
            self.expect_any(workspace);
        }
    }

    /// How often runs were interrupted, from the file.
    pub(crate) fn adopt_interruptions(&mut self, counts: impl Iterator<Item = (RunKey, u32)>) {
        self.recovery.adopt(counts);
    }

    /// Holds back the runs that may have been under way at an unclean stop: of each workspace the first `claimed_max` that are
    /// due and the first `claimed_max` captures, because claims of each kind go in order. They are counted before they are
    /// handed out.
    pub(crate) fn suspect(&mut self, now_ms: u64, snapshot: &Snapshot) -> Result<(), StoreError> {
        let workspaces: BTreeSet<WorkspaceId> = self.backlogs.keys().copied().collect();
        for workspace in workspaces {
            for _ in 0..self.claimed_max {
                let Some(pick) = self.next_due_of(workspace, now_ms, snapshot)? else { break };
                self.end_claim(pick.key);
                self.recovery.suspect(pick.key, false);
            }
            let mut left = self.claimed_max;
            while left > 0 {
                match self.next_fresh_of(workspace, snapshot)? {
                    Next::Pick(pick) => {
                        self.end_claim(pick.key);
                        self.recovery.suspect(pick.key, true);
                        left -= 1;
                    }
                    Next::Later => {}
                    Next::Nothing => break,
                }
            }
        }
        self.begun = 0;
        self.recovery.least_interrupted_first();
        Ok(())
    }

    /// Learns what a commit did. Says whether there may be something new to claim.
    pub(crate) fn learn(&mut self, news: Vec<News>) -> bool {
        let mut work = false;
        for item in news {
            match item {
                News::Captured(capture) => {
                    self.captured(capture);
                    work = true;
                }
                News::Brought(brought) => work |= self.brought(&brought),
                News::Counted(counts) => self.recovery.adopt(counts.into_iter()),
            }
        }
        work
    }

    /// Hands out up to `limit` runs, a workspace at a time in turn.
    pub(crate) fn take(&mut self, limit: usize, now_ms: u64, snapshot: &Snapshot) -> Result<Vec<Pick>, StoreError> {
        self.wake(now_ms);
        let limit = limit.min(self.claimed_max.saturating_sub(self.out.len()));
        let (mut picks, mut later) = (Vec::with_capacity(limit.min(64)), Vec::new());
        while picks.len() < limit {
            let Some(workspace) = self.ring.pop_front() else { break };
            match guarded(|| self.next_of(workspace, now_ms, snapshot)) {
                Ok(Next::Pick(pick)) => {
                    self.turn_ended(workspace);
                    picks.push(pick);
                }
                Ok(Next::Later) => later.push(workspace),
                Ok(Next::Nothing) => self.backlogs.entry(workspace).or_default().in_ring = false,
                Err(error) => {
                    self.ring.push_back(workspace);
                    self.ring.extend(later);
                    picks.iter().for_each(|pick| self.give_back(pick.key));
                    return Err(error);
                }
            }
        }
        self.ring.extend(later);
        Ok(picks)
    }

    /// Hands out runs that may have been interrupted, as few at a time as the configuration says; each with the count to
    /// write first, if one must be.
    pub(crate) fn take_suspects(&mut self, limit: usize) -> Vec<(Pick, Counted)> {
        let limit = limit.min(self.claimed_max.saturating_sub(self.out.len()));
        let taken = self.recovery.take(limit);
        for (suspect, pick, _) in &taken {
            self.begin_claim(pick.key, if suspect.fresh { Lane::Fresh } else { Lane::Due });
            self.begun += u64::from(suspect.fresh);
            // What was captured after it may be next.
            self.call(pick.key.0);
        }
        taken.into_iter().map(|(_, pick, counted)| (pick, counted)).collect()
    }

    /// Takes a claimed run back; it is handed out again.
    pub(crate) fn give_back(&mut self, key: RunKey) {
        let Some(Ended { lane, .. }) = self.end_claim(key) else { return };
        let fresh = lane == Lane::Fresh;
        self.begun = self.begun.saturating_sub(u64::from(fresh));
        if self.recovery.give_back(key, fresh) {
            return;
        }
        if fresh {
            self.backlogs.entry(key.0).or_default().give_back(key.1.retyped());
            self.call(key.0);
        } else {
            self.expect_any(key.0);
        }
    }

    /// Forgets a claimed run whose records cannot be read: it can never be run.
    pub(crate) fn abandon(&mut self, key: RunKey) {
        let ended = self.end_claim(key);
        self.recovery_ended(key);
        if ended.is_some_and(|ended| ended.lane == Lane::Fresh) {
            self.begun = self.begun.saturating_sub(1);
            self.unfinished = self.unfinished.saturating_sub(1);
            self.backlogs.entry(key.0).or_default().abandon(key.1.retyped());
        }
    }

    /// Whether a claim may get something now.
    pub(crate) fn has_work(&self, now_ms: u64) -> bool {
        self.out.len() < self.claimed_max
            && (!self.ring.is_empty()
                || self.alarms.first().is_some_and(|(due, _)| *due <= now_ms)
                || self.recovery.may_take())
    }

    /// When the next run is due, in milliseconds.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.alarms.first().map(|(due, _)| *due)
    }

    /// Whether this run is claimed.
    pub(crate) fn is_out(&self, key: RunKey) -> bool {
        self.out.contains_key(&key)
    }

    /// How many captures wait for their first claim.
    pub(crate) fn depth(&self) -> u64 {
        self.unfinished.saturating_sub(self.begun)
    }

    /// The backlog of a workspace, for its mark.
    pub(crate) fn backlog(&self, workspace: WorkspaceId) -> Option<&Backlog> {
        self.backlogs.get(&workspace)
    }

    /// The oldest capture that may be unfinished, by its first run.
    pub(crate) fn first_unfinished(&self) -> Option<Obstacle> {
        let oldest = self.backlogs.iter().filter_map(|(workspace, backlog)| {
            let capture = backlog.oldest()?;
            Some(Obstacle { day: capture.made_at().day(), workspace: *workspace, run: capture.retyped() })
        });
        oldest.min()
    }

    fn captured(&mut self, capture: Arc<Capture>) {
        self.unfinished += 1;
        let workspace = capture.workspace;
        let backlog = self.backlogs.entry(workspace).or_default();
        let bytes = capture.weight();
        if backlog.captured(capture, self.kept.has_room(bytes)) {
            self.kept.add(bytes);
        }
        self.call(workspace);
    }

    fn brought(&mut self, brought: &Brought) -> bool {
        let (workspace, run) = brought.key;
        let mut work = false;
        if let Some(capture) = brought.finishes {
            self.unfinished = self.unfinished.saturating_sub(1);
            if let Some(bytes) = self.backlogs.entry(workspace).or_default().finished(capture) {
                self.kept.remove(bytes);
            }
            if let Some(lane @ Lane::Fresh) = self.out.get_mut(&brought.key) {
                *lane = Lane::Due;
                self.begun = self.begun.saturating_sub(1);
            }
        }
        match brought.standing {
            Standing::Held if self.out.contains_key(&brought.key) => return false,
            Standing::Held => self.expect(workspace, (0, run)),
            Standing::Due(due) => {
                self.expect(workspace, (due, run));
                self.recovery.forget(brought.key);
            }
            Standing::Parked => {}
            Standing::Final => self.recovery.forget(brought.key),
        }
        work |= matches!(brought.standing, Standing::Held | Standing::Due(_));
        work |= self.recovery_ended(brought.key);
        work |= self.end_claim(brought.key).is_some_and(|ended| ended.makes_room);
        work
    }

    /// A run that was recovered is no longer under way; says whether it was one. What was captured after it may be claimed now.
    fn recovery_ended(&mut self, key: RunKey) -> bool {
        let was = self.recovery.end(key);
        if was {
            self.call(key.0);
        }
        was
    }

    /// A run is claimed. A workspace that has its share now is woken for nothing more.
    fn begin_claim(&mut self, key: RunKey, lane: Lane) {
        self.out.insert(key, lane);
        let backlog = self.backlogs.entry(key.0).or_default();
        backlog.out += 1;
        if backlog.out >= self.share_max
            && let Some(due) = backlog.timers.first()
        {
            self.alarms.remove(&(due, key.0));
        }
    }

    /// A run is claimed no more. A workspace that had its share has its turn and its alarm again.
    fn end_claim(&mut self, key: RunKey) -> Option<Ended> {
        let was_full = self.out.len() >= self.claimed_max;
        let lane = self.out.remove(&key)?;
        let backlog = self.backlogs.entry(key.0).or_default();
        let had_share = backlog.out == self.share_max;
        backlog.out = backlog.out.saturating_sub(1);
        if had_share {
            self.alarms.extend(backlog.timers.first().map(|due| (due, key.0)));
            self.call(key.0);
        }
        Some(Ended { lane, makes_room: was_full || had_share })
    }

    /// Puts a workspace that was served at the end of the ring, unless it has its share now.
    fn turn_ended(&mut self, workspace: WorkspaceId) {
        let backlog = self.backlogs.entry(workspace).or_default();
        backlog.in_ring = backlog.out < self.share_max;
        if backlog.in_ring {
            self.ring.push_back(workspace);
        }
    }

    /// Gives the workspace its turn, unless it has its share: then it is called when one of its runs ends.
    fn call(&mut self, workspace: WorkspaceId) {
        let backlog = self.backlogs.entry(workspace).or_default();
        if !backlog.in_ring && backlog.out < self.share_max {
            backlog.in_ring = true;
            self.ring.push_back(workspace);
        }
    }

    /// Makes sure that every timer of a workspace is looked at.
    fn expect_any(&mut self, workspace: WorkspaceId) {
        [0, 1].into_iter().for_each(|due_ms| self.expect(workspace, (due_ms, RunId::from_bytes([0; 16]))));
    }

    /// Makes sure that the timer is looked for when it is due.
    fn expect(&mut self, workspace: WorkspaceId, timer: (u64, RunId)) {
        let backlog = self.backlogs.entry(workspace).or_default();
        let before = backlog.timers.first();
        backlog.timers.expect(timer);
        let after = backlog.timers.first();
        if before != after {
            before.map(|due| self.alarms.remove(&(due, workspace)));
            self.alarms.extend(after.filter(|_| backlog.out < self.share_max).map(|due| (due, workspace)));
        }
    }

    fn wake(&mut self, now_ms: u64) {
        let due: Vec<WorkspaceId> =
            self.alarms.range(..=(now_ms, WorkspaceId::from_bytes([0xff; 16]))).map(|(_, of)| *of).collect();
        due.into_iter().for_each(|workspace| self.call(workspace));
    }

    /// The next run of one workspace: one that is due, else the oldest capture; nothing when it has its share.
    fn next_of(&mut self, workspace: WorkspaceId, now_ms: u64, snapshot: &Snapshot) -> Result<Next, StoreError> {
        if self.backlogs.get(&workspace).is_none_or(|backlog| backlog.out >= self.share_max) {
            return Ok(Next::Nothing);
        }
        match self.next_due_of(workspace, now_ms, snapshot)? {
            Some(pick) => Ok(Next::Pick(pick)),
            // It is called when the next of them is handed out, or ends.
            None if self.recovery.comes_first(workspace) => Ok(Next::Nothing),
            None => self.next_fresh_of(workspace, snapshot),
        }
    }

    /// Claims the run of one workspace that is due first.
    fn next_due_of(
        &mut self,
        workspace: WorkspaceId,
        now_ms: u64,
        snapshot: &Snapshot,
    ) -> Result<Option<Pick>, StoreError> {
        let Some(backlog) = self.backlogs.get_mut(&workspace) else { return Ok(None) };
        let Some(before) = backlog.timers.first().filter(|due| *due <= now_ms) else { return Ok(None) };
        let (out, recovery) = (&self.out, &self.recovery);
        let taken = |run: RunId| out.contains_key(&(workspace, run)) || recovery.holds((workspace, run));
        let found = backlog.timers.next(snapshot, workspace, now_ms, taken)?;
        self.alarms.remove(&(before, workspace));
        self.alarms.extend(backlog.timers.first().map(|due| (due, workspace)));
        let Some(run) = found else { return Ok(None) };
        let key = (workspace, run);
        self.begin_claim(key, Lane::Due);
        Ok(Some(Pick { key, source: Source::Committed, interruptions: self.recovery.count(key) }))
    }

    /// Claims the oldest capture of one workspace.
    fn next_fresh_of(&mut self, workspace: WorkspaceId, snapshot: &Snapshot) -> Result<Next, StoreError> {
        let Some(backlog) = self.backlogs.get_mut(&workspace) else { return Ok(Next::Nothing) };
        if backlog.is_window_empty() && backlog.cursor.is_some() {
            backlog.refill(snapshot, workspace, self.scan_rows_max)?;
            if backlog.is_window_empty() && backlog.cursor.is_some() {
                return Ok(Next::Later);
            }
            self.unfinished = self.unfinished.saturating_add_signed(backlog.recount());
        }
        let Some((capture, kept)) = backlog.claim() else { return Ok(Next::Nothing) };
        if let Some(capture) = &kept {
            self.kept.remove(capture.weight());
        }
        let key = (workspace, capture.retyped());
        self.begin_claim(key, Lane::Fresh);
        self.begun += 1;
        let source = kept.map_or(Source::Disk, Source::Memory);
        Ok(Next::Pick(Pick { key, source, interruptions: self.recovery.count(key) }))
    }
}

/// What a workspace's turn gave.
enum Next {
    /// This run.
    Pick(Pick),
    /// Nothing yet; there may be more on disk.
    Later,
    /// Nothing.
    Nothing,
}

impl Kept {
    fn has_room(&self, bytes: usize) -> bool {
        self.captures < self.captures_max && self.bytes.saturating_add(bytes) <= self.bytes_max
    }

    fn add(&mut self, bytes: usize) {
        self.captures += 1;
        self.bytes += bytes;
    }

    fn remove(&mut self, bytes: usize) {
        self.captures = self.captures.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}
