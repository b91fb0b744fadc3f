//! Repeating many dead letters at once, in the order in which their captures came.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, Run, RunId, RunState};
use hookbox_store::{PageRequest, RunCount, RunFilter, RunOrder, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::act::{ReplayFrom, ReplayVersion, repeat};
use crate::asked::{Choice, Text};
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::given::Given;
use crate::refusal::{Fault, Refusal};

/// Which dead letters are repeated, and how.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkWish {
    /// Only those of this automation.
    automation: Option<AutomationId>,
    /// Only those that failed with this code (`timeout`).
    code: Option<String>,
    /// Where they begin; at the failed step when absent.
    #[serde(default)]
    from: ReplayFrom,
    /// Which version they keep to; that of each run when absent.
    #[serde(default)]
    version: ReplayVersion,
    /// At most so many; 100 when absent.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    /// The `next` of the answer before, so that skipped runs are not met again.
    after: Option<String>,
}

/// What was repeated.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BulkReplay")]
pub(super) struct BulkShape {
    /// How many runs are repeated.
    replayed: usize,
    /// The runs that could not be.
    skipped: Vec<SkippedShape>,
    /// Whether there may be more dead letters after these.
    more: bool,
    /// What to give as `after` to go on; null at the end.
    next: Option<String>,
}

/// A dead letter that was not repeated.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SkippedRun")]
struct SkippedShape {
    /// The run.
    run: RunId,
    /// Why.
    reason: String,
}

/// Which dead letters are counted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CountQuery {
    /// Only those of this automation.
    automation: Option<AutomationId>,
    /// Only those that failed with this code (`timeout`).
    code: Option<Text>,
}

/// How many dead letters there are.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BulkReplayCount")]
pub(super) struct CountShape {
    /// How many were found: those that a bulk replay with the same filters meets first.
    count: u64,
    /// Whether there may be more: up to 10,000 dead letters are looked through, unless the host says otherwise, and for a second at
    /// most.
    more: bool,
}

/// How many are repeated when the request does not say.
const LIMIT: usize = 100;

pub(super) async fn replay(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Given(wish): Given<BulkWish>,
) -> Result<Json<BulkShape>, Refusal> {
    let limit = wish.limit.unwrap_or(LIMIT);
    if !(1..=PageRequest::LIMIT_MAX).contains(&limit) {
        let message = format!("it is {limit} and must be 1 to {}", PageRequest::LIMIT_MAX);
        return Err(Refusal::Faults(vec![Fault::new("limit", message)]));
    }
    let (found, next) = dead_letters(&door, &caller, &wish, limit).await?;
    let (mut replayed, mut skipped) = (0, Vec::new());
    for run in found {
        match repeat(&door, (&caller, "runs.replay"), &run, (wish.from, wish.version)).await {
            Ok(_) => replayed += 1,
            Err(refusal @ (Refusal::NotNow { .. } | Refusal::Missing { .. })) => {
                skipped.push(SkippedShape { run: run.id, reason: refusal.to_string() });
            }
            Err(refusal) => return Err(refusal),
        }
    }
    tracing::info!(replayed, skipped = skipped.len(), "dead letters are repeated");
    Ok(Json(BulkShape { replayed, skipped, more: next.is_some(), next }))
}

pub(super) async fn count(
    State(door): State<Arc<Door>>,
    caller: Caller,
    Choice(query): Choice<CountQuery>,
) -> Result<Json<CountShape>, Refusal> {
    let filter = RunFilter { code: query.code.map(|code| code.0), ..wanted(query.automation) };
    let RunCount { count, more } = door.store().runs().count(caller.workspace_id(), filter).await?;
    Ok(Json(CountShape { count, more }))
}

/// The dead letters of an automation, or all of them, in the order in which they are repeated.
fn wanted(automation: Option<AutomationId>) -> RunFilter {
    RunFilter {
        automation,
        state: Some(RunState::Failed),
        replayed: Some(false),
        order: RunOrder::OldestFirst,
        ..RunFilter::default()
    }
}

/// Up to `limit` dead letters, and where to go on. All are found before one is changed: a page is not read while it moves.
async fn dead_letters(
    door: &Door,
    caller: &Caller,
    wish: &BulkWish,
    limit: usize,
) -> Result<(Vec<Run>, Option<String>), Refusal> {
    let filter = wanted(wish.automation);
    let is_wanted = |run: &Run| match (&wish.code, &run.failure) {
        (None, _) => true,
        (Some(code), Some(failure)) => *code == failure.code,
        (Some(_), None) => false,
    };
    let (mut found, mut after, mut looked_at) = (Vec::new(), wish.after.clone(), 0);
    loop {
        let request = PageRequest { after, limit: limit - found.len() };
        let page = match door.store().runs().page(caller.workspace_id(), filter.clone(), request).await {
            // Here it stands in the body, not in the query.
            Err(StoreError::Missing { what: "page" }) => {
                let message = "no answer before gave this `next`";
                return Err(Refusal::Faults(vec![Fault::new("after", message)]));
            }
            page => page?,
        };
        looked_at += page.items.len();
        found.extend(page.items.into_iter().filter(|run| is_wanted(run)));
        after = page.next;
        if after.is_none() || found.len() >= limit || looked_at >= door.config().replay_runs_max {
            return Ok((found, after));
        }
    }
}
