//! Runs the steps of one run: the only place that sees condition, settings, call and commit together.
//!
//! Nothing is written here. What the steps did is given back as one [`RunCommit`]: the records of every step that was
//! tried and the effects of those that succeeded.

use std::sync::Arc;
use std::time::Instant;

use hookbox_model::{
    ContactView, ConversationView, Effect, Failure, Identifier, Invocation, Next, Outcome, Run, RunFailure, RunState,
    StepRecord, StepState, Timestamp,
};
use hookbox_sandbox::{CallError, Called};
use hookbox_store::{Known, RunCommit, StoreError};

use crate::catalog::{Ready, StepPlan};
use crate::clock::now;
use crate::effects::{Draft, Origin};
use crate::schedule;
use crate::turn::{Means, Turn, ended};

/// What became of a run: what to commit, and the contact as the commit leaves it.
pub(crate) struct Brought {
    pub(crate) commit: RunCommit,
    pub(crate) known: Known,
}

/// What follows a step.
enum Then {
    NextStep,
    End,
    Wait { delay_ms: u64 },
    GiveUp,
}

/// One try of a step.
struct Tried {
    record: StepRecord,
    then: Then,
}

/// Brings the run on from its last committed step as far as it goes.
pub(crate) async fn bring_on(means: &Means, turn: &Turn, known: Known) -> Result<Brought, StoreError> {
    let began = now();
    let mut run = turn.claim.run.clone().unwrap_or_else(|| Run::first_of(&turn.claim.capture, began));
    let unchanged = known.clone();
    let mut draft = Draft::of(known);
    if run.contact.is_none() {
        turn.subject.write(&mut draft);
        run.contact = Some(draft.contact().id);
        let refused = match draft.contact().check_size() {
            Err(error) => Some(RunFailure::new("mapping", "contact-too-large", error.to_string())),
            Ok(()) if turn.conflicts > 0 => taken_identifier(means, &draft).await?,
            Ok(()) => None,
        };
        if let Some(failure) = refused {
            let run = ended(&turn.claim, failure);
            return Ok(Brought { commit: RunCommit { run, contact: None, begins: Vec::new() }, known: unchanged });
        }
    }
    run.state = RunState::Succeeded;
    run.failure = None;
    run.due_at = None;
    for (index, step) in turn.plan.steps.iter().enumerate().skip(run.steps_done()) {
        let tried = try_step(means, turn, step, index, &mut draft, &run).await?;
        run.failure = tried.record.failure.clone();
        run.steps.truncate(index);
        run.steps.push(tried.record);
        match tried.then {
            Then::NextStep => continue,
            Then::End => {}
            Then::Wait { delay_ms } => {
                run.state = RunState::Waiting;
                run.due_at = Some(now().plus_millis(delay_ms));
            }
            Then::GiveUp => run.state = RunState::Failed,
        }
        break;
    }
    let ended = now();
    run.finished_at = run.state.is_final().then_some(ended);
    run.revision += 1;
    let (contact, known) = draft.finish(ended);
    Ok(Brought { commit: RunCommit { run, contact: Some(contact), begins: Vec::new() }, known })
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

async fn try_step(
    means: &Means,
    turn: &Turn,
    step: &StepPlan,
    index: usize,
    draft: &mut Draft,
    run: &Run,
) -> Result<Tried, StoreError> {
    let before = run.steps.get(index);
    let attempt = before.map_or(1, |record| record.attempts.saturating_add(1));
    let mut record = StepRecord {
        name: step.title.to_string(),
        action: step.action.clone(),
        plugin: String::new(),
        digest: None,
        state: StepState::Succeeded,
        attempts: attempt,
        input: String::new(),
        output: "null".to_owned(),
        effects: Vec::new(),
        log: Vec::new(),
        duration_us: 0,
        memory_bytes: 0,
        failure: None,
    };
    let ready = match before.and_then(|record| record.digest) {
        Some(digest) => means.catalog.pinned(run.workspace, digest, &step.title).await?,
        None => turn.resolved.actions[index].clone(),
    };
    let ready = match ready {
        Ok(ready) => ready,
        Err(failure) => return Ok(given_up(record, failure)),
    };
    record.plugin.clone_from(&ready.label);
    record.digest = Some(ready.plugin.digest);
    let tried = match invocation(turn, step, index, attempt, draft, run) {
        Ok(invocation) => call(means, turn, &ready, invocation, record, draft).await,
        Err(failure) => given_up(record, failure),
    };
    ready.counters.of(tried.record.state).inc();
    Ok(tried)
}

fn invocation(
    turn: &Turn,
    step: &StepPlan,
    index: usize,
    attempt: u32,
    draft: &Draft,
    run: &Run,
) -> Result<Invocation, RunFailure> {
    let settings = step.settings.as_ref().map_err(Clone::clone)?;
    let names = &turn.resolved.names;
    let contact = draft.contact().clone();
    let conversation =
        turn.resolved.inbox.and_then(|inbox| draft.conversation(inbox)).map(|conversation| ConversationView {
            inbox: turn.plan.inbox.to_string(),
            assignee: conversation.assignee.and_then(|member| names.member_name(member)).map(str::to_owned),
            conversation: conversation.clone(),
        });
    Ok(Invocation {
        run: run.id,
        step: u32::try_from(index).unwrap_or(u32::MAX),
        step_name: step.title.clone(),
        attempt,
        idempotency_key: format!("{}:{index}", run.id),
        now: now(),
        payload: turn.claim.capture.body.clone(),
        settings: settings.render(turn.claim.capture.body.value(), &contact, &run.steps)?,
        contact: ContactView {
            lists: contact.lists.iter().filter_map(|list| names.list_name(*list)).map(str::to_owned).collect(),
            contact,
        },
        inbox: turn.plan.inbox.clone(),
        conversation,
        steps: run.steps.iter().take(index).map(|step| (step.name.clone(), step.output.clone())).collect(),
        directory: names.directory.clone(),
    })
}

async fn call(
    means: &Means,
    turn: &Turn,
    ready: &Arc<Ready>,
    invocation: Invocation,
    mut record: StepRecord,
    draft: &mut Draft,
) -> Tried {
    let (run_id, called_at) = (invocation.run, invocation.now);
    record.input.clone_from(&invocation.settings);
    let began = Instant::now();
    let workspace = turn.claim.capture.workspace;
    let called = means.sandbox.invoke(&ready.loaded, workspace, invocation, &ready.plugin.grants).await;
    means.metrics.step.observe(began.elapsed().as_secs_f64());
    let Called { result, effects, log, usage } = called;
    record.log = log;
    record.duration_us = usage.duration_us;
    record.memory_bytes = usage.memory_bytes;
    match result {
        Ok(Ok(outcome)) => {
            let origin = turn.resolved.inbox.map(|inbox| (inbox, run_id, called_at));
            accept(turn, record, outcome, effects, draft, origin)
        }
        Ok(Err(Failure::Permanent { code, message })) => {
            let failure = RunFailure::new(&record.name, &code, message);
            given_up(record, failure)
        }
        Ok(Err(Failure::Retryable { message, after_ms })) => {
            let failure = RunFailure::new(&record.name, "retryable", message);
            retried(means, record, failure, after_ms, run_id)
        }
        // The guest's clock and random are fixed, so what it did it would do again; only the wall clock is the host's.
        Err(error @ CallError::Deadline { .. }) => {
            let failure = RunFailure::new(&record.name, error.code(), error.to_string());
            retried(means, record, failure, None, run_id)
        }
        Err(error) => {
            let failure = RunFailure::new(&record.name, error.code(), error.to_string());
            given_up(record, failure)
        }
    }
}

/// Applies a step's effects: all of them, or none and the step failed.
fn accept(
    turn: &Turn,
    mut record: StepRecord,
    outcome: Outcome,
    effects: Vec<Effect>,
    draft: &mut Draft,
    origin: Option<(hookbox_model::InboxId, hookbox_model::RunId, Timestamp)>,
) -> Tried {
    if !effects.is_empty() {
        let Some((inbox, run, now)) = origin else {
            let message = format!("there is no inbox {:?} any more; add it, then replay the run", turn.plan.inbox);
            let failure = RunFailure::new(&record.name, "unknown-inbox", message);
            return given_up(record, failure);
        };
        let mut next = draft.clone();
        for effect in &effects {
            let origin = Origin { run, step: &record.name, inbox, now };
            if let Err(unknown) = next.apply(effect, &turn.resolved.names, origin) {
                let failure = RunFailure::new(&record.name, "unknown-name", unknown.to_string());
                return given_up(record, failure);
            }
        }
        if let Err(error) = next.contact().check_size() {
            let failure = RunFailure::new(&record.name, "contact-too-large", error.to_string());
            return given_up(record, failure);
        }
        *draft = next;
    }
    record.effects = effects;
    record.output = outcome.output;
    let then = match outcome.next {
        Next::Continue => Then::NextStep,
        Next::Stop => Then::End,
    };
    Tried { record, then }
}

fn retried(
    means: &Means,
    mut record: StepRecord,
    failure: RunFailure,
    after_ms: Option<u64>,
    run: hookbox_model::RunId,
) -> Tried {
    let (high, low) = run.uuid().as_u64_pair();
    let seed = high ^ low ^ u64::from(record.attempts);
    match schedule::delay_ms(&means.config, record.attempts, after_ms, seed) {
        Some(delay_ms) => {
            record.state = StepState::Retrying;
            record.failure = Some(failure);
            Tried { record, then: Then::Wait { delay_ms } }
        }
        None => {
            let message = format!("{} (attempt {} of {}, the last)", failure.message, record.attempts, record.attempts);
            given_up(record, RunFailure { message, ..failure })
        }
    }
}

fn given_up(mut record: StepRecord, failure: RunFailure) -> Tried {
    record.state = StepState::Failed;
    record.failure = Some(failure);
    Tried { record, then: Then::GiveUp }
}
