//! Random lives of a store against a simple model: no end changes, no run is lost, no capture has two first runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use hookbox_model::{Automation, AutomationState, Capture, Replay, Run, RunId, RunState, Timestamp};
use hookbox_store::conformance::samples;
use hookbox_store::{Claim, CommitError, RunCommit, Store, StoreError};
use hookbox_store_redb::RedbStore;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, proptest};
use proptest::prop_oneof;

use crate::place::Place;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Capture,
    Claim(usize),
    /// Commits one of the claimed runs: to a state, with further runs beside it when it is the first commit.
    Commit(usize, RunState, u32),
    Release(usize),
    Cancel(usize),
    Replay(usize),
    SetState(AutomationState),
    /// Ends the store without closing it and opens it again.
    Crash,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let state = prop_oneof![
        Just(RunState::Running),
        Just(RunState::Waiting),
        Just(RunState::Held),
        Just(RunState::Succeeded),
        Just(RunState::Failed),
    ];
    let automation = prop_oneof![
        3 => Just(AutomationState::Live),
        3 => Just(AutomationState::Paused),
        1 => Just(AutomationState::Draft),
        1 => Just(AutomationState::Archived),
    ];
    prop_oneof![
        20 => Just(Step::Capture),
        20 => (1..5_usize).prop_map(Step::Claim),
        40 => (any::<usize>(), state, 0..3_u32).prop_map(|(at, state, begins)| Step::Commit(at, state, begins)),
        8 => any::<usize>().prop_map(Step::Release),
        8 => any::<usize>().prop_map(Step::Cancel),
        8 => any::<usize>().prop_map(Step::Replay),
        8 => automation.prop_map(Step::SetState),
        1 => Just(Step::Crash),
        1 => Just(Step::Restart),
    ]
}

/// What must be so.
struct Model {
    of: Automation,
    state: AutomationState,
    /// Every run there is; those that were never committed at revision 0.
    runs: BTreeMap<RunId, Run>,
    claims: Vec<Claim>,
}

impl Model {
    fn nth(&self, at: usize) -> Option<Run> {
        (!self.runs.is_empty()).then(|| self.runs.values().nth(at % self.runs.len()).cloned()).flatten()
    }

    /// Whether anybody may claim the run now or later.
    fn is_open(&self, id: RunId) -> bool {
        let run = &self.runs[&id];
        !run.state.is_final() && (run.state != RunState::Held)
    }
}

async fn capture(store: &RedbStore, model: &mut Model) {
    let capture: Arc<Capture> = samples::captured(store, model.of.workspace, model.of.id).await;
    let run = Run { state: RunState::Queued, ..Run::first_of(&capture, samples::now()) };
    model.runs.insert(run.id, run);
}

async fn claim(store: &RedbStore, model: &mut Model, limit: usize) {
    for claim in store.runs().claim(limit).await.expect("a claim") {
        let id = claim.run_id();
        assert!(model.is_open(id), "only what may be brought on is handed out: {:?}", model.runs[&id]);
        assert!(model.claims.iter().all(|other| other.run_id() != id), "nothing is handed out twice");
        let known = &model.runs[&id];
        assert_eq!(claim.run.as_ref().map_or(0, |run| run.revision), known.revision, "as it was last committed");
        model.claims.push(claim);
    }
}

async fn commit(store: &RedbStore, model: &mut Model, at: usize, state: RunState, begins: u32) {
    if model.claims.is_empty() {
        return;
    }
    let claim = model.claims.remove(at % model.claims.len());
    let before = claim.run.clone().unwrap_or_else(|| Run::first_of(&claim.capture, samples::now()));
    let due_at = (state == RunState::Waiting).then(|| Timestamp::from_millis(1));
    let run = Run { revision: before.revision + 1, state, due_at, ..before.clone() };
    let first = claim.run.is_none();
    let begins: Vec<Run> = (0..if first { begins } else { 0 })
        .map(|item| Run {
            id: samples::id(),
            item: Some(item + 1),
            state: RunState::Queued,
            revision: 1,
            ..before.clone()
        })
        .collect();
    let known = &model.runs[&run.id];
    let expected = if known.state.is_final() || known.revision != before.revision {
        Err(CommitError::RunChanged)
    } else if state == RunState::Held && model.state != AutomationState::Paused {
        Err(CommitError::AutomationChanged)
    } else {
        Ok(())
    };
    let commit = RunCommit { run: run.clone(), contact: None, begins: begins.clone() };
    assert_eq!(store.runs().commit_run(commit).await, expected);
    if expected.is_err() || state == RunState::Running {
        store.runs().release(&[(run.workspace, run.id)]).await;
    }
    if expected.is_ok() {
        model.runs.extend(begins.into_iter().chain([run]).map(|run| (run.id, run)));
    }
}

async fn cancel(store: &RedbStore, model: &mut Model, at: usize) {
    let Some(known) = model.nth(at) else { return };
    let run = store.runs().cancel(known.workspace, known.id, samples::now()).await.expect("an answer").expect("a run");
    if known.state.is_final() {
        assert_eq!(run, known, "an end never changes");
    } else {
        assert_eq!((run.state, run.revision), (RunState::Cancelled, known.revision + 1));
    }
    model.runs.insert(run.id, run);
}

async fn replay(store: &RedbStore, model: &mut Model, at: usize) {
    let Some(known) = model.nth(at) else { return };
    let replay = Some(Replay { of: known.id, steps_kept: 0 });
    let run =
        Run { id: samples::id(), replay, replayed_by: None, state: RunState::Queued, revision: 1, ..known.clone() };
    let expected = if known.revision == 0 {
        Err(StoreError::Missing { what: "run" })
    } else if !known.state.is_final() || known.replayed_by.is_some() {
        Err(StoreError::Stale { what: "run" })
    } else {
        Ok(())
    };
    assert_eq!(store.runs().replay(&run).await, expected);
    if expected.is_ok() {
        let noted = Run { replayed_by: Some(run.id), revision: known.revision + 1, ..known };
        model.runs.extend([run, noted].map(|run| (run.id, run)));
    }
}

async fn set_state(store: &RedbStore, model: &mut Model, state: AutomationState) {
    let changed = store.automations().set_state(model.of.workspace, model.of.id, state, samples::now()).await;
    changed.expect("its state changes");
    model.state = state;
    if state == AutomationState::Live {
        for run in model.runs.values_mut().filter(|run| run.state == RunState::Held) {
            (run.state, run.revision) = (RunState::Queued, run.revision + 1);
        }
    }
}

/// Every run is as the model says, and every one that is neither final nor held is handed out.
async fn nothing_is_lost(store: &RedbStore, model: &mut Model) {
    let claims = std::mem::take(&mut model.claims);
    let keys: Vec<_> = claims.iter().map(|claim| (model.of.workspace, claim.run_id())).collect();
    store.runs().release(&keys).await;
    for known in model.runs.values().filter(|run| run.revision > 0) {
        assert_eq!(store.runs().get(known.workspace, known.id).await, Ok(Some(known.clone())));
    }
    let mut open: Vec<RunId> = model.runs.keys().copied().filter(|id| model.is_open(*id)).collect();
    while !open.is_empty() {
        claim(store, model, 100).await;
        assert!(!model.claims.is_empty(), "these are lost: {open:?}");
        while let Some(claim) = model.claims.first() {
            let id = claim.run_id();
            open.retain(|other| *other != id);
            commit(store, model, 0, RunState::Succeeded, 0).await;
        }
    }
    claim(store, model, 100).await;
    assert!(model.claims.is_empty());
    assert_eq!(store.queue_depth(), 0);
    for known in model.runs.values() {
        let of_capture = store.runs().of_capture(known.workspace, known.capture).await.expect("its runs");
        let wanted: Vec<RunId> =
            model.runs.values().filter(|run| run.capture == known.capture).map(|run| run.id).collect();
        assert_eq!(of_capture, wanted, "oldest first, and only one is the capture's own");
    }
}

async fn live(steps: Vec<Step>) {
    let mut place = Place::new();
    // Whoever was interrupted often goes alone; here that would only be slow.
    place.config.alone_from_interruptions = u32::MAX;
    let mut store = place.open();
    let (of, key) = samples::automation(samples::id(), "order shipped");
    store.automations().create(&of, &key).await.expect("an automation is added");
    let mut model = Model { state: of.state, of, runs: BTreeMap::new(), claims: Vec::new() };
    for step in steps {
        match step {
            Step::Capture => capture(&store, &mut model).await,
            Step::Claim(limit) => claim(&store, &mut model, limit).await,
            Step::Commit(at, state, begins) => commit(&store, &mut model, at, state, begins).await,
            Step::Release(at) if !model.claims.is_empty() => {
                let claim = model.claims.remove(at % model.claims.len());
                store.runs().release(&[(model.of.workspace, claim.run_id())]).await;
            }
            Step::Release(_) => {}
            Step::Cancel(at) => cancel(&store, &mut model, at).await,
            Step::Replay(at) => replay(&store, &mut model, at).await,
            Step::SetState(state) => set_state(&store, &mut model, state).await,
            Step::Crash | Step::Restart => {
                if matches!(step, Step::Restart) {
                    store.close().await;
                }
                drop(store);
                model.claims.clear();
                store = place.open();
            }
        }
    }
    nothing_is_lost(&store, &mut model).await;
    store.close().await;
    drop(store);
    let report = place.check();
    assert!(report.is_whole(), "{:?}", report.findings);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_random_life_of_a_store_loses_a_run_or_changes_an_end(steps in proptest::collection::vec(step(), 60..200)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(live(steps));
    }
}
