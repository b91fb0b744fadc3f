//! `GET /stats/automations`: what happened to each automation, hour by hour, and its newest run.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, Counted, Run, RunCounts, RunId, RunState, StatsRow, StatsSpan, Timestamp};
use hookbox_store::{PageRequest, RunFilter};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::series::Window;
use crate::asked::Choice;
use crate::caller::Caller;
use crate::door::Door;
use crate::paged::every;
use crate::refusal::Refusal;

/// Over how many hours.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoursQuery {
    /// How many hours, with the one that is now; 24 when absent.
    #[serde(default)]
    hours: Hours,
}

/// The most hours that are told: a week.
const HOURS_MAX: usize = 7 * 24;

/// A number of hours, as a query writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
struct Hours(#[schemars(range(min = 1, max = 168))] usize);

impl Default for Hours {
    fn default() -> Self {
        Self(24)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hours = text.parse().ok().filter(|hours| (1..=HOURS_MAX).contains(hours));
        hours.map(Self).ok_or_else(|| D::Error::custom(format!("{text:?} is not a number from 1 to {HOURS_MAX}")))
    }
}

/// What happened to every automation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AutomationStatsList")]
pub(super) struct AutomationsShape {
    /// Each automation of the workspace, oldest first.
    items: Vec<AutomationShape>,
}

/// What happened to one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AutomationStats")]
struct AutomationShape {
    /// The automation.
    automation: AutomationId,
    /// Captures in all hours.
    captures: u64,
    /// Runs that succeeded in all hours.
    succeeded: u64,
    /// Runs that became dead letters in all hours.
    failed: u64,
    /// Hour by hour, oldest first; the last is not over yet.
    hourly: Vec<HourShape>,
    /// Its newest run, however long ago; null when none was ever committed.
    last_run: Option<LastRunShape>,
}

/// What happened in an hour. There is one for each hour of each automation, so it holds no more than is told.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[schemars(rename = "HourStats")]
struct HourShape {
    /// Captures, by when they arrived.
    captures: u64,
    /// Runs that succeeded.
    succeeded: u64,
    /// Runs that became dead letters.
    failed: u64,
}

/// The newest run of an automation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LastRun")]
struct LastRunShape {
    /// The run.
    id: RunId,
    /// Where it stands.
    state: RunState,
    /// When it ended; when it began, while it has not.
    at: Timestamp,
}

pub(super) async fn automations(
    State(door): State<Arc<Door>>,
    caller: Caller,
    Choice(query): Choice<HoursQuery>,
) -> Result<Json<AutomationsShape>, Refusal> {
    let (store, workspace) = (door.store(), caller.workspace_id());
    let window = Window::up_to(door.now(), StatsSpan::Hour, query.hours.0);
    let mut counted: HashMap<AutomationId, Vec<HourShape>> = HashMap::new();
    let mut see = |row: StatsRow| {
        let (Counted::Runs(automation, counts), Some(hour)) = (row.counted, window.step(row.at)) else { return };
        let hours = counted.entry(automation).or_insert_with(|| vec![HourShape::default(); window.steps]);
        hours[hour].add(&counts);
    };
    store.stats().read(workspace, window.span, (window.from, window.to), &mut see).await?;
    let all = every(|page| store.automations().page(workspace, page)).await?;
    let mut items = Vec::with_capacity(all.len());
    for automation in all.into_iter().map(|automation| automation.id) {
        let hourly = counted.remove(&automation).unwrap_or_else(|| vec![HourShape::default(); window.steps]);
        let filter = RunFilter { automation: Some(automation), ..RunFilter::default() };
        let newest = store.runs().page(workspace, filter, PageRequest { after: None, limit: 1 }).await?;
        items.push(AutomationShape::of(automation, hourly, newest.items.first()));
        // One that never ran is looked for in every day that is kept; others are served between two of them.
        tokio::task::yield_now().await;
    }
    Ok(Json(AutomationsShape { items }))
}

impl AutomationShape {
    fn of(automation: AutomationId, hourly: Vec<HourShape>, newest: Option<&Run>) -> Self {
        let sum = |value: fn(&HourShape) -> u64| hourly.iter().fold(0_u64, |sum, hour| sum.saturating_add(value(hour)));
        Self {
            automation,
            captures: sum(|hour| hour.captures),
            succeeded: sum(|hour| hour.succeeded),
            failed: sum(|hour| hour.failed),
            hourly,
            last_run: newest.map(LastRunShape::of),
        }
    }
}

impl HourShape {
    /// Adds what was counted of the automation.
    fn add(&mut self, counts: &RunCounts) {
        self.captures = self.captures.saturating_add(counts.captures);
        self.succeeded = self.succeeded.saturating_add(counts.succeeded);
        self.failed = self.failed.saturating_add(counts.failed);
    }
}

impl LastRunShape {
    fn of(run: &Run) -> Self {
        Self { id: run.id, state: run.state, at: run.finished_at.unwrap_or(run.began_at) }
    }
}

#[cfg(test)]
mod tests {
    use super::{HOURS_MAX, HourShape};

    #[test]
    fn the_week_of_an_automation_takes_no_more_than_is_told_of_it() {
        assert_eq!(size_of::<[HourShape; HOURS_MAX]>(), HOURS_MAX * 3 * size_of::<u64>());
    }
}
