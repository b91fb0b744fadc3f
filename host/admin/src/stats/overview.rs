//! `GET /stats/overview`: the figures of a workspace over an hour, a day or a week.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Timestamp, WorkspaceId};

use super::figures::{CallsShape, FailureShape, OverviewShape, Range, RangeQuery, TotalsShape};
use super::series::{Series, Step};
use crate::asked::Choice;
use crate::caller::Caller;
use crate::door::Door;
use crate::names::Names;
use crate::refusal::Refusal;

/// Failures and plugins that are told.
const TOLD_MAX: usize = 10;

pub(super) async fn overview(
    State(door): State<Arc<Door>>,
    caller: Caller,
    Choice(query): Choice<RangeQuery>,
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
    // When the host looked at what waits; where there was nothing it left no row.
    stats.read(WorkspaceId::HOST, window.span, (window.from, window.to), &mut |row| series.add(row)).await?;
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
        queue_depth: series.steps.iter().map(|step| step.waiting_max).collect(),
        failures,
        queue: stats.queue(workspace, now).await?.into(),
        plugins: series.slowest(TOLD_MAX).into_iter().map(CallsShape::of).collect(),
        silent: door.figures().silences.of(door.store(), workspace, now).await?,
    }))
}
