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

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use hookbox_model::{Capture, RunId, WorkspaceId};
use hookbox_store::StoreError;

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
            scan_rows_max: config.claim_scan_rows_max.max(1),
            unfinished: 0,
            begun: 0,
        }
    }

    /// Takes a workspace over from the file: its mark, and when it has a run due.
    pub(crate) fn adopt(&mut self, workspace: WorkspaceId, mark: Option<Mark>, due: Option<(u64, RunId)>) {
        let backlog = self.backlogs.entry(workspace).or_default();
        if let Some(mark) = mark {
            backlog.adopt(mark);
            self.unfinished += mark.unfinished;
        }
        self.call(workspace);
        if let Some(timer) = due {
            self.expect(workspace, timer);
        }
    }

    /// How often runs were interrupted, from the file.
    pub(crate) fn adopt_interruptions(&mut self, counts: impl Iterator<Item = (RunKey, u32)>) {
        self.recovery.adopt(counts);
    }

    /// Holds back the runs that may have been under way at an unclean stop: the first `claimed_max` of each workspace,
    /// because claims go in order. They are counted before they are handed out.
    pub(crate) fn suspect(&mut self, now_ms: u64, snapshot: &Snapshot) -> Result<(), StoreError> {
        let workspaces: BTreeSet<WorkspaceId> = self.backlogs.keys().copied().collect();
        for workspace in workspaces {
            let mut left = self.claimed_max;
            while left > 0 {
                match self.next_of(workspace, now_ms, snapshot)? {
                    Next::Pick(pick) => {
                        let lane = self.out.remove(&pick.key);
                        self.recovery.suspect(pick.key, lane == Some(Lane::Fresh));
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
                    self.ring.push_back(workspace);
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
            self.out.insert(pick.key, if suspect.fresh { Lane::Fresh } else { Lane::Due });
            self.begun += u64::from(suspect.fresh);
        }
        taken.into_iter().map(|(_, pick, counted)| (pick, counted)).collect()
    }

    /// Takes a claimed run back; it is handed out again.
    pub(crate) fn give_back(&mut self, key: RunKey) {
        let Some(lane) = self.out.remove(&key) else { return };
        let fresh = lane == Lane::Fresh;
        self.begun = self.begun.saturating_sub(u64::from(fresh));
        if self.recovery.give_back(key, fresh) {
            return;
        }
        if fresh {
            self.backlogs.entry(key.0).or_default().give_back(key.1.retyped());
            self.call(key.0);
        } else {
            self.expect(key.0, (0, RunId::from_bytes([0; 16])));
        }
    }

    /// Forgets a claimed run whose records cannot be read: it can never be run.
    pub(crate) fn abandon(&mut self, key: RunKey) {
        let lane = self.out.remove(&key);
        self.recovery.end(key);
        if lane == Some(Lane::Fresh) {
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

    /// Where captures of this or an earlier day are still unfinished, if anywhere.
    pub(crate) fn unfinished_until(&self, day: u32) -> Option<WorkspaceId> {
        let holds = |backlog: &Backlog| backlog.oldest().is_some_and(|oldest| oldest.made_at().day() <= day);
        self.backlogs.iter().find(|(_, backlog)| holds(backlog)).map(|(workspace, _)| *workspace)
    }

    fn captured(&mut self, capture: Arc<Capture>) {
        self.unfinished += 1;
        let workspace = capture.workspace;
        let backlog = self.backlogs.entry(workspace).or_default();
        let bytes = capture.body.raw().len();
        if backlog.captured(capture, self.kept.has_room(bytes)) {
            self.kept.add(bytes);
        }
        self.call(workspace);
    }

    fn brought(&mut self, brought: &Brought) -> bool {
        let (workspace, run) = brought.key;
        let was_full = self.out.len() >= self.claimed_max;
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
            Standing::Due(due) => self.expect(workspace, (due, run)),
            Standing::Final => self.recovery.forget(brought.key),
        }
        work |= brought.standing != Standing::Final;
        work |= self.recovery.end(brought.key);
        work |= self.out.remove(&brought.key).is_some() && was_full;
        work
    }

    /// Gives the workspace its turn.
    fn call(&mut self, workspace: WorkspaceId) {
        let backlog = self.backlogs.entry(workspace).or_default();
        if !backlog.in_ring {
            backlog.in_ring = true;
            self.ring.push_back(workspace);
        }
    }

    /// Makes sure that the timer is looked for when it is due.
    fn expect(&mut self, workspace: WorkspaceId, timer: (u64, RunId)) {
        let backlog = self.backlogs.entry(workspace).or_default();
        if backlog.next_timer.is_some_and(|known| known <= timer) {
            return;
        }
        if let Some((due, _)) = backlog.next_timer.replace(timer) {
            self.alarms.remove(&(due, workspace));
        }
        self.alarms.insert((timer.0, workspace));
    }

    fn wake(&mut self, now_ms: u64) {
        let due: Vec<WorkspaceId> =
            self.alarms.range(..=(now_ms, WorkspaceId::from_bytes([0xff; 16]))).map(|(_, of)| *of).collect();
        due.into_iter().for_each(|workspace| self.call(workspace));
    }

    /// The next run of one workspace: one that is due, else the oldest capture.
    fn next_of(&mut self, workspace: WorkspaceId, now_ms: u64, snapshot: &Snapshot) -> Result<Next, StoreError> {
        let Some(backlog) = self.backlogs.get_mut(&workspace) else { return Ok(Next::Nothing) };
        if let Some(from) = backlog.next_timer.filter(|(due, _)| *due <= now_ms) {
            let (out, recovery) = (&self.out, &self.recovery);
            let taken = |run: RunId| out.contains_key(&(workspace, run)) || recovery.holds((workspace, run));
            let found = backlog::timer_from(snapshot, workspace, from, now_ms, taken)?;
            self.alarms.remove(&(from.0, workspace));
            backlog.next_timer = found.next;
            self.alarms.extend(found.next.map(|(due, _)| (due, workspace)));
            if let Some(run) = found.run {
                let key = (workspace, run);
                self.out.insert(key, Lane::Due);
                let interruptions = self.recovery.count(key);
                return Ok(Next::Pick(Pick { key, source: Source::Committed, interruptions }));
            }
        }
        if backlog.is_window_empty() && backlog.cursor.is_some() {
            backlog.refill(snapshot, workspace, self.scan_rows_max)?;
            if backlog.is_window_empty() && backlog.cursor.is_some() {
                return Ok(Next::Later);
            }
            self.unfinished = self.unfinished.saturating_add_signed(backlog.recount());
        }
        let Some((capture, kept)) = backlog.claim() else { return Ok(Next::Nothing) };
        if let Some(capture) = &kept {
            self.kept.remove(capture.body.raw().len());
        }
        let key = (workspace, capture.retyped());
        self.out.insert(key, Lane::Fresh);
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
