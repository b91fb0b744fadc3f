//! What was unfinished when a backup was taken: set aside before a restored store is used, because the host that it is of went on.
//!
//! What that host did since the backup nobody knows here: it will have sent what was in the outbox and ended what ran. To take all of
//! it up again would send messages twice, of which nobody would hear. So runs that are due become dead letters with the code
//! `restored`, which can be looked through and repeated in bulk, and messages that are due become `unknown`, about which somebody
//! decides. What is due later goes on: nobody did it yet, or that host still runs, and two copies of one host must not.

use std::time::Duration;

use anyhow::{Result, bail};
use hookbox_model::{Audited, Message, MessageState, Run, RunFailure, RunState, Timestamp, WorkspaceId};
use hookbox_store::{Claim, CommitError, MessageCommitted, RunCommit, Store};
use serde::Serialize;
use serde_json::json;
use tokio::time::timeout;

use crate::fresh::now;

/// The code of runs that were set aside.
pub(crate) const CODE: &str = "restored";

/// How many runs or messages are looked at and written at once.
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

/// Sets aside what is unfinished and due, and notes in the host's log that the store was restored from a backup of `taken_at`.
pub(crate) async fn set_aside(store: &dyn Store, taken_at: Timestamp, sequence: u64) -> Result<SetAside> {
    let done = SetAside { runs: runs(store, taken_at).await?, messages: messages(store, taken_at).await? };
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

async fn runs(store: &dyn Store, taken_at: Timestamp) -> Result<u64> {
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
        // All at once: they are written with one commit.
        let receipts: Vec<_> = claims
            .iter()
            .map(|claim| {
                let run = ended(claim, taken_at);
                store.runs().commit_run(RunCommit { run, contact: None, begins: Vec::new(), state: Vec::new() })
            })
            .collect();
        for receipt in receipts {
            receipt.await?;
            done += 1;
        }
    }
}

/// The run as a dead letter.
fn ended(claim: &Claim, taken_at: Timestamp) -> Run {
    let message = format!(
        "it was unfinished when the backup of {taken_at} was taken that this store was restored from, and may have been ended \
         since; look what it did, and replay it if it did not"
    );
    let run = claim.run.clone().unwrap_or_else(|| Run::first_of(&claim.capture, now()));
    Run {
        revision: run.revision + 1,
        state: RunState::Failed,
        failure: Some(RunFailure::new("host", CODE, message)),
        due_at: None,
        finished_at: Some(now()),
        ..run
    }
}

async fn messages(store: &dyn Store, taken_at: Timestamp) -> Result<u64> {
    let (mut done, mut empty) = (0, 0);
    loop {
        let claims = store.outbox().claim(BATCH).await?;
        if claims.is_empty() {
            if timeout(PATIENCE, store.outbox().wait_for_outbox()).await.is_err() {
                return Ok(done);
            }
            empty = again(empty)?;
            continue;
        }
        empty = 0;
        for claim in claims {
            match store.outbox().commit_message(&doubted(claim.message, taken_at), false, now()).await {
                Ok(MessageCommitted::AsAsked | MessageCommitted::Suppressed) => done += 1,
                // Somebody else would have to have changed it, and nobody else is here.
                Err(error @ CommitError::RunChanged) => bail!("a message of the outbox is not as it says: {error}"),
                Err(error) => return Err(error.into()),
            }
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
