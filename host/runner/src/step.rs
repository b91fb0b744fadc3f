//! Runs the steps of one run: the only place that sees condition, settings, call and commit together.
//!
//! Nothing is written here. What the steps did is given back as one [`RunCommit`]: the records of every step that was
//! tried and the effects of those that succeeded.

mod action;
mod contain;
mod wait;

use std::sync::Arc;

use hookbox_mapping::{Condition, ConditionError, Scope};
use hookbox_model::{Contact, Identifier, Run, RunFailure, RunState};
use hookbox_store::{Known, RunCommit, StoreError};

use crate::effects::Draft;
use crate::pins::pins;
use crate::plan::{Kind, StepPlan};
use crate::settings::{ContactFields, Outputs};
use crate::tried::{Then, Tried, record_of};
use crate::turn::{Means, Turn, ended, run_of};

/// What became of a run: what to commit, and the contact as the commit leaves it.
pub(crate) struct Brought {
    pub(crate) commit: RunCommit,
    pub(crate) known: Known,
}

/// Brings the run on from its last committed step as far as it goes. It may have been in line for long: what it refers to by
/// name, and what its plugins are granted, is as it is now, for each step anew.
pub(crate) async fn bring_on(means: &Means, turn: &mut Turn, known: Known) -> Result<Brought, StoreError> {
    turn.resolved = means.catalog.resolve(&turn.plan).await?;
    let mut run = run_of(&turn.claim);
    let unchanged = known.clone();
    let mut draft = Draft::of(known);
    if turn.as_of.is_some() {
        draft = draft.with_ids_after(run.id.uuid());
    }
    if run.contact.is_none() {
        run.began_at = turn.now();
        if let Some(failure) = map(means, turn, &mut draft).await? {
            let run = ended(&turn.claim, failure);
            return Ok(Brought {
                commit: RunCommit { run, contact: None, begins: Vec::new(), state: Vec::new() },
                known: unchanged,
            });
        }
        run.contact = Some(draft.contact().id);
    }
    run.state = RunState::Succeeded;
    run.failure = None;
    run.due_at = None;
    let plan = Arc::clone(&turn.plan);
    for (index, step) in plan.steps.iter().enumerate().skip(run.steps_done()) {
        turn.resolved = means.catalog.resolve(&plan).await?;
        let tried = try_step(means, turn, step, index, &mut draft, &run).await?;
        let failure = tried.record.failure.clone();
        run.steps.truncate(index);
        run.steps.push(tried.record);
        match tried.then {
            Then::NextStep => continue,
            Then::End => {}
            Then::Wait { due_at } => {
                run.state = RunState::Waiting;
                run.due_at = Some(due_at);
                run.failure = failure;
            }
            Then::GiveUp => {
                run.state = RunState::Failed;
                run.failure = failure;
            }
        }
        break;
    }
    let ended = turn.now();
    run.finished_at = run.state.is_final().then_some(ended);
    run.pins = if run.state.is_final() { Vec::new() } else { pins(means, turn, &run).await? };
    run.revision += 1;
    let state = draft.take_state();
    let (contact, known) = draft.finish(ended);
    Ok(Brought { commit: RunCommit { run, contact: Some(contact), begins: Vec::new(), state }, known })
}

/// A refused commit may mean that the mapping gives this contact an identifier that another one has: running again would
/// be refused for ever.
async fn taken_identifier(means: &Means, draft: &Draft) -> Result<Option<RunFailure>, StoreError> {
    let contact = draft.contact();
    for identifier in contact.identifiers() {
        let owner = means.store.contacts().find(contact.workspace, &identifier).await?;
        if owner.is_some_and(|owner| owner.contact.id != contact.id) {
            let kind = match identifier {
                Identifier::Phone(_) => "phone",
                Identifier::Email(_) => "email",
                Identifier::ExternalId(_) => "external_id",
            };
            let message = format!("{kind}: another contact has this value already; mend either, then replay the run");
            return Ok(Some(RunFailure::new("mapping", "identifier-taken", message)));
        }
    }
    Ok(None)
}

/// Writes the mapped fields onto the contact; why the run cannot go on, if it cannot.
async fn map(means: &Means, turn: &Turn, draft: &mut Draft) -> Result<Option<RunFailure>, StoreError> {
    let written = match &turn.subject {
        Some(subject) => subject.write(draft, &turn.resolved.names),
        None => Ok(()),
    };
    if let Err(fault) = written {
        return Ok(Some(RunFailure::new("mapping", "invalid-field", fault.to_string())));
    }
    match draft.contact().check_size() {
        Err(error) => Ok(Some(RunFailure::new("mapping", "contact-too-large", error.to_string()))),
        Ok(()) if turn.conflicts > 0 => taken_identifier(means, draft).await,
        Ok(()) => Ok(None),
    }
}

async fn try_step(
    means: &Means,
    turn: &Turn,
    step: &StepPlan,
    index: usize,
    draft: &mut Draft,
    run: &Run,
) -> Result<Tried, StoreError> {
    let record = || record_of(step, run.steps.get(index));
    if let Some(fault) = &step.fault {
        return Ok(Tried::given_up(step, record(), fault.clone()));
    }
    // What waits or is tried again was let in before.
    if let (Some(when), None) = (&step.when, run.steps.get(index)) {
        match holds(when, turn, draft.contact(), run) {
            Ok(true) => {}
            Ok(false) => return Ok(Tried::skipped(record())),
            Err(error) => {
                let failure = RunFailure::new(&step.title, "condition-failed", error.to_string());
                return Ok(Tried::given_up(step, record(), failure));
            }
        }
    }
    match &step.kind {
        Kind::Action(plan) => action::try_step(means, turn, (step, plan), index, draft, run).await,
        Kind::Wait(plan) => Ok(wait::try_step(turn, (step, plan), index, draft.contact(), run, turn.now())),
        Kind::Stop(reason) => {
            let output = serde_json::json!({ "reason": reason }).to_string();
            Ok(Tried::done(record(), output, Then::End))
        }
    }
}

fn holds(when: &Condition, turn: &Turn, contact: &Contact, run: &Run) -> Result<bool, ConditionError> {
    let payload = turn.claim.capture.body.value();
    let scope = Scope { payload, contact: &ContactFields(contact), steps: &Outputs(&run.steps) };
    when.evaluate(&scope, turn.now().as_millis())
}
