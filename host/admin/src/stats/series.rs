//! Counts added up over time: each step of a chart, and what stands out in all of them. No store, no clock.

use std::collections::HashMap;

use hookbox_model::{AutomationId, CallCounts, Counted, RunCounts, StatsRow, StatsSpan, Times, Timestamp};

/// A time cut into steps, each a minute or an hour, up to and with the one that is not over yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// How long a step is.
    pub(super) span: StatsSpan,
    /// How many there are.
    pub(super) steps: usize,
    /// When the first began.
    pub(super) from: Timestamp,
    /// When the last ends.
    pub(super) to: Timestamp,
}

impl Window {
    /// The last `steps` minutes or hours, with the one that is now.
    pub(super) fn up_to(now: Timestamp, span: StatsSpan, steps: usize) -> Self {
        let to = span.of(now).plus_millis(span.millis());
        let millis = span.millis().saturating_mul(steps as u64);
        Self { span, steps, from: Timestamp::from_millis(to.as_millis().saturating_sub(millis)), to }
    }

    /// The step that begins at `at`, if it is one of these.
    pub(super) fn step(&self, at: Timestamp) -> Option<usize> {
        let step = usize::try_from(at.as_millis().checked_sub(self.from.as_millis())? / self.span.millis()).ok()?;
        (step < self.steps).then_some(step)
    }
}

/// What happened in each step of a window, and in all of them together.
pub(super) struct Series {
    window: Window,
    /// Of each step.
    pub(super) steps: Vec<Step>,
    /// Failed runs by automation and code.
    pub(super) failures: HashMap<(AutomationId, String), u64>,
    /// Calls by the plugin's name.
    pub(super) calls: HashMap<String, CallCounts>,
}

/// What happened in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Step {
    /// Captures.
    pub(super) captures: u64,
    /// Runs that succeeded.
    pub(super) succeeded: u64,
    /// Runs that failed.
    pub(super) failed: u64,
    /// How long the runs took that succeeded or failed, in milliseconds.
    pub(super) took_ms: Times,
    /// The most that waited whenever it was looked at; nothing when it never was.
    pub(super) waiting_max: Option<u64>,
}

impl Step {
    /// Adds what was counted of an automation.
    pub(super) fn add(&mut self, counts: &RunCounts) {
        self.captures = self.captures.saturating_add(counts.captures);
        self.succeeded = self.succeeded.saturating_add(counts.succeeded);
        self.failed = self.failed.saturating_add(counts.failed);
        self.took_ms.add(&counts.took_ms);
    }
}

impl Series {
    /// Nothing happened.
    pub(super) fn new(window: Window) -> Self {
        let steps = vec![Step::default(); window.steps];
        Self { window, steps, failures: HashMap::new(), calls: HashMap::new() }
    }

    /// Adds a row, if it is of the window.
    pub(super) fn add(&mut self, row: StatsRow) {
        let Some(step) = self.window.step(row.at).and_then(|step| self.steps.get_mut(step)) else { return };
        match row.counted {
            Counted::Runs(automation, counts) => {
                step.add(&counts);
                for (code, count) in counts.failures.iter() {
                    let failed = self.failures.entry((automation, code.to_owned())).or_default();
                    *failed = failed.saturating_add(count);
                }
            }
            Counted::Calls(plugin, counts) => self.calls.entry(plugin).or_default().add(&counts),
            Counted::Queue(counts) => step.waiting_max = step.waiting_max.max(Some(counts.waiting_max)),
        }
    }

    /// The most frequent failures, most frequent first; up to `limit`.
    pub(super) fn worst(&self, limit: usize) -> Vec<(AutomationId, &str, u64)> {
        let mut worst: Vec<_> =
            self.failures.iter().map(|((automation, code), count)| (*automation, code.as_str(), *count)).collect();
        worst.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| (one.0, one.1).cmp(&(other.0, other.1))));
        worst.truncate(limit);
        worst
    }

    /// The plugins whose calls take longest, slowest first; up to `limit`.
    pub(super) fn slowest(&self, limit: usize) -> Vec<(&str, &CallCounts)> {
        let mut slowest: Vec<_> = self.calls.iter().map(|(name, counts)| (name.as_str(), counts)).collect();
        let time = |counts: &CallCounts| (counts.took_us.percentile(99), counts.max_us);
        slowest.sort_by(|one, other| time(other.1).cmp(&time(one.1)).then_with(|| one.0.cmp(other.0)));
        slowest.truncate(limit);
        slowest
    }

    /// The plugins that were called, those most often called first; up to `limit`.
    pub(super) fn most_called(&self, limit: usize) -> Vec<(&str, &CallCounts)> {
        let mut called: Vec<_> = self.calls.iter().map(|(name, counts)| (name.as_str(), counts)).collect();
        called.sort_by(|one, other| other.1.calls.cmp(&one.1.calls).then_with(|| one.0.cmp(other.0)));
        called.truncate(limit);
        called
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::{AutomationId, CallCounts, Counted, RunCounts, StatsRow, StatsSpan, Timestamp, WorkspaceId};

    use super::{Series, Window};

    const MINUTE: u64 = 60_000;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(1_795_478_400_000 + millis)
    }

    fn failed(automation: u8, code: &str, minute: u64, times: u64) -> StatsRow {
        let mut counts = RunCounts::default();
        for _ in 0..times {
            counts.failed += 1;
            counts.failures.count(code);
            counts.took_ms.count(100);
        }
        let counted = Counted::Runs(AutomationId::from_bytes([automation; 16]), counts);
        StatsRow { workspace: WorkspaceId::from_bytes([1; 16]), at: at(minute * MINUTE), counted }
    }

    fn called(plugin: &str, took_us: &[u64]) -> StatsRow {
        let mut counts = CallCounts::default();
        took_us.iter().for_each(|took_us| counts.call(*took_us, false));
        StatsRow {
            workspace: WorkspaceId::from_bytes([1; 16]),
            at: at(0),
            counted: Counted::Calls(plugin.into(), counts),
        }
    }

    #[test]
    fn a_window_ends_with_the_step_that_is_now() {
        let window = Window::up_to(at(MINUTE / 2), StatsSpan::Minute, 3);
        assert_eq!((window.from, window.to), (Timestamp::from_millis(at(0).as_millis() - 2 * MINUTE), at(MINUTE)));
        assert_eq!((window.step(window.from), window.step(at(0))), (Some(0), Some(2)));
        assert_eq!(window.step(at(MINUTE)), None, "it has not begun");
        assert_eq!(window.step(Timestamp::from_millis(window.from.as_millis() - 1)), None, "it was before");
        assert_eq!(Window::up_to(Timestamp::default(), StatsSpan::Hour, 3).from, Timestamp::default());
    }

    #[test]
    fn every_row_is_in_its_step_and_the_worst_and_slowest_come_first() {
        let mut series = Series::new(Window::up_to(at(MINUTE), StatsSpan::Minute, 2));
        for row in [
            failed(1, "timeout", 0, 2),
            failed(2, "timeout", 1, 1),
            failed(1, "timeout", 1, 3),
            failed(1, "trap", 1, 4),
            failed(1, "trap", 2, 100),
            called("quick", &[10, 20]),
            called("slow", &[900_000]),
            called("middling", &[2_000, 10]),
        ] {
            series.add(row);
        }
        let steps: Vec<_> = series.steps.iter().map(|step| (step.failed, step.took_ms.total())).collect();
        assert_eq!(steps, [(2, 2), (8, 8)], "what is past the window is not in it");
        let [one, two] = [1, 2].map(|byte| AutomationId::from_bytes([byte; 16]));
        assert_eq!(series.worst(2), [(one, "timeout", 5), (one, "trap", 4)]);
        assert_eq!(series.worst(9)[2], (two, "timeout", 1));
        let slowest: Vec<&str> = series.slowest(2).into_iter().map(|(name, _)| name).collect();
        assert_eq!(slowest, ["slow", "middling"]);
        let called: Vec<&str> = series.most_called(2).into_iter().map(|(name, _)| name).collect();
        assert_eq!(called, ["middling", "quick"]);
    }
}
