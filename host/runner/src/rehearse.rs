//! Dry runs: an automation brought on with the same code as a claimed run, and nothing of it committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hookbox_model::{
    AsOf, Audited, Automation, AutomationId, AutomationState, Capture, CaptureId, DryRun, DryRunReport, Extent,
    RunFailure, Timestamp, WorkspaceId,
};
use hookbox_store::{Claim, ContactCommit, Known, StoreError};
use uuid::Uuid;

use crate::catalog::Plan;
use crate::clock::now;
use crate::split::{count, element};
use crate::step::{self, Brought};
use crate::subject::Subject;
use crate::turn::{Means, Turn};

/// What the automation would do. Fails only when the store cannot be read; why a run would fail is in the report.
pub(crate) async fn dry_run(means: &Means, asked: DryRun) -> Result<DryRunReport, StoreError> {
    let as_of = asked.as_of;
    let AsOf { capture: id, now: moment } =
        as_of.unwrap_or_else(|| AsOf { capture: CaptureId::from_uuid(Uuid::now_v7()), now: now() });
    let automation = automation_of(&asked, moment);
    let mut plan = Plan::compile(automation.clone(), &means.config.mapping);
    match asked.extent {
        Extent::Mapping => plan.steps.clear(),
        Extent::Steps => {}
    }
    let plan = Arc::new(plan);
    let resolved = means.catalog.resolve(&plan).await?;
    let capture = imagined(&asked, id, &automation, moment);
    let mut claim = Claim { capture: Arc::new(capture), run: None, interruptions: 0 };
    let items = match count(&plan, &claim.capture) {
        Ok(Some(0)) => return Ok(DryRunReport { items: Some(0), ..DryRunReport::default() }),
        Ok(items) => items,
        Err(failure) => return Ok(failed(failure)),
    };
    if let Some(item) = asked.item.or(items.map(|_| 0)) {
        match element(&plan, &claim.capture, item) {
            Ok(capture) => claim.capture = capture,
            Err(failure) => return Ok(DryRunReport { items, ..failed(failure) }),
        }
    }
    let subject = match Subject::find(&plan.mapping, &resolved.names.country, claim.capture.body.value()) {
        Ok(subject) => subject,
        Err(failure) => return Ok(DryRunReport { items, ..failed(failure) }),
    };
    let known = contact_of(means, &subject, asked.workspace, as_of).await?;
    // As after a conflict: a dry run looks at once whether another contact has a mapped identifier.
    let subject = Some(subject);
    let mut turn = Turn {
        number: 0,
        claim,
        plan,
        resolved,
        subject,
        conflicts: 1,
        contended: BTreeSet::new(),
        full: BTreeMap::new(),
        instead: asked.instead,
        rehearsal: true,
        as_of: as_of.map(|as_of| as_of.now),
        _place: None,
    };
    let Brought { commit, .. } = step::bring_on(means, &mut turn, known).await?;
    let Some(ContactCommit { before, after, conversations, messages }) = commit.contact else {
        return Ok(DryRunReport { items, failure: commit.run.failure, ..DryRunReport::default() });
    };
    Ok(DryRunReport {
        items,
        before,
        after: Some(after),
        steps: commit.run.steps,
        conversations: conversations.into_iter().map(|commit| (commit.before, commit.after)).collect(),
        messages,
        state: commit.state.into_iter().map(|state| (state.plugin, state.access)).collect(),
        failure: commit.run.failure,
    })
}

/// The capture that a dry run is of; nobody sent it.
fn imagined(asked: &DryRun, id: CaptureId, automation: &Automation, received_at: Timestamp) -> Capture {
    Capture {
        id,
        workspace: asked.workspace,
        automation: automation.id,
        automation_version: automation.version,
        received_at,
        body: asked.payload.clone(),
        idempotency: None,
        from: None,
        headers: Default::default(),
    }
}

/// The contact as it is stored. One that nobody stored is the same whenever the same capture is repeated.
async fn contact_of(
    means: &Means,
    subject: &Subject,
    workspace: WorkspaceId,
    as_of: Option<AsOf>,
) -> Result<Known, StoreError> {
    let mut known = subject.read_contact(&*means.store, workspace).await?;
    if let Some(AsOf { capture, now }) = as_of.filter(|_| known.contact.version == 0) {
        let contact = Arc::make_mut(&mut known.contact);
        (contact.id, contact.created_at, contact.updated_at) = (capture.retyped(), now, now);
    }
    Ok(known)
}

/// The document as an automation that is stored nowhere.
fn automation_of(asked: &DryRun, now: Timestamp) -> Arc<Automation> {
    Arc::new(Automation {
        id: AutomationId::from_uuid(Uuid::now_v7()),
        workspace: asked.workspace,
        state: AutomationState::Draft,
        version: 0,
        document: asked.document.clone(),
        created_at: now,
        updated_at: now,
        saved_by: Audited::HOST.to_owned(),
    })
}

fn failed(failure: RunFailure) -> DryRunReport {
    DryRunReport { failure: Some(failure), ..DryRunReport::default() }
}
