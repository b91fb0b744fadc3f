//! What one step is by itself: exactly one kind, the keys that suit it, numbers within their ranges.

use hookbox_model::{Delay, RetryDocument, StepDocument};

use super::ranges::out_of;
use crate::refusal::Fault;

/// The most attempts of an action.
const ATTEMPTS_MAX: u32 = 20;
/// The largest factor between two delays.
const FACTOR_MAX: u32 = 10;

/// What is wrong with the step at `at` (`steps[0]`), whatever there is around it. Without a `delay_max` of its own its delays
/// grow to `delay_max`.
pub(super) fn faults(step: &StepDocument, at: &str, delay_max: Delay) -> Vec<Fault> {
    let mut faults = kind_faults(step, at);
    if step.action.is_none() && (step.wait.is_some() || step.stop.is_some()) {
        faults.extend(only_for_actions(step, at));
    }
    if step.stop.as_deref().is_some_and(|reason| reason.trim().is_empty()) {
        faults.push(Fault::new(format!("{at}.stop"), "it must say why the run ends"));
    }
    if let Some(retry) = &step.retry {
        faults.extend(retry_faults(retry, &format!("{at}.retry"), delay_max));
    }
    faults
}

fn kind_faults(step: &StepDocument, at: &str) -> Vec<Fault> {
    let given = [("action", step.action.is_some()), ("wait", step.wait.is_some()), ("stop", step.stop.is_some())];
    let mut given = given.into_iter().filter_map(|(key, is_there)| is_there.then_some(key));
    let Some(first) = given.next() else {
        return vec![Fault::new(format!("{at}.action"), "a step needs exactly one of action, wait and stop")];
    };
    let more = given.map(|key| {
        let message = format!("a step is one of action, wait and stop, and this one has {first} already");
        Fault::new(format!("{at}.{key}"), message)
    });
    more.collect()
}

fn only_for_actions(step: &StepDocument, at: &str) -> Vec<Fault> {
    let keys = [
        ("settings", !step.settings.is_empty()),
        ("retry", step.retry.is_some()),
        ("continue_on_failure", step.continue_on_failure),
    ];
    let wrong = keys.into_iter().filter(|(_, is_there)| *is_there);
    wrong.map(|(key, _)| Fault::new(format!("{at}.{key}"), "only a step with an action has this key")).collect()
}

fn retry_faults(retry: &RetryDocument, at: &str, delay_max: Delay) -> Vec<Fault> {
    let ranges = [("attempts", retry.attempts, ATTEMPTS_MAX), ("factor", retry.factor, FACTOR_MAX)];
    let mut faults: Vec<Fault> =
        ranges.into_iter().filter_map(|(key, number, max)| out_of(&format!("{at}.{key}"), number?, 1, max)).collect();
    match (retry.delay, retry.delay_max) {
        (Some(delay), Some(longest)) if longest < delay => {
            faults.push(Fault::new(format!("{at}.delay_max"), format!("it is shorter than the delay of {delay}")));
        }
        (Some(delay), None) if delay_max < delay => {
            let message = format!("it is longer than {delay_max}, this host's longest delay; give delay_max as well");
            faults.push(Fault::new(format!("{at}.delay"), message));
        }
        (None | Some(_), None | Some(_)) => {}
    }
    faults
}
