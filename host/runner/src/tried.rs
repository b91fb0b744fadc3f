//! One try of a step: its record, and what follows.

use hookbox_model::{RunFailure, StepRecord, StepState, Timestamp};

use crate::plan::StepPlan;

/// What follows a step.
pub(crate) enum Then {
    NextStep,
    End,
    Wait { due_at: Timestamp },
    GiveUp,
}

/// One try of a step.
pub(crate) struct Tried {
    pub(crate) record: StepRecord,
    pub(crate) then: Then,
}

impl Tried {
    /// The step failed for good; the run goes on if its document says so.
    pub(crate) fn given_up(step: &StepPlan, mut record: StepRecord, failure: RunFailure) -> Self {
        record.failure = Some(failure);
        let then = if step.continue_on_failure { Then::NextStep } else { Then::GiveUp };
        record.state = if step.continue_on_failure { StepState::Tolerated } else { StepState::Failed };
        Self { record, then }
    }

    /// The step's condition is false.
    pub(crate) fn skipped(mut record: StepRecord) -> Self {
        record.state = StepState::Skipped;
        Self { record, then: Then::NextStep }
    }

    /// The step is done, and this is its output.
    pub(crate) fn done(mut record: StepRecord, output: String, then: Then) -> Self {
        record.state = StepState::Succeeded;
        record.output = output;
        Self { record, then }
    }
}

/// The record of a step's next try, before anything of it happened.
pub(crate) fn record_of(step: &StepPlan, before: Option<&StepRecord>) -> StepRecord {
    StepRecord {
        name: step.title.to_string(),
        action: step.action().to_owned(),
        plugin: String::new(),
        digest: None,
        state: StepState::Succeeded,
        attempts: before.map_or(1, |record| record.attempts.saturating_add(1)),
        input: String::new(),
        output: "null".to_owned(),
        effects: Vec::new(),
        log: Vec::new(),
        duration_us: 0,
        memory_bytes: 0,
        failure: None,
    }
}
