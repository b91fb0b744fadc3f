//! One capture, several runs: the payload of each has an element in the place of the array that `each` names.

use std::sync::Arc;

use hookbox_model::{Capture, JsonLimits, Payload, Run, RunFailure, RunId, RunState};
use hookbox_store::{Claim, RunCommit};
use serde_json::Value;

use crate::catalog::Plan;
use crate::clock::now;
use crate::turn::run_of;

/// How many elements a payload has, each to have a run of its own; `None` when its automation splits none.
pub(crate) fn count(plan: &Plan, capture: &Capture) -> Result<Option<u32>, RunFailure> {
    let Some(each) = &plan.each else { return Ok(None) };
    match each.as_ref().map_err(Clone::clone)?.count(capture.body.value()) {
        Ok(count) => Ok(Some(u32::try_from(count).unwrap_or(u32::MAX))),
        Err(error) => Err(RunFailure::new("mapping", error.code(), error.to_string())),
    }
}

/// The capture as the run of one element sees it.
pub(crate) fn element(plan: &Plan, capture: &Capture, item: u32) -> Result<Arc<Capture>, RunFailure> {
    let Some(each) = &plan.each else {
        let message = format!(
            "the run is for element {item} of `each`, which this version has not; replay it on the version it ran on"
        );
        return Err(RunFailure::new("mapping", "each-removed", message));
    };
    let index = usize::try_from(item).unwrap_or(usize::MAX);
    let element = each.as_ref().map_err(Clone::clone)?.item(capture.body.value(), index).ok_or_else(|| {
        let message = format!("the payload has no element {item} for `each`; replay the run on the version it ran on");
        RunFailure::new("mapping", "each-not-array", message)
    })?;
    Ok(Arc::new(Capture { body: payload_of(&element)?, ..capture.clone() }))
}

/// Makes the claimed run that of element 0, and a run of each further one, in their order. They are a transaction of their
/// own: whatever becomes of one element, its neighbours are there.
pub(crate) fn split(claim: &Claim, count: u32) -> RunCommit {
    let mut first = run_of(claim);
    first.revision += 1;
    first.due_at = None;
    first.state = RunState::Queued;
    first.item = Some(0);
    let begins = (1..count).map(|item| Run {
        id: following(first.id, item),
        automation_version: first.automation_version,
        item: Some(item),
        state: RunState::Queued,
        revision: 1,
        ..Run::first_of(&claim.capture, now())
    });
    RunCommit { begins: begins.collect(), run: first, contact: None, state: Vec::new() }
}

/// The id of a further run: between that of the first and the next one that is made, so that runs sort in the order of what
/// arrived. The last 32 bits of an id are random, those before them count within a millisecond.
fn following(first: RunId, item: u32) -> RunId {
    RunId::from_bytes(u128::from_be_bytes(*first.as_bytes()).wrapping_add(item.into()).to_be_bytes())
}

/// It is part of a payload that was parsed before, so it needs no limits of its own.
fn payload_of(element: &Value) -> Result<Payload, RunFailure> {
    let unreadable = |error: String| RunFailure::new("mapping", "each-not-array", error);
    let raw = serde_json::to_vec(element).map_err(|error| unreadable(error.to_string()))?;
    let limits = JsonLimits { depth_max: usize::MAX, nodes_max: usize::MAX };
    Payload::parse(raw.into(), limits).map_err(|error| unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use hookbox_model::RunId;
    use uuid::Uuid;

    use super::following;

    #[test]
    fn runs_of_elements_sort_between_their_capture_and_the_next() {
        let (first, next) = (RunId::from_uuid(Uuid::now_v7()), RunId::from_uuid(Uuid::now_v7()));
        let elements: Vec<RunId> = (0..1_000).map(|item| following(first, item)).collect();
        assert!(elements.is_sorted() && elements[0] == first && elements[999] < next);
        assert!(elements.iter().all(|id| id.made_at() == first.made_at() && id.uuid().get_version_num() == 7));
    }
}
