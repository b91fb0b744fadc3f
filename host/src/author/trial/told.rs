//! A trial told to a person.

use std::fmt::Write;

use serde::Serialize;

use super::{Ended, Trial, Used};
use crate::output::{clean, duration, size};

/// How wide the names of the parts are.
const PART_CHARS: usize = 9;

/// What came of a fixture: the parts that there are, what it used, and where it differs.
pub(crate) fn trial_text(trial: &Trial) -> String {
    let verdict = if trial.differences.is_empty() { "✓" } else { "✗" };
    let mut told = format!("{verdict} {}", clean(&trial.fixture));
    // Writing to a String cannot fail.
    if let Some(name) = &trial.name {
        let _ = write!(told, ": {}", clean(name));
    }
    let Ended { output, next, failure, effects, state, log, requests } = &trial.ended;
    let next = next.as_ref().map(word).unwrap_or_default();
    part(&mut told, "returned", output.iter().map(|output| format!("{output} ({next})")));
    part(&mut told, "failed", failure.iter().map(ToString::to_string));
    part(&mut told, "effects", effects.iter().map(ToString::to_string));
    part(&mut told, "state", state.iter().map(|(key, value)| format!("{key}: {value}")));
    part(&mut told, "calls", requests.iter().map(|call| format!("{} {}", call.method, call.url)));
    part(&mut told, "log", log.iter().map(|line| format!("{} {}", word(&line.level), line.message)));
    part(&mut told, "used", [used(trial)]);
    for difference in &trial.differences {
        let _ = write!(told, "\n  {}", clean(&difference.to_string()).replace('\n', "\n    "));
    }
    told
}

fn part(told: &mut String, name: &str, lines: impl IntoIterator<Item = String>) {
    for (number, line) in lines.into_iter().enumerate() {
        let name = if number == 0 { name } else { "" };
        let _ = write!(told, "\n  {name:PART_CHARS$} {}", clean(&line));
    }
}

/// A value that is one word in JSON, as that word.
fn word(value: &impl Serialize) -> String {
    serde_json::json!(value).as_str().unwrap_or_default().to_owned()
}

fn used(Trial { used, limits, .. }: &Trial) -> String {
    let Used { cpu_us, duration_us, memory_bytes, log_lines_dropped } = *used;
    let mut told = format!(
        "{} of {} CPU time, {} of {} in all, {} of {} memory",
        duration(cpu_us),
        duration(limits.cpu_ms.saturating_mul(1_000)),
        duration(duration_us),
        duration(limits.deadline_ms.saturating_mul(1_000)),
        size(memory_bytes),
        size(limits.memory_bytes),
    );
    if log_lines_dropped > 0 {
        let _ = write!(told, "; {log_lines_dropped} lines of log dropped");
    }
    told
}
