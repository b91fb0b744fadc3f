//! Runs that may have been under way when a host ended uncleanly.
//!
//! Each is counted on disk before it is handed out, few at a time; one that was counted before goes alone and some time after
//! the start, so that the one that kills its host is found and its neighbours are not blamed. What was captured after them
//! waits for those that do not go alone, so that no run overtakes an earlier one of its contact. The limit itself is the
//! runner's business.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use hookbox_model::WorkspaceId;

use super::pick::{Counted, Pick, Source};
use crate::batch::RunKey;
use crate::config::Config;

/// The delay doubles no further: at the default it is 17 minutes then.
const DOUBLINGS_MAX: u32 = 10;

/// The runs to be recovered and the counts of all runs.
#[derive(Debug)]
pub(super) struct Recovery {
    suspects: VecDeque<Suspect>,
    held: HashSet<RunKey>,
    /// Handed out, and whether its count is on disk.
    in_flight: HashMap<RunKey, bool>,
    alone: bool,
    counts: HashMap<RunKey, u32>,
    in_flight_max: usize,
    alone_from: u32,
    alone_delay_ms: u64,
    opened: Instant,
}

/// A run that may have been under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspect {
    key: RunKey,
    /// It was never committed.
    pub(super) fresh: bool,
    /// It was counted since this start.
    counted: bool,
}

impl Recovery {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            suspects: VecDeque::new(),
            held: HashSet::new(),
            in_flight: HashMap::new(),
            alone: false,
            counts: HashMap::new(),
            in_flight_max: config.recovered_in_flight_max.max(1),
            alone_from: config.alone_from_interruptions,
            alone_delay_ms: config.alone_delay_ms,
            opened: Instant::now(),
        }
    }

    /// Learns counts that are on disk.
    pub(super) fn adopt(&mut self, counts: impl Iterator<Item = (RunKey, u32)>) {
        for (key, count) in counts {
            self.counts.insert(key, count);
            if let Some(counted) = self.in_flight.get_mut(&key) {
                *counted = true;
            }
        }
    }

    /// How often a run was interrupted.
    pub(super) fn count(&self, key: RunKey) -> u32 {
        if self.counts.is_empty() { 0 } else { self.counts.get(&key).copied().unwrap_or(0) }
    }

    /// Holds a run back.
    pub(super) fn suspect(&mut self, key: RunKey, fresh: bool) {
        self.held.insert(key);
        self.suspects.push_back(Suspect { key, fresh, counted: false });
    }

    /// Puts those first that were interrupted least: they are done before one that kills its host has its turn.
    pub(super) fn least_interrupted_first(&mut self) {
        let counts = &self.counts;
        let count = |suspect: &Suspect| counts.get(&suspect.key).copied().unwrap_or(0);
        self.suspects.make_contiguous().sort_by_key(count);
    }

    /// Whether a run is held back.
    pub(super) fn holds(&self, key: RunKey) -> bool {
        !self.held.is_empty() && self.held.contains(&key)
    }

    /// Whether what was captured in a workspace since waits for runs of it that are held back: it would overtake them. Nobody
    /// waits for those that must go alone.
    pub(super) fn comes_first(&self, workspace: WorkspaceId) -> bool {
        let mut ordinary = self.suspects.iter().take_while(|suspect| !self.must_be_alone(suspect));
        ordinary.any(|suspect| suspect.key.0 == workspace && self.holds(suspect.key))
    }

    /// Whether one may be handed out now.
    pub(super) fn may_take(&self) -> bool {
        let Some(next) = self.suspects.front() else { return false };
        !self.alone
            && self.in_flight.len() < self.in_flight_max
            && (self.in_flight.is_empty() || !self.must_be_alone(next))
            && self.opened.elapsed() >= self.delay(next)
    }

    /// How long after the start a run may be handed out.
    fn delay(&self, suspect: &Suspect) -> Duration {
        if !self.must_be_alone(suspect) {
            return Duration::ZERO;
        }
        let doublings = (self.after(suspect) - self.alone_from).min(DOUBLINGS_MAX);
        Duration::from_millis(self.alone_delay_ms.saturating_mul(1 << doublings))
    }

    /// The next ones to hand out.
    pub(super) fn take(&mut self, limit: usize) -> Vec<(Suspect, Pick, Counted)> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            while self.suspects.front().is_some_and(|suspect| !self.held.contains(&suspect.key)) {
                // It was brought on without being claimed.
                self.suspects.pop_front();
            }
            if !self.may_take() {
                break;
            }
            let Some(suspect) = self.suspects.pop_front() else { break };
            self.alone = self.must_be_alone(&suspect);
            let counted = if suspect.counted { Counted::Already } else { Counted::Write(self.count(suspect.key) + 1) };
            let interruptions = self.after(&suspect);
            self.held.remove(&suspect.key);
            self.in_flight.insert(suspect.key, suspect.counted);
            let source = if suspect.fresh { Source::Disk } else { Source::Committed };
            taken.push((suspect, Pick { key: suspect.key, source, interruptions }, counted));
        }
        taken
    }

    /// Takes a recovered run back, to be handed out last: one that cannot be read must not hold up the others. Says whether it
    /// was one.
    pub(super) fn give_back(&mut self, key: RunKey, fresh: bool) -> bool {
        let Some(counted) = self.in_flight.get(&key).copied() else { return false };
        self.end(key);
        self.held.insert(key);
        self.suspects.push_back(Suspect { key, fresh, counted });
        true
    }

    /// A run is no longer to be recovered, or a recovered one no longer under way; says whether it was.
    pub(super) fn end(&mut self, key: RunKey) -> bool {
        if self.held.is_empty() && self.in_flight.is_empty() {
            return false;
        }
        let was_held = self.held.remove(&key);
        let was_out = self.in_flight.remove(&key).is_some();
        if was_out {
            self.alone = false;
        }
        was_held || was_out
    }

    /// A run is final, or waits again: its count is of no more use.
    pub(super) fn forget(&mut self, key: RunKey) {
        if !self.counts.is_empty() {
            self.counts.remove(&key);
        }
    }

    fn after(&self, suspect: &Suspect) -> u32 {
        self.count(suspect.key) + u32::from(!suspect.counted)
    }

    fn must_be_alone(&self, suspect: &Suspect) -> bool {
        self.after(suspect) >= self.alone_from
    }
}
