//! A wait step: over at a moment that is worked out once, when the run comes to it.

use hookbox_model::{Contact, Run, RunFailure, StepRecord, StepState, Timestamp, Zone};
use serde_json::Value;

use crate::plan::{StepPlan, WaitPlan};
use crate::tried::{Then, Tried, record_of};
use crate::turn::Turn;

/// Begins a wait, or ends one that is over. A wait that is over already takes no time.
pub(crate) fn try_step(
    turn: &Turn,
    (step, wait): (&StepPlan, &WaitPlan),
    index: usize,
    contact: &Contact,
    run: &Run,
    now: Timestamp,
) -> Tried {
    let before = run.steps.get(index).filter(|record| record.state == StepState::Waiting);
    let mut record = before.cloned().unwrap_or_else(|| record_of(step, None));
    let due_at = match before.and_then(begun_until) {
        Some(due_at) => due_at,
        None => match due_at(turn, &step.title, wait, contact, run, now) {
            Ok(due_at) => due_at,
            Err(failure) => return Tried::given_up(step, record, failure),
        },
    };
    let output = serde_json::json!({ "until": due_at.to_string() }).to_string();
    if due_at <= now || turn.rehearsal {
        return Tried::done(record, output, Then::NextStep);
    }
    record.state = StepState::Waiting;
    record.output = output;
    Tried { record, then: Then::Wait { due_at } }
}

/// The moment that a wait which has begun ends at.
fn begun_until(record: &StepRecord) -> Option<Timestamp> {
    let output: Value = serde_json::from_str(&record.output).ok()?;
    Zone::utc().moment(output.get("until")?.as_str()?)
}

fn due_at(
    turn: &Turn,
    title: &str,
    wait: &WaitPlan,
    contact: &Contact,
    run: &Run,
    now: Timestamp,
) -> Result<Timestamp, RunFailure> {
    let workspace_zone = &turn.resolved.names.zone;
    match wait {
        WaitPlan::For(delay) => Ok(now.plus_millis(delay.as_millis())),
        WaitPlan::Hours(hours) => Ok(hours.next(now, workspace_zone)),
        WaitPlan::Until { text, before, after, zone } => {
            let text = text.as_ref().map_err(Clone::clone)?;
            let rendered = text.render(turn.claim.capture.body.value(), contact, &run.steps)?;
            let moment = moment(&rendered, zone.as_ref().unwrap_or(workspace_zone)).ok_or_else(|| {
                let message = "`until` gives no date or moment such as 2026-11-24 or 2026-11-24T09:00:00Z; mend the step or \
                               the sender, then replay the run";
                RunFailure::new(title, "invalid-moment", message)
            })?;
            let millis = moment.as_millis().saturating_sub(before.as_millis());
            Ok(Timestamp::from_millis(millis).plus_millis(after.as_millis()))
        }
    }
}

/// The moment in the rendered settings `{"until": …}`.
fn moment(rendered: &str, zone: &Zone) -> Option<Timestamp> {
    let rendered: Value = serde_json::from_str(rendered).ok()?;
    match rendered.get("until")? {
        Value::String(text) => zone.moment(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::Zone;

    use super::moment;

    #[test]
    fn a_moment_is_read_in_the_zone_unless_it_names_its_own() {
        let berlin: Zone = "Europe/Berlin".parse().expect("a zone");
        assert_eq!(
            moment(r#"{"until":"2026-11-24T09:00:00"}"#, &berlin).map(|at| at.plus_millis(3_600_000)),
            moment(r#"{"until":"2026-11-24T09:00:00Z"}"#, &berlin)
        );
        assert_eq!(moment(r#"{"until":"tomorrow"}"#, &berlin), None);
        assert_eq!(moment(r#"{"until":7}"#, &berlin), None);
    }
}
