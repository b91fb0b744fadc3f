//! What is counted: how many captures and runs an automation had in a minute or an hour, how many calls a plugin, and how long
//! they took.
//!
//! Counts are made to be added: those of one second to those of its minute, those of many automations to a whole. Adding never
//! fails and never loses; what is past a limit is counted under a common name.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{AutomationId, Timestamp, WorkspaceId};

/// What was counted of one automation, or of one plugin, in one minute or hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsRow {
    /// The workspace it was counted in.
    pub workspace: WorkspaceId,
    /// When the minute or hour began.
    pub at: Timestamp,
    /// Of what, and what.
    pub counted: Counted,
}

/// Of what something was counted, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// Captures and runs of an automation.
    Runs(AutomationId, RunCounts),
    /// Calls of a plugin, whatever its version, by its name.
    Calls(String, CallCounts),
    /// How much waited in the workspace. A look at all of them is a row of the host's ([`WorkspaceId::HOST`]), in which nothing waits;
    /// where there is no row of a workspace beside it, nothing waited there.
    Queue(QueueCounts),
}

/// How long the time is that one row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatsSpan {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

/// Captures and runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunCounts {
    /// Captures, by when they arrived.
    pub captures: u64,
    /// When the newest of them arrived.
    pub captured_at: Option<Timestamp>,
    /// Runs that succeeded.
    pub succeeded: u64,
    /// Runs that became dead letters.
    pub failed: u64,
    /// Runs that somebody ended.
    pub cancelled: u64,
    /// How often a run began to wait: at a wait step, or for another attempt.
    pub waited: u64,
    /// The runs that failed, by the code of their failure.
    pub failures: FailureCounts,
    /// How long the runs took that succeeded or failed, in milliseconds from the arrival of the capture, or from when the run was
    /// asked to be repeated.
    pub took_ms: Times,
}

/// Calls of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallCounts {
    /// Calls.
    pub calls: u64,
    /// Calls that failed, by what the plugin returned or by what it ran into.
    pub failed: u64,
    /// How long all of them took together, in microseconds.
    pub total_us: u64,
    /// How long the longest took, in microseconds.
    pub max_us: u64,
    /// How long they took, in microseconds.
    pub took_us: Times,
}

/// How much waited, whenever it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueueCounts {
    /// The most that waited at any look: captures whose run was never committed, and runs that were due.
    pub waiting_max: u64,
}

/// How often something failed, by code. Plugins choose codes, so there are only so many by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FailureCounts(BTreeMap<String, u64>);

/// How many took about so long: in buckets, each twice as wide as the one before. The unit is its owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times([u64; Times::BUCKETS]);

impl StatsSpan {
    /// How long it is, in milliseconds.
    pub const fn millis(self) -> u64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }

    /// When the one began that `moment` falls into.
    pub const fn of(self, moment: Timestamp) -> Timestamp {
        Timestamp::from_millis(moment.as_millis() - moment.as_millis() % self.millis())
    }
}

impl RunCounts {
    /// Counts a capture.
    pub fn capture(&mut self, received_at: Timestamp) {
        self.captures = self.captures.saturating_add(1);
        self.captured_at = self.captured_at.max(Some(received_at));
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (own, others) in [
            (&mut self.captures, other.captures),
            (&mut self.succeeded, other.succeeded),
            (&mut self.failed, other.failed),
            (&mut self.cancelled, other.cancelled),
            (&mut self.waited, other.waited),
        ] {
            *own = own.saturating_add(others);
        }
        self.captured_at = self.captured_at.max(other.captured_at);
        self.failures.add(&other.failures);
        self.took_ms.add(&other.took_ms);
    }
}

impl CallCounts {
    /// Counts a call.
    pub fn call(&mut self, took_us: u64, failed: bool) {
        self.calls = self.calls.saturating_add(1);
        self.failed = self.failed.saturating_add(u64::from(failed));
        self.total_us = self.total_us.saturating_add(took_us);
        self.max_us = self.max_us.max(took_us);
        self.took_us.count(took_us);
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        self.total_us = self.total_us.saturating_add(other.total_us);
        self.max_us = self.max_us.max(other.max_us);
        self.took_us.add(&other.took_us);
    }
}

impl QueueCounts {
    /// Adds what was seen at another look.
    pub fn add(&mut self, other: &Self) {
        self.waiting_max = self.waiting_max.max(other.waiting_max);
    }
}

impl FailureCounts {
    /// Codes that are counted by name; those beyond are [`FailureCounts::OTHER`].
    pub const CODES_MAX: usize = 32;

    /// What stands for the codes beyond.
    pub const OTHER: &'static str = "other";

    /// Counts a failure.
    pub fn count(&mut self, code: &str) {
        self.plus(code, 1);
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(code, count)| self.plus(code, *count));
    }

    /// The codes in their order, with how often each was counted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(code, count)| (code.as_str(), *count))
    }

    fn plus(&mut self, code: &str, count: u64) {
        // `other` has a place of its own beside the named ones.
        let named = self.0.len() - usize::from(self.0.contains_key(Self::OTHER));
        let code = if named < Self::CODES_MAX || self.0.contains_key(code) { code } else { Self::OTHER };
        match self.0.get_mut(code) {
            Some(known) => *known = known.saturating_add(count),
            None => drop(self.0.insert(code.to_owned(), count)),
        }
    }
}

impl Times {
    /// How many buckets there are: bucket 0 is for 0, bucket `n` for 2^(n-1) up to below 2^n, the last for all that took longer.
    /// 40: in milliseconds 8 years, in microseconds 3 days.
    pub const BUCKETS: usize = 40;

    /// Counts one that took so long.
    pub fn count(&mut self, took: u64) {
        let bucket = (u64::BITS - took.leading_zeros()) as usize;
        let count = &mut self.0[bucket.min(Self::BUCKETS - 1)];
        *count = count.saturating_add(1);
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, others)| *own = own.saturating_add(others));
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// How long those took at most that make up the fastest `percent` of 100, taking those of a bucket to be spread evenly over it:
    /// true within the bucket, so never wrong by more than twice. Nothing when none was counted.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let total = u128::from(self.total());
        // Nearest rank, from 1 on.
        let rank = (total * u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut before = 0;
        for (bucket, count) in self.0.iter().enumerate() {
            let count = u128::from(*count);
            if rank <= before + count {
                let low = if bucket == 0 { 0 } else { 1u128 << (bucket - 1) };
                let high = if bucket == 0 { 0 } else { (1u128 << bucket) - 1 };
                let within = (high - low) * (rank - before) / count;
                return u64::try_from(low + within).ok();
            }
            before += count;
        }
        None
    }
}

impl Default for Times {
    fn default() -> Self {
        Self([0; Self::BUCKETS])
    }
}

/// Without the empty buckets at the end.
impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let used = self.0.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        self.0[..used].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let counts = Vec::<u64>::deserialize(deserializer)?;
        let mut times = Self::default();
        let used = times.0.get_mut(..counts.len()).ok_or_else(|| de::Error::custom("more buckets than there are"))?;
        used.copy_from_slice(&counts);
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::{CallCounts, FailureCounts, RunCounts, StatsSpan, Times};
    use crate::Timestamp;

    fn times(took: impl IntoIterator<Item = u64>) -> Times {
        let mut times = Times::default();
        took.into_iter().for_each(|took| times.count(took));
        times
    }

    #[test]
    fn a_percentile_is_true_within_a_factor_of_two() {
        for max in [1, 2, 3, 7, 100, 1_000, 65_536] {
            let times = times(1..=max);
            for percent in [1, 50, 90, 99, 100] {
                let (truth, told) =
                    ((max * percent).div_ceil(100), times.percentile(percent).expect("some were counted"));
                assert!(told <= truth * 2 && truth <= told * 2, "{percent} % of 1..={max} is {truth}, not {told}");
            }
        }
    }

    #[test]
    fn a_percentile_of_a_single_one_is_in_its_bucket_and_none_of_none() {
        assert_eq!(Times::default().percentile(50), None);
        assert_eq!(times([0]).percentile(99), Some(0));
        assert_eq!(times([1]).percentile(50), Some(1));
        assert!((512..1_024).contains(&times([700]).percentile(50).expect("one was counted")));
        assert!(
            times([u64::MAX]).percentile(99).is_some_and(|told| told >= 1 << 38),
            "what took longest is in the last"
        );
    }

    #[test]
    fn what_is_added_is_as_if_it_had_been_counted_together() {
        let (one, other) = ([3, 9, 0, 1 << 20], [7, 9, u64::MAX]);
        let mut added = times(one);
        added.add(&times(other));
        assert_eq!(added, times(one.into_iter().chain(other)));
        assert_eq!(added.total(), 7);

        let calls = |took: &[(u64, bool)]| {
            let mut calls = CallCounts::default();
            took.iter().for_each(|(took_us, failed)| calls.call(*took_us, *failed));
            calls
        };
        let (one, other) = ([(5, true), (70, false)], [(1_000, true)]);
        let mut added = calls(&one);
        added.add(&calls(&other));
        assert_eq!(added, calls(&[one.as_slice(), &other].concat()));
        assert_eq!((added.calls, added.failed, added.total_us, added.max_us), (3, 2, 1_075, 1_000));
    }

    #[test]
    fn runs_are_added_with_their_newest_capture_and_their_failures() {
        let counts = |at, code: &str| {
            let mut counts = RunCounts { failed: 1, succeeded: 2, cancelled: 3, waited: 4, ..RunCounts::default() };
            counts.capture(Timestamp::from_millis(at));
            counts.failures.count(code);
            counts
        };
        let mut added = counts(20, "trap");
        added.add(&counts(10, "timeout"));
        added.add(&counts(15, "trap"));
        assert_eq!((added.captures, added.succeeded, added.failed, added.cancelled, added.waited), (3, 6, 3, 9, 12));
        assert_eq!(added.captured_at, Some(Timestamp::from_millis(20)));
        assert_eq!(added.failures.iter().collect::<Vec<_>>(), [("timeout", 1), ("trap", 2)]);
    }

    #[test]
    fn a_plugin_that_makes_up_codes_fills_no_memory() {
        let mut failures = FailureCounts::default();
        for number in 0..1_000 {
            failures.count(&format!("code-{number:04}"));
        }
        failures.count("code-0003");
        assert_eq!(failures.iter().count(), FailureCounts::CODES_MAX + 1);
        assert_eq!(failures.iter().map(|(_, count)| count).sum::<u64>(), 1_001);
        assert_eq!(failures.iter().find(|(code, _)| *code == "code-0003"), Some(("code-0003", 2)));
        let mut others = FailureCounts::default();
        others.count(FailureCounts::OTHER);
        others.add(&failures);
        assert_eq!(others.iter().count(), FailureCounts::CODES_MAX + 1);
        assert_eq!(others.iter().map(|(_, count)| count).sum::<u64>(), 1_002);
    }

    #[test]
    fn times_read_back_and_more_buckets_than_there_are_do_not() {
        for taken in [times([]), times([0, 5, 5]), times([u64::MAX])] {
            let text = serde_json::to_string(&taken).expect("JSON");
            assert_eq!(serde_json::from_str::<Times>(&text).ok(), Some(taken), "{text}");
        }
        assert_eq!(serde_json::to_string(&times([1])).ok().as_deref(), Some("[0,1]"));
        assert!(serde_json::from_str::<Times>(&format!("{:?}", [1; Times::BUCKETS + 1])).is_err());
    }

    #[test]
    fn a_minute_and_an_hour_begin_on_the_clock() {
        let moment = Timestamp::from_millis(1_700_003_723_456);
        assert_eq!(StatsSpan::Minute.of(moment).to_string(), "2023-11-14T23:15:00.000Z");
        assert_eq!(StatsSpan::Hour.of(moment).to_string(), "2023-11-14T23:00:00.000Z");
    }
}
