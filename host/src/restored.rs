//! What was unfinished when a backup was taken: set aside before a restored store is used, because the host that it is of went on.
//!
//! What that host did since the backup nobody knows here: it will have sent what was in the outbox and ended what ran, and somebody
//! may have let go there what was held. To take all of it up again would send messages twice, of which nobody would hear. So runs
//! become dead letters with the code `restored`, which can be looked through and repeated in bulk, and messages become `unknown`, about
//! which somebody decides. Only what waits for a time of its own that has not come goes on, wait steps and scheduled messages:
//! nobody did it yet, or that host still runs, and two copies of one host must not.

use std::time::Duration;

use anyhow::{Result, bail};
use hookbox_model::{Audited, Message, MessageState, Run, RunFailure, RunState, StepDocument, Timestamp, WorkspaceId};
use hookbox_store::{CommitError, PageRequest, RunCommit, RunFilter, Store, StoreError};
use serde::Serialize;
use serde_json::json;
use tokio::time::timeout;

use crate::fresh::now;

/// The code of runs that were set aside.
pub(crate) const CODE: &str = "restored";

/// How many runs are claimed and written at once.
const BATCH: usize = 256;

/// How long is waited to hear that something more is due.
const PATIENCE: Duration = Duration::from_millis(20);

/// So often in a row the store may say that something is due and then hand out nothing.
const EMPTY_MAX: u32 = 1_000;

/// What was set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct SetAside {
    /// Runs that became dead letters.
    pub(crate) runs: u64,
    /// Messages that became unknown.
    pub(crate) messages: u64,
}

/// Sets aside what is unfinished, and notes in the host's log that the store was restored from a backup of `taken_at`.
pub(crate) async fn set_aside(store: &dyn Store, taken_at: Timestamp, sequence: u64) -> Result<SetAside> {
    let mut done = SetAside { runs: due_runs(store, taken_at).await?, messages: 0 };
    let mut request = PageRequest::first();
    loop {
        let page = store.workspaces().page(request).await?;
        for workspace in page.items {
            done.runs += other_runs(store, workspace.id, taken_at).await?;
            done.messages += messages(store, workspace.id, taken_at).await?;
        }
        match page.next {
            Some(next) => request = PageRequest { after: Some(next), ..PageRequest::first() },
            None => break,
        }
    }
    note(store, taken_at, sequence, Some(done)).await?;
    Ok(done)
}

/// Notes in the host's log that the store was restored; without `done` nothing was set aside.
pub(crate) async fn note(store: &dyn Store, taken_at: Timestamp, sequence: u64, done: Option<SetAside>) -> Result<()> {
    let audited = Audited {
        at: now(),
        by: Audited::HOST.to_owned(),
        act: "host.restore",
        subject: "host".to_owned(),
        before: "null".to_owned(),
        after: json!({"backup": taken_at, "commit": sequence, "set_aside": done}).to_string(),
    };
    Ok(store.audit().note(WorkspaceId::HOST, audited).await?)
}

/// Runs that are due, and those that never began.
async fn due_runs(store: &dyn Store, taken_at: Timestamp) -> Result<u64> {
    let (mut done, mut empty) = (0, 0);
    loop {
        let claims = store.runs().claim(BATCH).await?;
        if claims.is_empty() {
            if timeout(PATIENCE, store.runs().wait_for_work()).await.is_err() {
                return Ok(done);
            }
            empty = again(empty)?;
            continue;
        }
        empty = 0;
        let runs = claims.into_iter().map(|claim| claim.run.unwrap_or_else(|| Run::first_of(&claim.capture, now())));
        done += end(store, runs, taken_at).await?;
    }
}

/// Runs that are held, and those that wait for anything but a time of their own.
async fn other_runs(store: &dyn Store, workspace: WorkspaceId, taken_at: Timestamp) -> Result<u64> {
    let (mut done, mut request) = (0, PageRequest::first());
    loop {
        let page = store.runs().page(workspace, RunFilter::default(), request).await?;
        let now = now();
        let runs = page.items.into_iter().filter(|run| !run.state.is_final() && !waits_for_its_time(run, now));
        done += end(store, runs, taken_at).await?;
        match page.next {
            Some(next) => request = PageRequest { after: Some(next), ..PageRequest::first() },
            None => return Ok(done),
        }
    }
}

/// Whether the run is in a wait step that is not over.
fn waits_for_its_time(run: &Run, now: Timestamp) -> bool {
    let in_wait = run.steps.last().is_some_and(|step| step.action == StepDocument::WAIT);
    run.state == RunState::Waiting && in_wait && run.due_at.is_some_and(|due_at| due_at > now)
}

/// Makes dead letters of runs. All of them get into line at once: they are written with one commit.
async fn end(store: &dyn Store, runs: impl Iterator<Item = Run>, taken_at: Timestamp) -> Result<u64> {
    let commit = |run| RunCommit { run: ended(run, taken_at), contact: None, begins: Vec::new(), state: Vec::new() };
    let receipts: Vec<_> = runs.map(|run| store.runs().commit_run(commit(run))).collect();
    let mut done = 0;
    for receipt in receipts {
        receipt.await?;
        done += 1;
    }
    Ok(done)
}

/// The run as a dead letter.
fn ended(run: Run, taken_at: Timestamp) -> Run {
    let message = format!(
        "it was unfinished when the backup of {taken_at} was taken that this store was restored from, and may have been ended \
         since; look what it did, and replay it if it did not"
    );
    Run {
        revision: run.revision + 1,
        state: RunState::Failed,
        failure: Some(RunFailure::new("host", CODE, message)),
        due_at: None,
        finished_at: Some(now()),
        ..run
    }
}

/// Messages in the outbox, wherever they stand in their lines, but for scheduled ones whose time has not come.
async fn messages(store: &dyn Store, workspace: WorkspaceId, taken_at: Timestamp) -> Result<u64> {
    let (mut done, mut request) = (0, PageRequest::first());
    loop {
        let page = store.outbox().page(workspace, request).await?;
        let now = now();
        for message in page.items.into_iter().filter(|message| message.send_at.is_none_or(|send_at| send_at <= now)) {
            match store.outbox().commit_message(&doubted(message, taken_at), false, now).await {
                Ok(_) => done += 1,
                // It was noted and can never be sent: the contact or the conversation of it is damaged.
                Err(CommitError::Store(StoreError::Damaged { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match page.next {
            Some(next) => request = PageRequest { after: Some(next), ..PageRequest::first() },
            None => return Ok(done),
        }
    }
}

/// The message as one of which nobody knows whether it was sent.
fn doubted(message: Message, taken_at: Timestamp) -> Message {
    Message {
        revision: message.revision + 1,
        state: MessageState::Unknown,
        reason: Some(format!(
            "it was in the outbox when the backup of {taken_at} was taken that this store was restored from"
        )),
        due_at: None,
        ..message
    }
}

fn again(empty: u32) -> Result<u32> {
    if empty >= EMPTY_MAX {
        bail!("what was unfinished cannot be set aside: the store says that there is more and hands out nothing");
    }
    Ok(empty + 1)
}

#[cfg(test)]
mod tests;
