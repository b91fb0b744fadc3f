//! An action step: settings rendered, the plugin called, its effects applied; or why not, and when again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{
    ContactView, ConversationView, Effect, Failure, Invocation, Next, Outcome, Run, RunFailure, StepRecord, StepState,
    Timestamp,
};
use hookbox_sandbox::{CallError, Called};
use hookbox_store::StoreError;

use super::contain;
use crate::catalog::ActionStep;
use crate::clock::now;
use crate::effects::{Draft, Origin};
use crate::pins;
use crate::plan::{ActionPlan, StepPlan};
use crate::plugin_state::adds;
use crate::quarantine::Leave;
use crate::ready::{Asked, Later, Ready};
use crate::schedule;
use crate::surroundings::OfCall;
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
    let records: usize = run.steps.iter().take(index).map(StepRecord::bytes).sum();
    let (kept, max) = (records + draft.state_bytes(), means.config.run_bytes_max);
    if kept > max {
        let message = format!(
            "the steps before left {kept} bytes of records and plugin state and may leave {max}; make settings, outputs \
             and what plugins keep smaller"
        );
        return Ok(Tried::given_up(step, record, RunFailure::new(&step.title, "run-too-large", message)));
    }
    let attempt = record.attempts;
    let ready = match find(means, turn, (step, action), index, run).await? {
        Asked::Ready(ready) => ready,
        Asked::Failed(failure) | Asked::Unloadable(failure) => return Ok(Tried::given_up(step, record, failure)),
        Asked::Loading(later) => return Ok(loading(means, turn, (step, before), later)),
    };
    let leave = match contain::admit(means, turn, (step, before), &ready, now()) {
        Ok(leave) => leave,
        Err(waits) => return Ok(*waits),
    };
    record.plugin.clone_from(&ready.label);
    record.digest = Some(ready.plugin.digest);
    let tried = match invocation(turn, (step, action), index, attempt, draft, run) {
        Ok(invocation) => call(means, turn, (step, action), (&ready, leave), invocation, record, draft).await,
        Err(failure) => Tried::given_up(step, record, failure),
    };
    if !turn.rehearsal {
        ready.counters.of(tried.record.state).inc();
    }
    Ok(tried)
}

/// The plugin that the step calls: the one to rehearse with, the one that the run keeps to, the active one.
async fn find(
    means: &Means,
    turn: &Turn,
    (step, action): (&StepPlan, &ActionPlan),
    index: usize,
    run: &Run,
) -> Result<Asked, StoreError> {
    match &turn.instead {
        Some(plugin) if plugin.manifest.name == action.action => means.catalog.rehearsed(plugin, &step.title).await,
        Some(_) | None => {
            let of = ActionStep { index, name: &step.title, action: &action.action };
            let keeps_to = pins::kept(run, index, &action.action);
            let patience = (!turn.rehearsal).then(|| Duration::from_millis(means.config.load_wait_ms));
            means.catalog.plugin(&turn.resolved, of, keeps_to, patience).await
        }
    }
}

/// The plugin takes long to be loaded, or cannot be at present: the run gives its place to others.
fn loading(
    means: &Means,
    turn: &Turn,
    (step, before): (&StepPlan, Option<&StepRecord>),
    Later { label, digest, why, delay }: Later,
) -> Tried {
    let failure = RunFailure::new(&step.title, "loading", why);
    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let delay_ms = delay_ms.saturating_add(means.quarantine.jitter_ms(turn.seed()));
    let mut waits = contain::waits(step, before, failure, now().plus_millis(delay_ms));
    waits.record.plugin = label;
    waits.record.digest = Some(digest);
    waits
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
        now: turn.now(),
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
    (ready, leave): (&Ready, Option<Leave<'_>>),
    invocation: Invocation,
    mut record: StepRecord,
    draft: &mut Draft,
) -> Tried {
    let (run_id, called_at) = (invocation.run, invocation.now);
    record.input.clone_from(&invocation.settings);
    let began = Instant::now();
    let workspace = turn.claim.capture.workspace;
    let surroundings = OfCall {
        around: Arc::clone(&means.around),
        workspace,
        ready: ready.clone(),
        earlier: draft.state(),
        now: called_at,
    };
    let called =
        means.sandbox.invoke(&ready.loaded, workspace, invocation, &ready.plugin.grants, Arc::new(surroundings)).await;
    means.metrics.step.observe(began.elapsed().as_secs_f64());
    if let Some(leave) = leave {
        let (now, failed) = (now(), !matches!(called.result, Ok(Ok(_))));
        means.tally.call(workspace, &ready.plugin, called.usage.duration_us, failed, now);
        contain::count(means, turn, (leave, ready), (step, &called), now);
    }
    let Called { result, effects, state, log, usage, .. } = called;
    record.log = log;
    record.duration_us = usage.duration_us;
    record.memory_bytes = usage.memory_bytes;
    match result {
        Ok(Ok(outcome)) => {
            let why = turn.full.get(&ready.plugin.manifest.name).filter(|_| adds(&state));
            if let Some(why) = why {
                let message = format!("{why}; make room by what it deletes or is made to forget, then replay the run");
                let failure = RunFailure::new(&record.name, "state-full", message);
                return Tried::given_up(step, record, failure);
            }
            let origin = turn.resolved.inbox.map(|inbox| (inbox, run_id, called_at));
            let tried = accept(turn, step, record, (outcome, effects), draft, origin);
            if tried.record.state == StepState::Succeeded {
                draft.remember(&ready.plugin.manifest.name, state);
            }
            tried
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
            record.log.extend(contain::backtrace(&error));
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
    let seed = turn.seed() ^ u64::from(record.attempts);
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
