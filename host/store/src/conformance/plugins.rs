//! Plugins: versions by digest, one active for each name; what was decided about them; removed when nobody needs them.

use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    Approval, AutomationState, Digest, Grants, Need, Pin, Plugin, Run, RunState, StepRecord, StepState, Timestamp,
    WorkspaceId,
};

use super::samples::{self, audited};
use crate::{AuditFilter, AuditVerified, CommitError, PageRequest, Store, StoreError};

/// Every promise about plugins.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    the_last_installed_version_is_active(&*open().await).await;
    a_workspace_prefers_its_own_plugin(&*open().await).await;
    a_component_comes_back_checked(&*open().await).await;
    nothing_uploaded_runs_before_it_is_approved(&*open().await).await;
    workspaces_decide_for_themselves(&*open().await).await;
    without_a_version_of_its_own_a_workspace_uses_that_of_all(&*open().await).await;
    a_version_that_all_workspaces_have_is_not_uploaded_again(&*open().await).await;
    a_version_that_somebody_needs_stays(&*open().await).await;
    a_component_goes_with_its_last_record(&*open().await).await;
    every_change_of_a_workspace_is_in_its_audit_log(&*open().await).await;
    a_version_that_changed_since_it_was_read_stays_as_it_became(&*open().await).await;
    grants_are_inherited_from_the_version_that_is_active_and_no_other(&*open().await).await;
    no_run_begins_to_keep_to_a_version_that_is_gone(&*open().await).await;
}

async fn install(store: &dyn Store, plugin: &Plugin, component: &'static [u8]) {
    store
        .plugins()
        .install(plugin, Bytes::from_static(component), audited("plugin.install"))
        .await
        .expect("a plugin is installed");
}

async fn the_last_installed_version_is_active(store: &dyn Store) {
    let workspace = samples::id();
    let (one, two) = (samples::plugin(None, "send-message", b"one"), samples::plugin(None, "send-message", b"two"));
    let revision = store.revision();
    install(store, &one, b"one").await;
    assert_ne!(store.revision(), revision, "a plugin changes the revision");
    install(store, &two, b"two").await;
    let active = || async { store.plugins().active(workspace, "send-message").await.expect("a look-up") };
    assert_eq!(active().await, Some(Arc::new(two.clone())));
    let asleep = Plugin { active: false, ..one.clone() };
    assert_eq!(store.plugins().get(workspace, one.digest).await, Ok(Some(Arc::new(asleep))));
    let renewed = Plugin { id: samples::id(), installed_at: samples::now(), ..one.clone() };
    install(store, &renewed, b"one").await;
    assert_eq!(active().await, Some(Arc::new(one)), "the same digest again is only made active");
    assert_eq!(store.plugins().active(workspace, "other").await, Ok(None));
}

async fn a_workspace_prefers_its_own_plugin(store: &dyn Store) {
    let workspace = samples::id();
    let everywhere = samples::plugin(None, "send-message", b"everywhere");
    let own = samples::plugin(Some(workspace), "send-message", b"own");
    let other = samples::plugin(None, "add-to-list", b"other");
    install(store, &everywhere, b"everywhere").await;
    install(store, &own, b"own").await;
    install(store, &other, b"other").await;
    let active = store.plugins().active(workspace, "send-message").await;
    assert_eq!(active, Ok(Some(Arc::new(own.clone()))));
    let active = store.plugins().active(samples::id(), "send-message").await;
    assert_eq!(active, Ok(Some(Arc::new(everywhere.clone()))));
    assert_eq!(store.plugins().get(samples::id(), own.digest).await, Ok(None));

    let first = store.plugins().page(workspace, PageRequest { after: None, limit: 1 }).await.expect("a page");
    assert_eq!(first.items, [Arc::new(other)], "by name");
    let rest = PageRequest { after: first.next, limit: 5 };
    let rest = samples::only(store.plugins().page(workspace, rest).await.expect("a page"));
    assert_eq!(rest.len(), 2);
    assert!(rest[0].id < rest[1].id, "and then by age");
    let asleep = Plugin { active: false, ..everywhere };
    assert!(rest.contains(&Arc::new(own)) && rest.contains(&Arc::new(asleep)), "of a name one version is active");
}

async fn a_component_comes_back_checked(store: &dyn Store) {
    let plugin = samples::plugin(None, "send-message", b"component");
    install(store, &plugin, b"component").await;
    assert_eq!(store.plugins().component(plugin.digest).await, Ok(Some(Bytes::from_static(b"component"))));
    assert_eq!(store.plugins().component(Digest::of(b"other")).await, Ok(None));
    let wrong = store.plugins().install(&plugin, Bytes::from_static(b"other"), audited("plugin.install")).await;
    assert!(matches!(wrong, Err(StoreError::Damaged { what: "component", .. })), "bytes must have their digest");
}

const STALE: StoreError = StoreError::Stale { what: "plugin" };
const MISSING: StoreError = StoreError::Missing { what: "plugin" };

fn approved() -> Approval {
    Approval::Approved { by: "tok_sample".into(), at: samples::now() }
}

fn refused() -> Approval {
    Approval::Refused { by: "tok_sample".into(), at: samples::now(), reason: "it asks too much".into() }
}

fn grants() -> Grants {
    let need = Need { capability: "lists.write".into(), scope: vec!["leads".into()], reason: "to sort".into() };
    Grants::all_of(&[need])
}

async fn uploaded(store: &dyn Store, workspace: WorkspaceId, component: &'static [u8]) -> Digest {
    let plugin = samples::uploaded(workspace, "score-lead", component);
    let entry = audited("plugin.upload");
    store.plugins().install(&plugin, Bytes::from_static(component), entry).await.expect("it is kept");
    plugin.digest
}

/// A version as the store shows it now; one that was just uploaded when it shows none, for a change that must find none either.
async fn seen(store: &dyn Store, workspace: WorkspaceId, digest: Digest) -> Plugin {
    let shown = store.plugins().get(workspace, digest).await.expect("a look-up");
    let unknown = || Plugin { digest, ..samples::uploaded(workspace, "score-lead", b"unknown") };
    shown.map_or_else(unknown, Arc::unwrap_or_clone)
}

async fn decide(
    store: &dyn Store,
    (workspace, digest): (WorkspaceId, Digest),
    approval: Approval,
) -> Result<Arc<Plugin>, StoreError> {
    let seen = seen(store, workspace, digest).await;
    store.plugins().decide(&seen, approval, grants(), audited("plugin.decide")).await
}

async fn activate(store: &dyn Store, workspace: WorkspaceId, digest: Digest) -> Result<Arc<Plugin>, StoreError> {
    let seen = seen(store, workspace, digest).await;
    store.plugins().activate(&seen, samples::now(), audited("plugin.activate")).await
}

async fn deactivate(store: &dyn Store, workspace: WorkspaceId, digest: Digest) -> Result<(), StoreError> {
    let seen = seen(store, workspace, digest).await;
    store.plugins().deactivate(&seen, audited("plugin.deactivate")).await
}

async fn remove(store: &dyn Store, workspace: WorkspaceId, digest: Digest) -> Result<(), StoreError> {
    let seen = seen(store, workspace, digest).await;
    store.plugins().remove(&seen, audited("plugin.remove")).await
}

async fn active(store: &dyn Store, workspace: WorkspaceId) -> Option<Digest> {
    let active = store.plugins().active(workspace, "score-lead").await.expect("a look-up")?;
    assert!(active.active && active.approval.is_given(), "what is active may be called");
    Some(active.digest)
}

async fn nothing_uploaded_runs_before_it_is_approved(store: &dyn Store) {
    let workspace = samples::id();
    let digest = uploaded(store, workspace, b"one").await;
    assert_eq!(active(store, workspace).await, None);
    assert_eq!(activate(store, workspace, digest).await, Err(STALE));
    let eager = Plugin { active: true, ..samples::uploaded(workspace, "score-lead", b"one") };
    assert_eq!(
        store.plugins().install(&eager, Bytes::from_static(b"one"), audited("plugin.install")).await,
        Err(STALE)
    );

    let revision = store.revision();
    let decided = decide(store, (workspace, digest), approved()).await.expect("it is there");
    assert_ne!(store.revision(), revision, "a decision changes the revision");
    assert!(decided.approval.is_given() && decided.grants == grants() && !decided.active);
    assert_eq!(store.plugins().get(workspace, digest).await, Ok(Some(decided)));
    assert_eq!(active(store, workspace).await, None, "approved is not yet active");
    let revision = store.revision();
    let activated = activate(store, workspace, digest).await.expect("it is approved");
    assert_ne!(store.revision(), revision);
    assert!(activated.active && activated.activated_at.is_some());
    assert_eq!(active(store, workspace).await, Some(digest));

    let again = samples::uploaded(workspace, "score-lead", b"one");
    store.plugins().install(&again, Bytes::from_static(b"one"), audited("plugin.upload")).await.expect("again");
    assert_eq!(store.plugins().get(workspace, digest).await, Ok(Some(activated)), "what was decided stays");

    let next = uploaded(store, workspace, b"two").await;
    assert_eq!(active(store, workspace).await, Some(digest), "a new version waits");
    decide(store, (workspace, next), approved()).await.expect("it is there");
    activate(store, workspace, next).await.expect("it is approved");
    assert_eq!(active(store, workspace).await, Some(next));
    activate(store, workspace, digest).await.expect("back to the version before");
    assert_eq!(active(store, workspace).await, Some(digest));

    let refused = decide(store, (workspace, digest), refused()).await.expect("it is there");
    assert!(!refused.active, "what may not run is not active");
    assert_eq!(active(store, workspace).await, None);
    assert_eq!(activate(store, workspace, digest).await, Err(STALE));
    assert_eq!(decide(store, (workspace, Digest::of(b"other")), approved()).await, Err(MISSING));
    assert_eq!(activate(store, workspace, Digest::of(b"other")).await, Err(MISSING));
}

async fn workspaces_decide_for_themselves(store: &dyn Store) {
    let (one, other, third) = (samples::id(), samples::id(), samples::id());
    let digest = uploaded(store, one, b"shared").await;
    uploaded(store, other, b"shared").await;
    decide(store, (one, digest), approved()).await.expect("it is there");
    decide(store, (other, digest), refused()).await.expect("it is there");
    activate(store, one, digest).await.expect("it is approved here");
    assert_eq!(activate(store, other, digest).await, Err(STALE), "and not there");
    assert_eq!((active(store, one).await, active(store, other).await), (Some(digest), None));
    assert_eq!(decide(store, (third, digest), approved()).await, Err(MISSING), "nobody decides for another workspace");
    assert_eq!(remove(store, third, digest).await, Err(MISSING));
}

async fn without_a_version_of_its_own_a_workspace_uses_that_of_all(store: &dyn Store) {
    let (workspace, other) = (samples::id(), samples::id());
    let built_in = samples::plugin(None, "score-lead", b"built in");
    install(store, &built_in, b"built in").await;
    let own = uploaded(store, workspace, b"own").await;
    decide(store, (workspace, own), approved()).await.expect("it is there");
    assert_eq!(active(store, workspace).await, Some(built_in.digest), "as long as its own is not active");
    activate(store, workspace, own).await.expect("it is approved");
    assert_eq!(active(store, workspace).await, Some(own));
    assert_eq!(active(store, other).await, Some(built_in.digest), "for that workspace only");
    let shown = store.plugins().get(workspace, built_in.digest).await.expect("a look-up").expect("it is there");
    assert!(!shown.active, "of a name one version is active");

    let revision = store.revision();
    deactivate(store, workspace, own).await.expect("it is active");
    assert_ne!(store.revision(), revision);
    assert_eq!(active(store, workspace).await, Some(built_in.digest));
    assert_eq!(deactivate(store, workspace, own).await, Err(MISSING), "it is not active any more");
    let answer = deactivate(store, workspace, built_in.digest).await;
    assert_eq!(answer, Err(MISSING), "that of all workspaces is not the workspace's to put aside");
    assert_eq!(decide(store, (workspace, built_in.digest), refused()).await, Err(MISSING), "nor to decide about");
    assert_eq!(remove(store, workspace, built_in.digest).await, Err(MISSING), "nor to remove");
}

async fn a_version_that_all_workspaces_have_is_not_uploaded_again(store: &dyn Store) {
    let (workspace, early) = (samples::id(), samples::id());
    let digest = uploaded(store, early, b"built in").await;
    let own = seen(store, early, digest).await;
    let built_in = samples::plugin(None, "score-lead", b"built in");
    install(store, &built_in, b"built in").await;
    let again = samples::uploaded(workspace, "score-lead", b"built in");
    let answer = store.plugins().install(&again, Bytes::from_static(b"built in"), audited("plugin.upload")).await;
    assert_eq!(answer, Err(StoreError::Exists { what: "plugin", name: "score-lead".into() }));
    assert_eq!(active(store, early).await, Some(digest), "who uploaded it before may use it as everybody may");
    assert_eq!(store.plugins().get(early, digest).await, Ok(Some(Arc::new(built_in))));
    store.plugins().remove(&own, audited("plugin.remove")).await.expect("nothing keeps its own record");
    assert!(store.plugins().component(digest).await.expect("a look-up").is_some(), "all workspaces still need it");
}

/// A run that waits for a long time, after a commit that `kept` decides about.
async fn waiting(store: &dyn Store, workspace: WorkspaceId, kept: impl FnOnce(&mut Run)) -> Run {
    let capture = samples::captured(store, workspace, samples::id()).await;
    let mut commit = samples::first_commit(&capture, RunState::Waiting);
    commit.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    kept(&mut commit.run);
    store.runs().commit_run(commit.clone()).await.expect("it waits");
    commit.run
}

/// A run that keeps to a version and waits for its automation, which is paused.
async fn held(store: &dyn Store, workspace: WorkspaceId, digest: Digest) -> Run {
    let (automation, key) = samples::automation(workspace, "paused");
    store.automations().create(&automation, &key, audited("automation.apply")).await.expect("an automation is added");
    let paused = store.automations().set_state(
        workspace,
        automation.id,
        AutomationState::Paused,
        samples::now(),
        audited("automation.state"),
    );
    paused.await.expect("it is paused");
    let capture = samples::captured(store, workspace, automation.id).await;
    let mut commit = samples::first_commit(&capture, RunState::Held);
    commit.run.pins = vec![Pin { action: "score-lead".into(), digest }];
    store.runs().commit_run(commit.clone()).await.expect("it is held");
    commit.run
}

fn step(digest: Digest) -> StepRecord {
    StepRecord {
        name: "score".into(),
        action: "score-lead".into(),
        plugin: "score-lead 1.0.0".into(),
        digest: Some(digest),
        state: StepState::Succeeded,
        attempts: 1,
        input: "{}".into(),
        output: "null".into(),
        effects: Vec::new(),
        log: Vec::new(),
        duration_us: 1,
        memory_bytes: 1,
        failure: None,
    }
}

async fn a_version_that_somebody_needs_stays(store: &dyn Store) {
    let (workspace, other) = (samples::id(), samples::id());
    let digest = uploaded(store, workspace, b"one").await;
    uploaded(store, other, b"one").await;
    decide(store, (workspace, digest), approved()).await.expect("it is there");
    activate(store, workspace, digest).await.expect("it is approved");
    let in_use = |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::InUse { what: "plugin", .. }));
    assert!(in_use(remove(store, workspace, digest).await), "it is active");
    deactivate(store, workspace, digest).await.expect("it is active");

    waiting(store, workspace, |_| ()).await;
    let pinned = waiting(store, workspace, |run| run.pins = vec![Pin { action: "score-lead".into(), digest }]).await;
    let ran = waiting(store, workspace, |run| run.steps = vec![step(digest)]).await;
    let held = held(store, workspace, digest).await;
    for run in [pinned, ran, held] {
        let answer = remove(store, workspace, digest).await;
        assert!(in_use(answer.clone()), "a run waits that keeps to it: {answer:?}");
        let ended = samples::next_commit(&run, RunState::Succeeded);
        store.runs().commit_run(ended).await.expect("it ends");
    }
    assert_eq!(remove(store, workspace, digest).await, Ok(()), "nothing that waits keeps to it");
    assert_eq!(store.plugins().get(workspace, digest).await, Ok(None));
    assert_eq!(remove(store, workspace, digest).await, Err(MISSING));
    assert!(store.plugins().get(other, digest).await.expect("a look-up").is_some(), "that of others stays");
}

async fn a_component_goes_with_its_last_record(store: &dyn Store) {
    let (one, other) = (samples::id(), samples::id());
    let digest = uploaded(store, one, b"shared").await;
    uploaded(store, other, b"shared").await;
    let component = || async { store.plugins().component(digest).await.expect("a look-up") };
    remove(store, one, digest).await.expect("nobody needs it");
    assert_eq!(component().await, Some(Bytes::from_static(b"shared")), "the other workspace has it");
    assert_eq!(store.plugins().is_kept(digest).await, Ok(true));
    let revision = store.revision();
    remove(store, other, digest).await.expect("nobody needs it");
    assert_ne!(store.revision(), revision);
    assert_eq!(component().await, None);
    assert_eq!(store.plugins().is_kept(digest).await, Ok(false));
    uploaded(store, one, b"shared").await;
    assert_eq!(component().await, Some(Bytes::from_static(b"shared")), "and may come back");
    let decided = store.plugins().get(one, digest).await.expect("a look-up").expect("it is there");
    assert_eq!(decided.approval, Approval::Pending, "as if it had never been here");
}

async fn every_change_of_a_workspace_is_in_its_audit_log(store: &dyn Store) {
    let workspace = samples::id();
    let built_in = samples::plugin(None, "score-lead", b"built in");
    install(store, &built_in, b"built in").await;
    install(store, &built_in, b"built in").await;
    let all = AuditFilter::default();
    let host = store.audit().page(WorkspaceId::HOST, &all, PageRequest::first()).await.expect("a page");
    let acts: Vec<_> = host.items.iter().map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts, ["plugin.install"], "what belongs to all is in the log of the host; again changes nothing");
    let digest = uploaded(store, workspace, b"one").await;
    uploaded(store, workspace, b"one").await;
    activate(store, workspace, digest).await.expect_err("not approved");
    decide(store, (workspace, digest), approved()).await.expect("it is there");
    activate(store, workspace, digest).await.expect("it is approved");
    remove(store, workspace, digest).await.expect_err("it is active");
    deactivate(store, workspace, digest).await.expect("it is active");
    remove(store, workspace, digest).await.expect("nobody needs it");
    let mut log = samples::only(store.audit().page(workspace, &all, PageRequest::first()).await.expect("a page"));
    log.reverse();
    let acts: Vec<_> = log.iter().map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts, ["plugin.upload", "plugin.decide", "plugin.activate", "plugin.deactivate", "plugin.remove"]);
    assert_eq!(store.audit().verify(workspace).await, Ok(AuditVerified::Whole { entries: 5 }));
}

async fn a_version_that_changed_since_it_was_read_stays_as_it_became(store: &dyn Store) {
    let workspace = samples::id();
    let plugins = store.plugins();
    let (one, two) = (uploaded(store, workspace, b"one").await, uploaded(store, workspace, b"two").await);
    let pending = seen(store, workspace, one).await;
    decide(store, (workspace, one), approved()).await.expect("it is there");
    let late = plugins.decide(&pending, refused(), Grants::default(), audited("plugin.decide")).await;
    assert_eq!(late, Err(STALE), "somebody approved it meanwhile");
    assert_eq!(plugins.activate(&pending, samples::now(), audited("plugin.activate")).await, Err(STALE));
    assert_eq!(plugins.remove(&pending, audited("plugin.remove")).await, Err(STALE));
    let first = activate(store, workspace, one).await.expect("it is approved");
    decide(store, (workspace, two), approved()).await.expect("it is there");
    let second = activate(store, workspace, two).await.expect("it is approved");
    assert_eq!(plugins.deactivate(&first, audited("plugin.deactivate")).await, Err(STALE), "another is active now");
    assert_eq!(active(store, workspace).await, Some(two));
    plugins.deactivate(&second, audited("plugin.deactivate")).await.expect("it is active");
    let late = plugins.decide(&second, approved(), Grants::default(), audited("plugin.decide")).await;
    assert_eq!(late, Err(STALE), "it was active when it was read");
    let log = samples::only(
        store.audit().page(workspace, &AuditFilter::default(), PageRequest::first()).await.expect("a page"),
    );
    assert_eq!(log.len(), 7, "what was refused has no entry");
}

async fn grants_are_inherited_from_the_version_that_is_active_and_no_other(store: &dyn Store) {
    let workspace = samples::id();
    let one = uploaded(store, workspace, b"one").await;
    decide(store, (workspace, one), approved()).await.expect("it is there");
    let inherit = async |from: &Plugin| {
        let heir =
            Plugin { approval: approved(), grants: grants(), ..samples::uploaded(workspace, "score-lead", b"heir") };
        store.plugins().inherit(&heir, Bytes::from_static(b"heir"), from, audited("plugin.upload")).await
    };
    assert_eq!(inherit(&seen(store, workspace, one).await).await, Err(STALE), "it is not active");
    let active = activate(store, workspace, one).await.expect("it is approved");
    let fewer = store.plugins().decide(&active, approved(), Grants::default(), audited("plugin.decide")).await;
    assert_eq!(inherit(&active).await, Err(STALE), "it has other grants now");
    let built_in = samples::plugin(None, "score-lead", b"built in");
    assert_eq!(inherit(&built_in).await, Err(STALE), "nothing is inherited from what belongs to all");
    let digest = Digest::of(b"heir");
    assert_eq!(store.plugins().get(workspace, digest).await, Ok(None));
    assert_eq!(store.plugins().component(digest).await, Ok(None), "nothing is left of it");
    inherit(&fewer.expect("it is there")).await.expect("it is active, with these grants");
    let heir = seen(store, workspace, digest).await;
    assert!(heir.approval.is_given() && heir.grants == grants() && !heir.active);
}

async fn no_run_begins_to_keep_to_a_version_that_is_gone(store: &dyn Store) {
    let workspace = samples::id();
    let digest = uploaded(store, workspace, b"one").await;
    let capture = samples::captured(store, workspace, samples::id()).await;
    let mut commit = samples::first_commit(&capture, RunState::Waiting);
    commit.run.due_at = Some(Timestamp::from_millis(u64::MAX));
    commit.run.pins = vec![Pin { action: "score-lead".into(), digest }];
    remove(store, workspace, digest).await.expect("nothing keeps to it yet");
    assert_eq!(store.runs().commit_run(commit.clone()).await, Err(CommitError::Store(STALE)));
    uploaded(store, samples::id(), b"one").await;
    assert_eq!(store.runs().commit_run(commit.clone()).await, Err(CommitError::Store(STALE)), "that is another's");
    uploaded(store, workspace, b"one").await;
    store.runs().commit_run(commit).await.expect("it is there again");
}
