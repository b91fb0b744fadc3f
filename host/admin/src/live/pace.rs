//! How fast one who looks on is told: each run once however often it changed meanwhile, so many a second, and of what is beyond
//! that only how much it was. The moment comes with each call.

use std::collections::VecDeque;
use std::time::Duration;

use hookbox_model::RunId;
use tokio::time::Instant;

/// What is to be told, and when.
pub(super) struct Pace {
    per_second: usize,
    /// When the second began in which so many were told.
    second: Instant,
    told: usize,
    /// Oldest first, each once; at most as many as a second takes.
    waiting: VecDeque<RunId>,
    skipped: u64,
    /// When it was last told that some were skipped.
    skipped_at: Option<Instant>,
}

const SECOND: Duration = Duration::from_secs(1);

impl Pace {
    /// Nothing is to be told.
    pub(super) fn new(per_second: usize, now: Instant) -> Self {
        let waiting = VecDeque::new();
        Self { per_second: per_second.max(1), second: now, told: 0, waiting, skipped: 0, skipped_at: None }
    }

    /// A run changed. It is told as it is when its turn comes; when too many wait, the oldest is not told.
    pub(super) fn add(&mut self, run: RunId) {
        if self.waiting.contains(&run) {
            return;
        }
        if self.waiting.len() >= self.per_second {
            self.waiting.pop_front();
            self.skip(1);
        }
        self.waiting.push_back(run);
    }

    /// So many changes cannot be told.
    pub(super) fn skip(&mut self, count: u64) {
        self.skipped = self.skipped.saturating_add(count);
    }

    /// The run whose turn it is.
    pub(super) fn take(&mut self, now: Instant) -> Option<RunId> {
        if now >= self.second + SECOND {
            (self.second, self.told) = (now, 0);
        }
        if self.told >= self.per_second {
            return None;
        }
        let run = self.waiting.pop_front()?;
        self.told += 1;
        Some(run)
    }

    /// How many were not told since it was last told, once a second at most.
    pub(super) fn skipped(&mut self, now: Instant) -> Option<u64> {
        if self.skipped == 0 || self.skipped_at.is_some_and(|told_at| now < told_at + SECOND) {
            return None;
        }
        self.skipped_at = Some(now);
        Some(std::mem::take(&mut self.skipped))
    }

    /// When there is something to tell that has to wait; nothing when nothing waits.
    pub(super) fn turn(&self) -> Option<Instant> {
        let run = (!self.waiting.is_empty()).then_some(self.second + SECOND);
        let skipped = self.skipped_at.filter(|_| self.skipped > 0).map(|told_at| told_at + SECOND);
        [run, skipped].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hookbox_model::RunId;
    use tokio::time::Instant;

    use super::Pace;

    fn run(number: u128) -> RunId {
        RunId::from_bytes(number.to_be_bytes())
    }

    fn taken(pace: &mut Pace, now: Instant) -> Vec<RunId> {
        std::iter::from_fn(|| pace.take(now)).collect()
    }

    #[test]
    fn a_run_that_changes_often_is_told_once_and_at_once() {
        let now = Instant::now();
        let mut pace = Pace::new(20, now);
        assert_eq!((pace.take(now), pace.turn(), pace.skipped(now)), (None, None, None));
        [1, 2, 1, 1, 2].into_iter().for_each(|number| pace.add(run(number)));
        assert_eq!(taken(&mut pace, now), [run(1), run(2)]);
        pace.add(run(1));
        assert_eq!(taken(&mut pace, now), [run(1)], "it changed again after it was told");
        assert_eq!(pace.skipped(now), None);
    }

    #[test]
    fn no_more_than_so_many_are_told_in_a_second_and_the_rest_is_counted() {
        let now = Instant::now();
        let later = |millis| now + Duration::from_millis(millis);
        let mut pace = Pace::new(2, now);
        (1..=2).for_each(|number| pace.add(run(number)));
        assert_eq!(taken(&mut pace, now), [run(1), run(2)]);
        (3..=7).for_each(|number| pace.add(run(number)));
        assert_eq!(taken(&mut pace, later(999)), []);
        assert_eq!(pace.skipped(later(999)), Some(3), "the oldest that waited");
        assert_eq!(pace.turn(), Some(later(1_000)));
        assert_eq!(taken(&mut pace, later(1_000)), [run(6), run(7)]);
        assert_eq!(pace.turn(), None);
        pace.skip(9);
        assert_eq!(pace.skipped(later(1_500)), None, "once a second is enough");
        assert_eq!(pace.turn(), Some(later(1_999)));
        assert_eq!(pace.skipped(later(1_999)), Some(9));
    }
}
