//! What came of a call in the words of fixtures, which are those of the API; what stood in for other places is named as them.

use std::collections::BTreeMap;

use hookbox_model::{Effect, Failure, Left, LogLine, Outcome, StateAccess};
use hookbox_sandbox::{CallError, Called};
use serde_json::{Value, json};

use super::Ended;
use super::origins::Origins;
use super::service::Heard;

/// What came of a call that began with this state.
pub(super) fn ended(
    called: Called,
    before: &BTreeMap<String, String>,
    requests: Vec<Heard>,
    origins: &Origins,
) -> Ended {
    let log = called.log.into_iter();
    let log = log.map(|line| LogLine { message: origins.restore(&line.message), ..line }).collect();
    let (output, next, failure) = match called.result {
        Ok(Ok(Outcome { output, next })) => (Some(origins.restore(&output)), Some(next), None),
        Ok(Err(failure)) => (None, None, Some(failure_shape(failure))),
        Err(error) => (None, None, Some(stop_shape(&error))),
    };
    Ended {
        output,
        next,
        failure: failure.map(|failure| origins.restore_all(&failure)),
        effects: called.effects.into_iter().map(|effect| origins.restore_all(&effect_shape(effect))).collect(),
        state: state_after(before, called.state, origins),
        log,
        requests,
    }
}

fn state_after(
    before: &BTreeMap<String, String>,
    state: Vec<StateAccess>,
    origins: &Origins,
) -> BTreeMap<String, String> {
    let mut after = before.clone();
    for StateAccess { key, seen: _, left } in state {
        match left {
            Left::Unchanged => {}
            Left::Removed => {
                after.remove(&key);
            }
            Left::Entry(entry) => {
                after.insert(key, origins.restore(&entry.value));
            }
        }
    }
    after
}

fn failure_shape(failure: Failure) -> Value {
    match failure {
        Failure::Retryable { message, after_ms } => json!({"retryable": {"message": message, "after_ms": after_ms}}),
        Failure::Permanent { code, message } => json!({"permanent": {"code": code, "message": message}}),
    }
}

/// Why the sandbox ended the call; with where it crashed, if it did.
fn stop_shape(error: &CallError) -> Value {
    let mut stopped = json!({"code": error.code(), "message": error.to_string()});
    if let CallError::Trap { backtrace, .. } = error {
        stopped["backtrace"] = Value::from(backtrace.as_str());
    }
    json!({ "stopped": stopped })
}

fn effect_shape(effect: Effect) -> Value {
    let kind = effect.kind();
    match effect {
        Effect::SetField { name, value } => json!({"kind": kind, "name": name, "value": value.to_json()}),
        Effect::ClearField { name } => json!({"kind": kind, "name": name}),
        Effect::AddTag { tag } | Effect::RemoveTag { tag } => json!({"kind": kind, "tag": tag}),
        Effect::AddToList { list } | Effect::RemoveFromList { list } => json!({"kind": kind, "list": list}),
        Effect::Assign { to } => json!({"kind": kind, "to": to}),
        Effect::AddNote { body } => json!({"kind": kind, "body": body}),
        Effect::Send { message, inbox, body, media, send_at } => json!({
            "kind": kind, "message": message, "inbox": inbox, "body": body, "media": media, "send_at": send_at,
        }),
        Effect::Unassign | Effect::Close | Effect::Reopen => json!({"kind": kind}),
    }
}
