//! A run as the sender that waited for it sees it: what became of the run and of its steps, and what the steps returned.
//! Settings, effects and logs are the workspace's own business and stay with the admin API.

use hookbox_model::{ContactId, Run, RunFailure, RunId, StepRecord};
use serde::Serialize;
use serde_json::value::RawValue;

/// A final run.
#[derive(Serialize)]
pub(crate) struct RunShape<'a> {
    /// Its id.
    id: RunId,
    /// `succeeded`, `failed` or `cancelled`.
    state: &'static str,
    /// The version of the automation it kept to.
    automation_version: u32,
    /// The contact, if one was found or made.
    contact: Option<ContactId>,
    /// What became of each step that was tried, in order.
    steps: Vec<StepShape<'a>>,
    /// Why it failed.
    failure: Option<FailureShape<'a>>,
}

/// What became of one step.
#[derive(Serialize)]
struct StepShape<'a> {
    /// Its name.
    name: &'a str,
    /// `succeeded`, `skipped`, `tolerated` or `failed`.
    state: &'static str,
    /// What it returned, if it returned anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Box<RawValue>>,
    /// It returned more than an answer holds: the admin API has it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    output_left_out: bool,
}

/// Why a run failed.
#[derive(Serialize)]
struct FailureShape<'a> {
    /// Where: the name of a step, `mapping` or `host`.
    step: &'a str,
    /// A short word for programs.
    code: &'a str,
    /// What happened and what to do, for people.
    message: &'a str,
}

/// The most that an answer holds of what steps returned, in bytes of all of them together: 64 KiB. What does not fit any
/// more is left out.
const OUTPUTS_BYTES_MAX: usize = 64 << 10;

impl<'a> From<&'a Run> for RunShape<'a> {
    fn from(run: &'a Run) -> Self {
        let mut left_bytes = OUTPUTS_BYTES_MAX;
        Self {
            id: run.id,
            state: run.state.as_str(),
            automation_version: run.automation_version,
            contact: run.contact,
            steps: run.steps.iter().map(|step| StepShape::of(step, &mut left_bytes)).collect(),
            failure: run.failure.as_ref().map(FailureShape::from),
        }
    }
}

impl<'a> StepShape<'a> {
    fn of(step: &'a StepRecord, left_bytes: &mut usize) -> Self {
        let (output, output_left_out) = match left_bytes.checked_sub(step.output.len()) {
            Some(left) => {
                *left_bytes = left;
                (returned(&step.output), false)
            }
            None => (None, true),
        };
        Self { name: &step.name, state: step.state.as_str(), output, output_left_out }
    }
}

/// JSON text as it is; `None` for a step that returned nothing.
fn returned(output: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(output.to_owned()).ok().filter(|output| output.get() != "null")
}

impl<'a> From<&'a RunFailure> for FailureShape<'a> {
    fn from(failure: &'a RunFailure) -> Self {
        Self { step: &failure.at, code: &failure.code, message: &failure.message }
    }
}

#[cfg(test)]
mod tests {
    use super::{OUTPUTS_BYTES_MAX, RunShape};
    use hookbox_model::{
        AutomationId, CaptureId, ContactId, Run, RunFailure, RunState, StepRecord, StepState, Timestamp, WorkspaceId,
    };
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn step(name: &str, state: StepState, output: String) -> StepRecord {
        StepRecord {
            name: name.into(),
            action: "send-message".into(),
            plugin: "send-message 1.0.0".into(),
            digest: None,
            state,
            attempts: 1,
            input: r#"{"token":"canary"}"#.into(),
            output,
            effects: Vec::new(),
            log: Vec::new(),
            duration_us: 1,
            memory_bytes: 1,
            failure: None,
        }
    }

    fn shown(steps: Vec<StepRecord>, failure: Option<RunFailure>) -> Value {
        let id = Uuid::from_u128(0x0192_6f3e_0000_7000_8000_0000_0000_0001);
        let run = Run {
            id: CaptureId::from_uuid(id).retyped(),
            workspace: WorkspaceId::from_uuid(id),
            automation: AutomationId::from_uuid(id),
            automation_version: 3,
            capture: CaptureId::from_uuid(id),
            item: None,
            replay: None,
            replayed_by: None,
            contact: Some(ContactId::from_uuid(id)),
            state: if failure.is_some() { RunState::Failed } else { RunState::Succeeded },
            revision: 1,
            steps,
            failure,
            due_at: None,
            began_at: Timestamp::default(),
            finished_at: None,
            pins: Vec::new(),
        };
        serde_json::to_value(RunShape::from(&run)).expect("JSON")
    }

    #[test]
    fn a_run_is_shown_with_what_its_steps_returned_and_not_with_what_they_were_given() {
        let steps = vec![
            step("one", StepState::Succeeded, r#"{"message":"msg_1"}"#.into()),
            step("two", StepState::Skipped, "null".into()),
            step("three", StepState::Failed, String::new()),
        ];
        let expected = json!({
            "id": "run_01926f3e000070008000000000000001",
            "state": "failed",
            "automation_version": 3,
            "contact": "con_01926f3e000070008000000000000001",
            "steps": [
                {"name": "one", "state": "succeeded", "output": {"message": "msg_1"}},
                {"name": "two", "state": "skipped"},
                {"name": "three", "state": "failed"},
            ],
            "failure": {"step": "three", "code": "timeout", "message": "it took too long"},
        });
        assert_eq!(shown(steps, Some(RunFailure::new("three", "timeout", "it took too long"))), expected);
        assert_eq!(shown(Vec::new(), None)["failure"], Value::Null);
    }

    #[test]
    fn an_answer_holds_only_so_much_of_what_steps_returned() {
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        let run = shown(
            vec![
                step("most", StepState::Succeeded, text(OUTPUTS_BYTES_MAX - 10)),
                step("more", StepState::Succeeded, text(11)),
                step("rest", StepState::Succeeded, text(10)),
            ],
            None,
        );
        assert!(run["steps"][0]["output"].is_string());
        assert_eq!(run["steps"][1], json!({"name": "more", "state": "succeeded", "output_left_out": true}));
        assert_eq!(run["steps"][2]["output"], "xxxxxxxx");
    }
}
