//! An action step: settings rendered, the plugin called, its effects applied; or why not, and when again.

use std::sync::Arc;
use std::time::Instant;

use hookbox_model::{
    ContactView, ConversationView, Effect, Failure, Invocation, Next, Outcome, Run, RunFailure, StepRecord, StepState,
    Timestamp,
};
use hookbox_sandbox::{CallError, Called};
use hookbox_store::StoreError;

use crate::catalog::Ready;
use crate::clock::now;
use crate::effects::{Draft, Origin};
use crate::plan::{ActionPlan, StepPlan};
use crate::schedule;
use crate::tried::{Then, Tried, record_of};
use crate::turn::{Means, Turn};

/// Calls the step's action and applies its effects to the draft, if it succeeds.
pub(crate) async fn try_step(
    means: &Means,
    turn: &Turn,
    (step, action): (&StepPlan, &ActionPlan),
    index: usize,
    draft: &mut Draft,
    run: &Run,
) -> Result<Tried, StoreError> {
    let before = run.steps.get(index);
    let mut record = record_of(step, before);
    let (kept, max) = (run.steps.iter().take(index).map(StepRecord::bytes).sum::<usize>(), means.config.run_bytes_max);
    if kept > max {
        let message = format!(
            "the records of the steps before have {kept} bytes and may have {max}; make settings and outputs smaller"
        );
        return Ok(Tried::given_up(step, record, RunFailure::new(&step.title, "run-too-large", message)));
    }
    let attempt = record.attempts;
    let ready = match before.and_then(|record| record.digest) {
        Some(digest) => means.catalog.pinned(run.workspace, digest, &step.title).await?,
        None => means.catalog.active(&turn.resolved, index, action, &step.title).await?,
    };
    let ready = match ready {
        Ok(ready) => ready,
        Err(failure) => {
            return Ok(Tried::given_up(step, record, failure));
        }
    };
    record.plugin.clone_from(&ready.label);
    record.digest = Some(ready.plugin.digest);
    let tried = match invocation(turn, (step, action), index, attempt, draft, run) {
        Ok(invocation) => call(means, turn, (step, action), &ready, invocation, record, draft).await,
        Err(failure) => Tried::given_up(step, record, failure),
    };
    if !turn.rehearsal {
        ready.counters.of(tried.record.state).inc();
    }
    Ok(tried)
}

fn invocation(
    turn: &Turn,
    (step, action): (&StepPlan, &ActionPlan),
    index: usize,
    attempt: u32,
    draft: &Draft,
    run: &Run,
) -> Result<Invocation, RunFailure> {
    let settings = turn.resolved.templated.get(&index).unwrap_or(&action.settings);
    let settings = settings.as_ref().map_err(Clone::clone)?;
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
        rehearsal: turn.rehearsal,
    })
}

async fn call(
    means: &Means,
    turn: &Turn,
    (step, action): (&StepPlan, &ActionPlan),
    ready: &Arc<Ready>,
    invocation: Invocation,
    mut record: StepRecord,
    draft: &mut Draft,
) -> Tried {
    let (run_id, called_at) = (invocation.run, invocation.now);
    record.input.clone_from(&invocation.settings);
    let began = Instant::now();
    let workspace = turn.claim.capture.workspace;
    let called = means
        .sandbox
        .invoke(&ready.loaded, workspace, invocation, &ready.plugin.grants, Arc::new(hookbox_sandbox::Nothing))
        .await;
    means.metrics.step.observe(began.elapsed().as_secs_f64());
    let Called { result, effects, state: _, log, usage, cpu_us: _ } = called;
    record.log = log;
    record.duration_us = usage.duration_us;
    record.memory_bytes = usage.memory_bytes;
    match result {
        Ok(Ok(outcome)) => {
            let origin = turn.resolved.inbox.map(|inbox| (inbox, run_id, called_at));
            accept(turn, step, record, (outcome, effects), draft, origin)
        }
        Ok(Err(Failure::Permanent { code, message })) => {
            let failure = RunFailure::new(&record.name, &code, message);
            Tried::given_up(step, record, failure)
        }
        Ok(Err(Failure::Retryable { message, after_ms })) => {
            let failure = RunFailure::new(&record.name, "retryable", message);
            retried(means, turn, (step, action), record, failure, after_ms)
        }
        // The guest's clock and random are fixed, so what it did it would do again; only the wall clock is the host's.
        Err(error @ (CallError::Deadline { .. } | CallError::Unavailable { .. })) => {
            let failure = RunFailure::new(&record.name, error.code(), error.to_string());
            retried(means, turn, (step, action), record, failure, None)
        }
        Err(error) => {
            let failure = RunFailure::new(&record.name, error.code(), error.to_string());
            Tried::given_up(step, record, failure)
        }
    }
}

/// Applies a step's effects: all of them, or none and the step failed.
fn accept(
    turn: &Turn,
    step: &StepPlan,
    mut record: StepRecord,
    (outcome, effects): (Outcome, Vec<Effect>),
    draft: &mut Draft,
    origin: Option<(hookbox_model::InboxId, hookbox_model::RunId, Timestamp)>,
) -> Tried {
    if !effects.is_empty() {
        let Some((inbox, run, now)) = origin else {
            let message = format!("there is no inbox {:?} any more; add it, then replay the run", turn.plan.inbox);
            let failure = RunFailure::new(&record.name, "unknown-inbox", message);
            return Tried::given_up(step, record, failure);
        };
        let mut next = draft.clone();
        for effect in &effects {
            let origin = Origin { run, step: &record.name, inbox, now };
            if let Err(fault) = next.apply(effect, &turn.resolved.names, origin) {
                let failure = RunFailure::new(&record.name, fault.code(), fault.to_string());
                return Tried::given_up(step, record, failure);
            }
        }
        if let Err(error) = next.contact().check_size() {
            let failure = RunFailure::new(&record.name, "contact-too-large", error.to_string());
            return Tried::given_up(step, record, failure);
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
    turn: &Turn,
    (step, action): (&StepPlan, &ActionPlan),
    mut record: StepRecord,
    failure: RunFailure,
    after_ms: Option<u64>,
) -> Tried {
    if turn.rehearsal {
        return Tried::given_up(step, record, failure);
    }
    let (high, low) = turn.claim.run_id().uuid().as_u64_pair();
    let seed = high ^ low ^ u64::from(record.attempts);
    match schedule::delay_ms(&means.config, action.retry, record.attempts, after_ms, seed) {
        Some(delay_ms) => {
            record.state = StepState::Retrying;
            record.failure = Some(failure);
            Tried { record, then: Then::Wait { due_at: now().plus_millis(delay_ms) } }
        }
        None => {
            let message = format!("{} (attempt {} of {}, the last)", failure.message, record.attempts, record.attempts);
            Tried::given_up(step, record, RunFailure { message, ..failure })
        }
    }
}
