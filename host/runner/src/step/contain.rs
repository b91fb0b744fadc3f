//! Keeps a plugin that traps or runs into limits away from runs: they wait while it is in quarantine, and what it does is
//! counted. A rehearsal neither waits nor counts.

use hookbox_model::{LogLevel, LogLine, PluginFault, RunFailure, StepRecord, StepState, Timestamp};
use hookbox_sandbox::{CallError, Called};
use tracing::warn;

use crate::plan::StepPlan;
use crate::quarantine::{Admission, Change, Closed, Leave};
use crate::ready::Ready;
use crate::tried::{Then, Tried, record_of};
use crate::turn::{Means, Turn};

/// Leave to call the plugin, none for a rehearsal; or what becomes of a run that has to wait for it.
pub(crate) fn admit<'a>(
    means: &'a Means,
    turn: &Turn,
    (step, before): (&StepPlan, Option<&StepRecord>),
    ready: &Ready,
    now: Timestamp,
) -> Result<Option<Leave<'a>>, Box<Tried>> {
    if turn.rehearsal {
        return Ok(None);
    }
    let patient = (turn.claim.capture.workspace, ready.plugin.digest);
    match means.quarantine.admit(patient, now) {
        Admission::Call(leave) => Ok(Some(leave)),
        Admission::Wait(closed) => {
            let failure = RunFailure::new(&step.title, "quarantined", message(ready, &closed));
            let due_at = closed.until.plus_millis(means.quarantine.jitter_ms(turn.seed()));
            let mut waits = waits(step, before, failure, due_at);
            waits.record.plugin.clone_from(&ready.label);
            waits.record.digest = Some(ready.plugin.digest);
            Err(Box::new(waits))
        }
    }
}

/// A run that cannot come to its step yet, through no fault of its own: that counts as no attempt.
pub(crate) fn waits(step: &StepPlan, before: Option<&StepRecord>, failure: RunFailure, due_at: Timestamp) -> Tried {
    let untried = || StepRecord { attempts: 0, ..record_of(step, None) };
    let mut record = before.cloned().unwrap_or_else(untried);
    record.state = StepState::Waiting;
    record.failure = Some(failure);
    Tried { record, then: Then::Wait { due_at } }
}

/// Counts how a call ended.
pub(crate) fn count(
    means: &Means,
    turn: &Turn,
    (leave, ready): (Leave<'_>, &Ready),
    (step, called): (&StepPlan, &Called),
    now: Timestamp,
) {
    let change = match &called.result {
        Ok(_) => leave.well(now),
        Err(error) if is_fault(error) => leave.fault(fault_of(turn, step, error, now)),
        // It says nothing of the plugin.
        Err(_) => None,
    };
    let Some(change) = change else { return };
    means.metrics.quarantined.set(i64::try_from(means.quarantine.closed()).unwrap_or(i64::MAX));
    let (plugin, workspace) = (&ready.plugin, turn.claim.capture.workspace);
    let name = &plugin.manifest.name;
    match change {
        Change::Entered { until } => {
            means.metrics.quarantines(name).inc();
            let fault = called.result.as_ref().err().map(ToString::to_string).unwrap_or_default();
            warn!(plugin.name = name, plugin.digest = %plugin.digest, %workspace, %until, fault,
                "a plugin is in quarantine: runs that come to it wait");
        }
        Change::Left => {
            warn!(plugin.name = name, plugin.digest = %plugin.digest, %workspace,
                "a plugin is well again: runs that waited for it go on");
        }
    }
}

/// The guest's frames as log lines of the step, so that its author finds them in the run.
pub(crate) fn backtrace(error: &CallError) -> Vec<LogLine> {
    let line = |message: &str| LogLine { level: LogLevel::Error, message: message.to_owned() };
    let frames: Vec<LogLine> = frames_of(error).lines().map(line).collect();
    if frames.is_empty() {
        return frames;
    }
    std::iter::once(line("the plugin's frames when it crashed, innermost first:")).chain(frames).collect()
}

/// Whether the call trapped or ran into a limit, by what the plugin itself did.
fn is_fault(error: &CallError) -> bool {
    match error {
        // A machine that it called took its time over the answer: whoever owns that machine must not decide about the plugin.
        CallError::Deadline { request_open, .. } => !request_open,
        CallError::CpuTime { .. }
        | CallError::Memory { .. }
        | CallError::Trap { .. }
        | CallError::Limit { .. }
        | CallError::Output { .. }
        | CallError::Manifest { .. } => true,
        CallError::Unavailable { .. }
        | CallError::Input { .. }
        | CallError::Settings { .. }
        | CallError::NotGranted { .. } => false,
    }
}

fn fault_of(turn: &Turn, step: &StepPlan, error: &CallError, at: Timestamp) -> PluginFault {
    PluginFault {
        at,
        run: turn.claim.run_id(),
        step: step.title.to_string(),
        message: error.to_string(),
        backtrace: frames_of(error).to_owned(),
    }
}

fn frames_of(error: &CallError) -> &str {
    match error {
        CallError::Trap { backtrace, .. } => backtrace,
        CallError::CpuTime { .. }
        | CallError::Deadline { .. }
        | CallError::Memory { .. }
        | CallError::Limit { .. }
        | CallError::Input { .. }
        | CallError::Unavailable { .. }
        | CallError::Settings { .. }
        | CallError::NotGranted { .. }
        | CallError::Output { .. }
        | CallError::Manifest { .. } => "",
    }
}

fn message(ready: &Ready, closed: &Closed) -> String {
    let Closed { until, probing, last_fault } = closed;
    let when = match probing {
        false => format!("until {until}"),
        true => format!("and one call is under way to see whether it is well again; the run looks again at {until}"),
    };
    format!(
        "{} is in quarantine {when}; the run goes on by itself. Its last fault, at {}: {}",
        ready.label, last_fault.at, last_fault.message
    )
}

#[cfg(test)]
mod tests {
    use hookbox_sandbox::CallError;

    use super::is_fault;

    #[test]
    fn what_others_send_or_do_not_answer_puts_no_plugin_in_quarantine() {
        let deadline = |request_open| CallError::Deadline { limit_ms: 30_000, request_open };
        assert!(is_fault(&deadline(false)));
        assert!(!is_fault(&deadline(true)));
        assert!(!is_fault(&CallError::Input { what: "settings of 2 MiB".into() }));
        assert!(!is_fault(&CallError::Unavailable { message: "no place".into() }));
        assert!(is_fault(&CallError::Output { message: "no JSON".into() }));
    }
}
