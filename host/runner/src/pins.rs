//! Which plugin version a run keeps to: the one it began with, whatever is activated while it waits.

use hookbox_model::{Digest, Pin, Run};
use hookbox_store::StoreError;

use crate::catalog::ActionStep;
use crate::plan::Kind;
use crate::turn::{Means, Turn};

/// The version that the step at `index` keeps to: that of its own earlier attempt, the run's pin, or that of a step before it
/// with the same action. The steps that a replay keeps ran long ago and bind nobody.
pub(crate) fn kept(run: &Run, index: usize, action: &str) -> Option<Digest> {
    let own = run.steps.get(index).and_then(|record| record.digest);
    own.or_else(|| run.pin(action)).or_else(|| {
        let replayed = run.replay.map_or(0, |replay| replay.steps_kept as usize);
        let before = run.steps.get(replayed..index)?;
        before.iter().rev().filter(|record| record.action == action).find_map(|record| record.digest)
    })
}

/// The versions that a run which waits keeps to: one for each action that is still to come, as it is now. An action that no
/// version is active for has none.
pub(crate) async fn pins(means: &Means, turn: &Turn, run: &Run) -> Result<Vec<Pin>, StoreError> {
    let mut pins: Vec<Pin> = Vec::new();
    for (index, step) in turn.plan.steps.iter().enumerate().skip(run.steps_done()) {
        let Kind::Action(plan) = &step.kind else { continue };
        let action = plan.action.as_str();
        if pins.iter().any(|pin| pin.action == action) {
            continue;
        }
        let digest = match kept(run, index, action) {
            Some(digest) => Some(digest),
            None => {
                let step = ActionStep { index, name: &step.title, action };
                means.catalog.active(&turn.resolved, step).await?.map(|plugin| plugin.digest)
            }
        };
        pins.extend(digest.map(|digest| Pin { action: action.to_owned(), digest }));
    }
    Ok(pins)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hookbox_model::{
        AutomationId, Capture, CaptureId, Digest, JsonLimits, Payload, Pin, Replay, Run, RunId, StepRecord, StepState,
        Timestamp, WorkspaceId,
    };

    use super::kept;

    fn digest(n: u8) -> Digest {
        Digest::from_bytes([n; 32])
    }

    fn ran(action: &str, version: u8, state: StepState) -> StepRecord {
        StepRecord {
            name: format!("{action} {version}"),
            action: action.into(),
            plugin: format!("{action} 1.0.{version}"),
            digest: Some(digest(version)),
            state,
            attempts: 1,
            input: "{}".into(),
            output: "null".into(),
            effects: Vec::new(),
            log: Vec::new(),
            duration_us: 0,
            memory_bytes: 0,
            failure: None,
        }
    }

    fn run(steps: Vec<StepRecord>, pins: &[(&str, u8)]) -> Run {
        let capture = Capture {
            id: CaptureId::from_bytes([2; 16]),
            workspace: WorkspaceId::from_bytes([1; 16]),
            automation: AutomationId::from_bytes([3; 16]),
            automation_version: 1,
            received_at: Timestamp::default(),
            body: Payload::parse(Bytes::from_static(b"{}"), JsonLimits::default()).expect("it is JSON"),
            idempotency: None,
            from: None,
            headers: Default::default(),
        };
        let pin = |(action, version): &(&str, u8)| Pin { action: (*action).to_owned(), digest: digest(*version) };
        Run { steps, pins: pins.iter().map(pin).collect(), ..Run::first_of(&capture, Timestamp::default()) }
    }

    #[test]
    fn a_step_keeps_to_its_own_version_then_to_the_pin_then_to_that_of_the_same_action_before_it() {
        let began = run(vec![ran("score", 1, StepState::Succeeded), ran("tell", 2, StepState::Retrying)], &[]);
        assert_eq!(kept(&began, 1, "tell"), Some(digest(2)));
        assert_eq!(kept(&began, 2, "score"), Some(digest(1)));
        assert_eq!(kept(&began, 2, "other"), None);
        let waited = run(began.steps, &[("score", 3), ("tell", 4)]);
        assert_eq!(kept(&waited, 1, "tell"), Some(digest(2)));
        assert_eq!(kept(&waited, 2, "tell"), Some(digest(4)));
        assert_eq!(kept(&waited, 2, "score"), Some(digest(3)));
    }

    #[test]
    fn a_replay_takes_the_version_that_is_active_now() {
        let mut replay = run(vec![ran("score", 1, StepState::Succeeded)], &[]);
        replay.replay = Some(Replay { of: RunId::from_bytes([9; 16]), steps_kept: 1 });
        assert_eq!(kept(&replay, 1, "score"), None);
        replay.steps.push(ran("score", 2, StepState::Succeeded));
        assert_eq!(kept(&replay, 2, "score"), Some(digest(2)), "what it ran itself binds it");
    }
}
