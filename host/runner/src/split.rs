//! One capture, several runs: the payload of each has an element in the place of the array that `each` names.

use std::sync::Arc;

use hookbox_model::{Capture, JsonLimits, Payload, Run, RunFailure, RunId, RunState};
use hookbox_store::Claim;
use serde_json::Value;
use uuid::Uuid;

use crate::catalog::Plan;
use crate::clock::now;

/// What a claimed run is one of.
pub(crate) enum Split {
    /// Of these further runs, which begin with its first commit; of none if they have begun already.
    Some(Vec<Run>),
    /// Of nothing: the array is empty, and the run is done.
    Empty,
}

/// Puts the claimed run's element into its payload. The first run of a capture is for element 0 and begins the others.
pub(crate) fn split(plan: &Plan, claim: &mut Claim) -> Result<Split, RunFailure> {
    let Some(each) = &plan.each else { return Ok(Split::Some(Vec::new())) };
    let each = each.as_ref().map_err(Clone::clone)?;
    let payload = claim.capture.body.value().clone();
    let item = claim.run.as_ref().and_then(|run| run.item);
    let mut begins = Vec::new();
    if item.is_none() {
        let count =
            each.count(&payload).map_err(|error| RunFailure::new("mapping", error.code(), error.to_string()))?;
        if count == 0 {
            return Ok(Split::Empty);
        }
        let run = claim.run.get_or_insert_with(|| Run::first_of(&claim.capture, now()));
        run.item = Some(0);
        let run = run.clone();
        begins.extend((1..u32::try_from(count).unwrap_or(u32::MAX)).map(|item| further(&claim.capture, &run, item)));
    }
    let index = usize::try_from(item.unwrap_or(0)).unwrap_or(usize::MAX);
    let element = each.item(&payload, index).ok_or_else(|| {
        let message = format!("the payload has no element {index} for `each`; replay the run on the version it ran on");
        RunFailure::new("mapping", "each-not-array", message)
    })?;
    claim.capture = Arc::new(Capture { body: payload_of(&element)?, ..(*claim.capture).clone() });
    Ok(Split::Some(begins))
}

/// The run of a further element, on the version of the first.
fn further(capture: &Capture, first: &Run, item: u32) -> Run {
    Run {
        id: RunId::from_uuid(Uuid::now_v7()),
        automation_version: first.automation_version,
        item: Some(item),
        state: RunState::Queued,
        revision: 1,
        ..Run::first_of(capture, now())
    }
}

/// It is part of a payload that was parsed before, so it needs no limits of its own.
fn payload_of(element: &Value) -> Result<Payload, RunFailure> {
    let unreadable = |error: String| RunFailure::new("mapping", "each-not-array", error);
    let raw = serde_json::to_vec(element).map_err(|error| unreadable(error.to_string()))?;
    let limits = JsonLimits { depth_max: usize::MAX, nodes_max: usize::MAX };
    Payload::parse(raw.into(), limits).map_err(|error| unreadable(error.to_string()))
}
