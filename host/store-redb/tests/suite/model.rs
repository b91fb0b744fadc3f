//! Random lives of runs against a simple model: no end changes, no run is lost, no capture has two first runs, and what a
//! commit changes (of its contact, of plugin state) is there together with its record or not at all, also when the host is killed while it commits.

use std::collections::BTreeMap;
use std::sync::Arc;

use hookbox_model::{
    Automation, AutomationState, Capture, Contact, Left, Replay, Run, RunId, RunState, Seen, StateEntry, StateUsage,
    Timestamp,
};
use hookbox_store::conformance::samples::{self, entry};
use hookbox_store::{Claim, CommitError, PageRequest, RunCommit, StateCommit, Store, StoreError};
use hookbox_store_redb::RedbStore;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, proptest};
use proptest::prop_oneof;

use crate::place::Place;

/// The most hosts that still hold a claim which is not theirs any more.
const GHOSTS_MAX: usize = 6;

/// The plugin whose state commits write.
const PLUGIN: &str = "score";
/// The key under which commits are counted.
const COUNT: &str = "count";

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Capture,
    Claim(usize),
    /// Commits one of the claimed runs: to a state, with further runs beside it when it is the first commit.
    Commit(usize, End, u32),
    /// The same by a host whose claim ended meanwhile, and which does not know, or has read the run since.
    CommitLate(usize, End, bool),
    Release(usize),
    Cancel(usize),
    Replay(usize),
    SetState(AutomationState),
    /// Kills the host while it commits so many of the claimed runs.
    Kill(Vec<End>),
    Restart,
}

/// What a commit brings a run to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Running,
    /// Waiting, and due at once.
    Due,
    /// Waiting, and not due while the test runs.
    Later,
    Held,
    Succeeded,
    Failed,
}

impl End {
    fn state(self) -> RunState {
        match self {
            Self::Running => RunState::Running,
            Self::Due | Self::Later => RunState::Waiting,
            Self::Held => RunState::Held,
            Self::Succeeded => RunState::Succeeded,
            Self::Failed => RunState::Failed,
        }
    }

    fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::Due => Some(Timestamp::from_millis(1)),
            Self::Later => Some(Timestamp::from_millis(u64::MAX)),
            Self::Running | Self::Held | Self::Succeeded | Self::Failed => None,
        }
    }
}

fn end() -> impl Strategy<Value = End> + Clone {
    prop_oneof![
        Just(End::Running),
        Just(End::Due),
        Just(End::Later),
        Just(End::Held),
        Just(End::Succeeded),
        Just(End::Failed),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let automation = prop_oneof![
        3 => Just(AutomationState::Live),
        3 => Just(AutomationState::Paused),
        1 => Just(AutomationState::Draft),
        1 => Just(AutomationState::Archived),
    ];
    prop_oneof![
        20 => Just(Step::Capture),
        20 => (1..5_usize).prop_map(Step::Claim),
        40 => (any::<usize>(), end(), 0..3_u32).prop_map(|(at, end, begins)| Step::Commit(at, end, begins)),
        8 => (any::<usize>(), end(), any::<bool>()).prop_map(|(at, end, read)| Step::CommitLate(at, end, read)),
        8 => any::<usize>().prop_map(Step::Release),
        8 => any::<usize>().prop_map(Step::Cancel),
        8 => any::<usize>().prop_map(Step::Replay),
        8 => automation.prop_map(Step::SetState),
        3 => proptest::collection::vec(end(), 0..4).prop_map(Step::Kill),
        1 => Just(Step::Restart),
    ]
}

/// What must be so.
struct Model {
    of: Automation,
    state: AutomationState,
    /// Every run there is; those that were never committed at revision 0.
    runs: BTreeMap<RunId, Run>,
    /// What commits of each run made of its contact.
    contacts: BTreeMap<RunId, Contact>,
    /// What commits made of the state of the one plugin, by key.
    remembered: BTreeMap<String, StateEntry>,
    claims: Vec<Claim>,
    ghosts: Vec<Claim>,
}

impl Model {
    fn nth(&self, at: usize) -> Option<Run> {
        (!self.runs.is_empty()).then(|| self.runs.values().nth(at % self.runs.len()).cloned()).flatten()
    }

    /// Whether anybody may claim the run now.
    fn is_open(&self, id: RunId) -> bool {
        let run = &self.runs[&id];
        !run.state.is_final() && run.state != RunState::Held && run.due_at != End::Later.due_at()
    }

    /// A commit of a claimed run, with a contact of the run's own that says which revision it belongs to.
    fn commit(&self, claim: &Claim, end: End, begins: u32) -> RunCommit {
        let before = claim.run.clone().unwrap_or_else(|| Run::first_of(&claim.capture, samples::now()));
        let begun = |item| Run {
            id: samples::id(),
            item: Some(item + 1),
            state: RunState::Queued,
            revision: 1,
            ..before.clone()
        };
        let begins = (0..if claim.run.is_none() { begins } else { 0 }).map(begun).collect();
        let known = self.contacts.get(&before.id);
        let contact = known.cloned().unwrap_or_else(|| samples::contact(before.workspace, &samples::phone()));
        let (version, revision) = (known.map_or(1, |known| known.version + 1), before.revision + 1);
        let after = Contact { version, tags: [format!("revision {revision}")].into(), ..contact };
        let contact = Some(after.id);
        let run = Run { revision, state: end.state(), due_at: end.due_at(), contact, ..before };
        let contact = Some(samples::contact_commit(known, after));
        RunCommit { state: self.remember(&run), run, contact, begins }
    }

    /// What a commit does with plugin state: a key of the run's own says which revision it belongs to, until the run fails, and
    /// every other run counts its commits together with the others, under one key.
    fn remember(&self, run: &Run) -> Vec<StateCommit> {
        let left = Left::Entry(entry(&run.revision.to_string()));
        let own = if run.state == RunState::Failed { Left::Removed } else { left };
        let mut state = vec![self.change(&run.id.to_string(), own)];
        if run.id.as_bytes()[15] & 1 == 0 {
            let count: u32 = self.remembered.get(COUNT).map_or(0, |entry| entry.value.parse().expect("a number"));
            state.push(self.change(COUNT, Left::Entry(entry(&(count + 1).to_string()))));
        }
        state
    }

    fn change(&self, key: &str, left: Left) -> StateCommit {
        samples::state(PLUGIN, key, self.remembered.get(key).cloned().map_or(Seen::Absent, Seen::Entry), left)
    }

    /// Whether plugin state is as a commit saw it.
    fn is_as_seen(&self, commit: &StateCommit) -> bool {
        let seen = match &commit.access.seen {
            Seen::Unread => return true,
            Seen::Absent => None,
            Seen::Entry(entry) => Some(entry),
        };
        self.remembered.get(&commit.access.key) == seen
    }

    /// What should come of a commit.
    fn expected(&self, commit: &RunCommit) -> Result<(), CommitError> {
        let known = &self.runs[&commit.run.id];
        if known.state.is_final() || known.revision + 1 != commit.run.revision {
            Err(CommitError::RunChanged)
        } else if commit.run.state == RunState::Held && self.state != AutomationState::Paused {
            Err(CommitError::AutomationChanged)
        } else if !commit.state.iter().all(|state| self.is_as_seen(state)) {
            Err(CommitError::StateChanged { plugin: PLUGIN.into() })
        } else {
            Ok(())
        }
    }

    /// Takes over what a commit wrote.
    fn wrote(&mut self, commit: RunCommit) {
        let RunCommit { run, contact, begins, state } = commit;
        for StateCommit { access, .. } in state {
            match access.left {
                Left::Unchanged => {}
                Left::Removed => drop(self.remembered.remove(&access.key)),
                Left::Entry(entry) => drop(self.remembered.insert(access.key, entry)),
            }
        }
        if let Some(contact) = contact {
            self.contacts.insert(run.id, (*contact.after).clone());
        }
        self.runs.extend(begins.into_iter().chain([run]).map(|run| (run.id, run)));
    }

    /// Whoever holds these claims does not know that they are theirs no more.
    fn haunt(&mut self, claims: Vec<Claim>) {
        self.ghosts.extend(claims);
        let gone = self.ghosts.len().saturating_sub(GHOSTS_MAX);
        self.ghosts.drain(..gone);
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

async fn commit(store: &RedbStore, model: &mut Model, claim: Claim, end: End, begins: u32) {
    let commit = model.commit(&claim, end, begins);
    let (expected, key) = (model.expected(&commit), (commit.run.workspace, commit.run.id));
    assert_eq!(store.runs().commit_run(commit.clone()).await, expected);
    if expected.is_err() || end == End::Running {
        store.runs().release(&[key]).await;
    }
    if expected.is_ok() {
        model.wrote(commit);
    }
}

/// A commit by somebody whose claim ended: refused, unless nobody has brought the run on since. Whoever has claimed it then
/// finds it changed.
async fn commit_late(store: &RedbStore, model: &mut Model, ghost: &Claim, end: End) {
    let commit = model.commit(ghost, end, 0);
    let (expected, id) = (model.expected(&commit), commit.run.id);
    assert_eq!(store.runs().commit_run(commit.clone()).await, expected);
    if expected.is_ok() {
        model.wrote(commit);
        if end != End::Running {
            let overtaken = model.claims.extract_if(.., |claim| claim.run_id() == id).collect();
            model.haunt(overtaken);
        }
    }
}

async fn cancel(store: &RedbStore, model: &mut Model, at: usize) {
    let Some(known) = model.nth(at) else { return };
    let run = store
        .runs()
        .cancel(known.workspace, known.id, samples::now(), samples::audited("run.cancel"))
        .await
        .expect("an answer")
        .expect("a run");
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
    let begun = Run { replay, replayed_by: None, due_at: None, contact: None, ..known.clone() };
    let run = Run { id: samples::id(), state: RunState::Queued, revision: 1, ..begun };
    let expected = if known.revision == 0 {
        Err(StoreError::Missing { what: "run" })
    } else if !known.state.is_final() || known.replayed_by.is_some() {
        Err(StoreError::Stale { what: "run" })
    } else {
        Ok(())
    };
    assert_eq!(store.runs().replay(&run, samples::audited("run.replay")).await, expected);
    if expected.is_ok() {
        let noted = Run { replayed_by: Some(run.id), revision: known.revision + 1, ..known };
        model.runs.extend([run, noted].map(|run| (run.id, run)));
    }
}

async fn set_state(store: &RedbStore, model: &mut Model, state: AutomationState) {
    let changed = store
        .automations()
        .set_state(model.of.workspace, model.of.id, state, samples::now(), samples::audited("automation.state"))
        .await;
    changed.expect("its state changes");
    model.state = state;
    if state == AutomationState::Live {
        for run in model.runs.values_mut().filter(|run| run.state == RunState::Held) {
            (run.state, run.revision) = (RunState::Queued, run.revision + 1);
        }
    }
}

/// Kills the host while it commits, and starts another: of the commits under way those that came first are there, whole.
async fn kill(store: Arc<RedbStore>, place: &mut Place, model: &mut Model, ends: Vec<End>) -> Arc<RedbStore> {
    let claims = std::mem::take(&mut model.claims);
    let commits: Vec<RunCommit> = claims.iter().zip(ends).map(|(claim, end)| model.commit(claim, end, 1)).collect();
    let receipts: Vec<_> = commits.iter().map(|commit| store.runs().commit_run(commit.clone())).collect();
    let left = place.crashed();
    drop((receipts, store));
    *place = left;
    model.haunt(claims);
    let store = place.open();
    let mut lost = false;
    for commit in commits {
        if model.expected(&commit).is_err() {
            continue;
        }
        let run = store.runs().get(commit.run.workspace, commit.run.id).await.expect("a look-up");
        let is_there = run.is_some_and(|run| run.revision == commit.run.revision);
        assert!(!(is_there && lost), "commits are applied in the order of their calls");
        lost |= !is_there;
        if is_there {
            model.wrote(commit);
        }
    }
    as_modelled(&store, model).await;
    store
}

/// Every run and what it changed is as the model says. Nothing is claimed.
async fn as_modelled(store: &RedbStore, model: &Model) {
    for known in model.runs.values().filter(|run| run.revision > 0) {
        assert_eq!(store.runs().get(known.workspace, known.id).await, Ok(Some(known.clone())));
    }
    for contact in model.contacts.values() {
        assert_eq!(store.contacts().get(contact.workspace, contact.id).await, Ok(Some(contact.clone())));
    }
    let page = store.plugin_state().page(model.of.workspace, PLUGIN, PageRequest::first()).await.expect("a page");
    let remembered: BTreeMap<String, StateEntry> = samples::only(page).into_iter().collect();
    assert_eq!(remembered, model.remembered);
    let (keys, bytes) = (remembered.len() as u64, remembered.iter().map(|(key, entry)| key.len() + entry.value.len()));
    let usage = StateUsage { keys, bytes: bytes.sum::<usize>() as u64 };
    assert_eq!(store.plugin_state().usage(model.of.workspace, PLUGIN).await, Ok(usage));
}

/// Every run is as the model says, and every one that is neither final nor held is handed out.
async fn nothing_is_lost(store: &RedbStore, model: &mut Model) {
    let claims = std::mem::take(&mut model.claims);
    let keys: Vec<_> = claims.iter().map(|claim| (model.of.workspace, claim.run_id())).collect();
    store.runs().release(&keys).await;
    as_modelled(store, model).await;
    let mut open: Vec<RunId> = model.runs.keys().copied().filter(|id| model.is_open(*id)).collect();
    while !open.is_empty() {
        claim(store, model, 100).await;
        assert!(!model.claims.is_empty(), "these are lost: {open:?}");
        for claim in std::mem::take(&mut model.claims) {
            let id = claim.run_id();
            open.retain(|other| *other != id);
            commit(store, model, claim, End::Succeeded, 0).await;
        }
    }
    claim(store, model, 100).await;
    assert!(model.claims.is_empty());
    assert_eq!(store.queue_depth(), 0);
    for known in model.runs.values() {
        let of_capture = store.captures().runs_of(known.workspace, known.capture).await.expect("its runs").first;
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
    store.automations().create(&of, &key, samples::audited("automation.apply")).await.expect("an automation is added");
    let mut model = Model {
        state: of.state,
        of,
        runs: BTreeMap::new(),
        contacts: BTreeMap::new(),
        remembered: BTreeMap::new(),
        claims: Vec::new(),
        ghosts: Vec::new(),
    };
    for step in steps {
        match step {
            Step::Capture => capture(&store, &mut model).await,
            Step::Claim(limit) => claim(&store, &mut model, limit).await,
            Step::Commit(at, end, begins) if !model.claims.is_empty() => {
                let claim = model.claims.remove(at % model.claims.len());
                commit(&store, &mut model, claim, end, begins).await;
            }
            Step::CommitLate(at, end, read) if !model.ghosts.is_empty() => {
                let mut ghost = model.ghosts.remove(at % model.ghosts.len());
                if read {
                    ghost.run = Some(model.runs[&ghost.run_id()].clone());
                }
                commit_late(&store, &mut model, &ghost, end).await;
            }
            Step::Release(at) if !model.claims.is_empty() => {
                let claim = model.claims.remove(at % model.claims.len());
                store.runs().release(&[(model.of.workspace, claim.run_id())]).await;
                model.haunt(vec![claim]);
            }
            Step::Commit(..) | Step::CommitLate(..) | Step::Release(_) => {}
            Step::Cancel(at) => cancel(&store, &mut model, at).await,
            Step::Replay(at) => replay(&store, &mut model, at).await,
            Step::SetState(state) => set_state(&store, &mut model, state).await,
            Step::Kill(ends) => store = kill(store, &mut place, &mut model, ends).await,
            Step::Restart => {
                store.close().await;
                drop(store);
                let claims = std::mem::take(&mut model.claims);
                model.haunt(claims);
                store = place.open();
                as_modelled(&store, &model).await;
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
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_random_life_of_a_store_loses_a_run_or_changes_an_end(steps in proptest::collection::vec(step(), 100..250)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(live(steps));
    }
}
