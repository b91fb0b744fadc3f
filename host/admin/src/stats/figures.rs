//! The figures of a workspace, as an overview shows them, and those that were found lately.

use std::sync::Arc;

use hookbox_model::{AutomationId, CallCounts, StatsSpan, Timestamp, WorkspaceId};
use hookbox_store::QueueDepths;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::series::Window;
use super::silent::{Silences, SilentShape};

/// What was found lately of the figures of workspaces.
#[derive(Default)]
pub(crate) struct Figures {
    pub(super) overviews: Overviews,
    pub(super) usages: Usages,
    pub(super) silences: Silences,
}

/// How long an overview is good for, in milliseconds: the page asks anew now and then, for everybody who looks at it.
const GOOD_MS: u64 = 3_000;

/// Overviews that are kept, each at most some 10 kB.
const KEPT_MAX: usize = 200;

/// The overviews of workspaces, as they were found a moment ago.
pub(super) struct Overviews(pub(super) Kept<(WorkspaceId, Range), Arc<OverviewShape>>);

impl Default for Overviews {
    fn default() -> Self {
        Self(Kept::new(GOOD_MS, KEPT_MAX))
    }
}

/// The calls of the plugins of workspaces, as they were found a moment ago.
pub(super) struct Usages(pub(super) Kept<(WorkspaceId, Range), Arc<UsagesShape>>);

impl Default for Usages {
    fn default() -> Self {
        Self(Kept::new(GOOD_MS, KEPT_MAX))
    }
}

/// Over which time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeQuery {
    /// The last hour by minute, or the last day or week by hour; the hour when absent.
    #[serde(default)]
    pub(super) range: Range,
}

/// A time up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum Range {
    /// An hour, by minute.
    #[default]
    #[serde(rename = "1h")]
    Hour,
    /// A day, by hour.
    #[serde(rename = "24h")]
    Day,
    /// A week, by hour.
    #[serde(rename = "7d")]
    Week,
}

impl Range {
    pub(super) fn up_to(self, now: Timestamp) -> Window {
        match self {
            Self::Hour => Window::up_to(now, StatsSpan::Minute, 60),
            Self::Day => Window::up_to(now, StatsSpan::Hour, 24),
            Self::Week => Window::up_to(now, StatsSpan::Hour, 7 * 24),
        }
    }
}

/// What happened lately. The last step is that of now and not over yet; what happened in the last seconds may be missing.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Overview")]
pub(super) struct OverviewShape {
    /// When the first step began.
    pub(super) from: Timestamp,
    /// How long each step is, in seconds.
    pub(super) step_s: u64,
    /// Captures of each step, by when they arrived.
    pub(super) captures: Vec<u64>,
    /// Runs that succeeded in each step.
    pub(super) succeeded: Vec<u64>,
    /// Runs that became dead letters in each step.
    pub(super) failed: Vec<u64>,
    /// Within how many milliseconds half of the runs succeeded or failed, from the arrival of the capture or the asking for a
    /// replay; at most twice too much or too little. Null when none ended.
    pub(super) p50_ms: Vec<Option<u64>>,
    /// Within how many 99 of 100 did.
    pub(super) p99_ms: Vec<Option<u64>>,
    /// How much waited in each step, captures and runs that were due: the most of what was seen at any look. The host looks once a
    /// minute, and counts as it does for `queue`. Null when it did not look.
    pub(super) queue_depth: Vec<Option<u64>>,
    /// The most frequent failures, at most 10.
    pub(super) failures: Vec<FailureShape>,
    /// How much waits now; each is counted up to 10,000 unless the host says otherwise.
    pub(super) queue: QueueShape,
    /// The plugins whose calls take longest, at most 10.
    pub(super) plugins: Vec<CallsShape>,
    /// Live automations that used to get a capture an hour or more, on average over a week, and got none for a day.
    pub(super) silent: Arc<[SilentShape]>,
    /// All steps together.
    pub(super) totals: TotalsShape,
}

/// How often runs of an automation failed with a code.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FailureCount")]
pub(super) struct FailureShape {
    /// The code.
    pub(super) code: String,
    /// The automation.
    pub(super) automation: AutomationId,
    /// Its name; its id when it is gone.
    pub(super) automation_name: String,
    /// How often.
    pub(super) count: u64,
}

/// How much waits.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Queue")]
pub(super) struct QueueShape {
    /// Captures whose run has not been written down yet.
    pub(super) captures_waiting: u64,
    /// Runs that go on when they are due, or as soon as there is a place.
    pub(super) runs_waiting: u64,
    /// Those of them that are due.
    pub(super) runs_due: u64,
    /// Runs that are held until their automation is live.
    pub(super) held: u64,
    /// Messages in the outbox.
    pub(super) outbox: u64,
}

/// What the calls of a plugin took.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginCalls")]
pub(super) struct CallsShape {
    /// Its name.
    pub(super) name: String,
    /// How often it was called.
    pub(super) calls: u64,
    /// How often that failed.
    pub(super) failed: u64,
    /// How long a call took on average, in microseconds.
    pub(super) mean_us: u64,
    /// Within how many microseconds 99 of 100 calls ended; at most twice too much or too little.
    pub(super) p99_us: u64,
    /// How long the longest took, in microseconds.
    pub(super) max_us: u64,
}

/// What the calls of every plugin took.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginCallsList")]
pub(super) struct UsagesShape {
    /// The plugins that were called, by name whatever their version, those most often called first; at most 1,000.
    pub(super) items: Vec<CallsShape>,
}

/// Sums.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Totals")]
pub(super) struct TotalsShape {
    /// Captures.
    pub(super) captures: u64,
    /// Runs that succeeded.
    pub(super) succeeded: u64,
    /// Runs that became dead letters.
    pub(super) failed: u64,
}

impl From<QueueDepths> for QueueShape {
    fn from(QueueDepths { captures, runs, due, held, outbox }: QueueDepths) -> Self {
        Self { captures_waiting: captures, runs_waiting: runs, runs_due: due, held, outbox }
    }
}

impl CallsShape {
    pub(super) fn of((name, counts): (&str, &CallCounts)) -> Self {
        Self {
            name: name.to_owned(),
            calls: counts.calls,
            failed: counts.failed,
            mean_us: counts.total_us.checked_div(counts.calls).unwrap_or_default(),
            // A bucket is wider than what is in it: none took longer than the longest.
            p99_us: counts.took_us.percentile(99).unwrap_or_default().min(counts.max_us),
            max_us: counts.max_us,
        }
    }
}
