//! `GET /stats/overview`: the figures of a workspace over an hour, a day or a week.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, CallCounts, StatsSpan, Timestamp, WorkspaceId};
use hookbox_store::QueueDepths;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::series::{Series, Step, Window};
use super::silent::SilentShape;
use crate::asked::Choice;
use crate::caller::Caller;
use crate::door::Door;
use crate::names::Names;
use crate::refusal::Refusal;

/// Failures and plugins that are told.
const TOLD_MAX: usize = 10;

/// How long an overview is good for, in milliseconds: the page asks anew now and then, for everybody who looks at it.
const GOOD_MS: u64 = 3_000;

/// Overviews that are kept, each at most some 10 kB.
const KEPT_MAX: usize = 200;

/// The overviews of workspaces, as they were found a moment ago.
pub(super) struct Overviews(Kept<(WorkspaceId, Range), Arc<OverviewShape>>);

impl Default for Overviews {
    fn default() -> Self {
        Self(Kept::new(GOOD_MS, KEPT_MAX))
    }
}

/// Over which time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OverviewQuery {
    /// The last hour by minute, or the last day or week by hour; the hour when absent.
    #[serde(default)]
    range: Range,
}

/// A time up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
enum Range {
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
    fn up_to(self, now: Timestamp) -> Window {
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
    from: Timestamp,
    /// How long each step is, in seconds.
    step_s: u64,
    /// Captures of each step, by when they arrived.
    captures: Vec<u64>,
    /// Runs that succeeded in each step.
    succeeded: Vec<u64>,
    /// Runs that became dead letters in each step.
    failed: Vec<u64>,
    /// Within how many milliseconds half of the runs succeeded or failed, from the arrival of the capture or the asking for a
    /// replay; at most twice too much or too little. Null when none ended.
    p50_ms: Vec<Option<u64>>,
    /// Within how many 99 of 100 did.
    p99_ms: Vec<Option<u64>>,
    /// The most frequent failures, at most 10.
    failures: Vec<FailureShape>,
    /// How much waits now; each is counted up to 10,000 unless the host says otherwise.
    queue: QueueShape,
    /// The plugins whose calls take longest, at most 10.
    plugins: Vec<CallsShape>,
    /// Live automations that used to get a capture an hour or more, on average over a week, and got none for a day.
    silent: Arc<[SilentShape]>,
    /// All steps together.
    totals: TotalsShape,
}

/// How often runs of an automation failed with a code.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FailureCount")]
struct FailureShape {
    /// The code.
    code: String,
    /// The automation.
    automation: AutomationId,
    /// Its name; its id when it is gone.
    automation_name: String,
    /// How often.
    count: u64,
}

/// How much waits.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Queue")]
struct QueueShape {
    /// Captures whose run has not been written down yet.
    captures_waiting: u64,
    /// Runs that go on when they are due, or as soon as there is a place.
    runs_waiting: u64,
    /// Runs that are held until their automation is live.
    held: u64,
    /// Messages in the outbox.
    outbox: u64,
}

/// What the calls of a plugin took.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginCalls")]
struct CallsShape {
    /// Its name.
    name: String,
    /// How often it was called.
    calls: u64,
    /// How often that failed.
    failed: u64,
    /// How long a call took on average, in microseconds.
    mean_us: u64,
    /// Within how many microseconds 99 of 100 calls ended; at most twice too much or too little.
    p99_us: u64,
    /// How long the longest took, in microseconds.
    max_us: u64,
}

/// Sums.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Totals")]
struct TotalsShape {
    /// Captures.
    captures: u64,
    /// Runs that succeeded.
    succeeded: u64,
    /// Runs that became dead letters.
    failed: u64,
}

pub(super) async fn overview(
    State(door): State<Arc<Door>>,
    caller: Caller,
    Choice(query): Choice<OverviewQuery>,
) -> Result<Json<Arc<OverviewShape>>, Refusal> {
    let (workspace, now) = (caller.workspace_id(), door.now());
    let find = find(&door, workspace, query.range, now);
    door.figures().overviews.0.get((workspace, query.range), now, find).await.map(Json)
}

async fn find(
    door: &Door,
    workspace: WorkspaceId,
    range: Range,
    now: Timestamp,
) -> Result<Arc<OverviewShape>, Refusal> {
    let window = range.up_to(now);
    let (stats, mut series) = (door.store().stats(), Series::new(window));
    stats.read(workspace, window.span, (window.from, window.to), &mut |row| series.add(row)).await?;
    let mut names = Names::new(door.store(), workspace);
    let mut failures = Vec::new();
    for (automation, code, count) in series.worst(TOLD_MAX) {
        let automation_name = names.automation(automation).await?.unwrap_or_else(|| automation.to_string());
        failures.push(FailureShape { code: code.to_owned(), automation, automation_name, count });
    }
    let of_steps = |value: fn(&Step) -> u64| series.steps.iter().map(value).collect::<Vec<_>>();
    let percentiles = |percent| series.steps.iter().map(|step| step.took_ms.percentile(percent)).collect();
    let (captures, succeeded, failed) =
        (of_steps(|step| step.captures), of_steps(|step| step.succeeded), of_steps(|step| step.failed));
    let sum = |counts: &[u64]| counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    Ok(Arc::new(OverviewShape {
        from: window.from,
        step_s: window.span.millis() / 1_000,
        totals: TotalsShape { captures: sum(&captures), succeeded: sum(&succeeded), failed: sum(&failed) },
        captures,
        succeeded,
        failed,
        p50_ms: percentiles(50),
        p99_ms: percentiles(99),
        failures,
        queue: stats.queue(workspace).await?.into(),
        plugins: series.slowest(TOLD_MAX).into_iter().map(CallsShape::of).collect(),
        silent: door.figures().silences.of(door.store(), workspace, now).await?,
    }))
}

impl From<QueueDepths> for QueueShape {
    fn from(QueueDepths { captures, runs, held, outbox }: QueueDepths) -> Self {
        Self { captures_waiting: captures, runs_waiting: runs, held, outbox }
    }
}

impl CallsShape {
    fn of((name, counts): (&str, &CallCounts)) -> Self {
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
