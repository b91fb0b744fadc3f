//! What a unit does to the batch: check first, then write; and what the batch itself adds before its commit.

mod capture;
mod line;
mod recent;
mod contact;
mod list;
mod message;
mod incoming;
mod run;
mod state;
mod audit;
mod plugin;
mod token;
mod user;
mod stats;

use std::collections::BTreeMap;

use hookbox_model::{CaptureId, WorkspaceId};

use crate::batch::{Batch, News, RunKey};
use crate::error::Fault;
use crate::key;
use crate::pending::{Backlog, Mark};
use crate::record::seal_index;
use crate::tables::Fixed;

pub(crate) use audit::{AuditHead, HEAD, next_entries, next_entry, write_entries};
pub(crate) use capture::{idempotency_key, store_capture};
pub(crate) use contact::{create_contact, identifier_key, update_contact};
pub(crate) use incoming::{incoming_key, receive};
pub(crate) use line::{APART, Found, ON_ITS_WAY, due_of, open_entry, open_head, rank_of};
pub(crate) use list::{Membership, change_list, leave_list};
pub(crate) use message::{MessageStep, QUARTER_MS, commit_message, decide, fall_due, report};
pub(crate) use plugin::{
    ACTIVE, activate_plugin, deactivate_plugin, decide_plugin, digest_of, home_of, inherit_plugin, install_plugin,
    remove_plugin,
};
pub(crate) use run::{RUNS_SPAN_MS, cancel_run, commit_run, release_held, replay_run};
pub(crate) use state::{
    USAGE, end_row, forget_state, state_key, sweep_state, usage_of, usage_row, usage_row_of, usage_with,
};
pub(crate) use stats::{CALLS, QUEUE, RUNS, add_counts, drop_counts, stats_table};
pub(crate) use token::{HOLDER, ended_rows, holder, holder_row, token_rows};
pub(crate) use user::{begin_session, change_user, create_user, put_invite, same_user, sessions_of};

/// The key of the schema's version in `meta`.
pub(crate) const SCHEMA: &[u8] = b"schema";
/// The key of the last commit's number in `meta`.
pub(crate) const SEQUENCE: &[u8] = b"sequence";

/// The key of the day before which history was dropped in `meta`.
pub(crate) const DROPPED: &[u8] = b"dropped";
/// The key of the time that retention goes by in `meta`.
pub(crate) const RETENTION: &[u8] = b"retention";

/// A refusal after the first write would leave half a unit in the batch: then the batch must fail.
fn unfinished(fault: Fault) -> redb::Error {
    match fault {
        Fault::Refused(error) => redb::Error::Corrupted(error.to_string()),
        Fault::Disk(error) => error,
    }
}

/// How often runs were interrupted, before they are handed out again.
pub(crate) fn count_interruptions(batch: &mut Batch<'_>, counts: Vec<(RunKey, u32)>) -> Result<(), Fault> {
    for ((workspace, run), count) in &counts {
        let key = key::pair(*workspace, run.as_bytes());
        batch.put(Fixed::Interruptions, &key, &seal_index(&key, &count.to_be_bytes()))?;
    }
    batch.news.push(News::Counted(counts));
    Ok(())
}

/// The rows that belong to the batch as a whole: index rows of its runs, the marks of its workspaces, its number.
///
/// The mark of a workspace is that of the commits before this one, lowered to this batch's captures: older than need be
/// by one batch, never newer.
pub(crate) fn finish_batch(
    batch: &mut Batch<'_>,
    sequence: u64,
    backlog: impl Fn(WorkspaceId) -> Option<Mark>,
) -> Result<(), Fault> {
    run::index_by_automation(batch)?;
    for (workspace, change) in changes(&batch.news) {
        let before = backlog(workspace);
        let oldest = [before.map(|mark| mark.oldest), change.oldest].into_iter().flatten().min();
        let Some(oldest) = oldest else { continue };
        let unfinished = before.map_or(0, |mark| mark.unfinished) + change.captured;
        let mark = Mark { oldest, unfinished: unfinished.saturating_sub(change.finished) };
        batch.put(Fixed::Marks, workspace.as_bytes(), &seal_mark(workspace, mark))?;
    }
    batch.write_deferred()?;
    batch.put(Fixed::Meta, SEQUENCE, &seal_index(SEQUENCE, &sequence.to_be_bytes()))?;
    Ok(())
}

#[derive(Default)]
struct Change {
    captured: u64,
    finished: u64,
    oldest: Option<CaptureId>,
}

fn changes(news: &[News]) -> BTreeMap<WorkspaceId, Change> {
    let mut changes: BTreeMap<WorkspaceId, Change> = BTreeMap::new();
    for item in news {
        match item {
            News::Captured(capture) => {
                let change = changes.entry(capture.workspace).or_default();
                change.captured += 1;
                change.oldest = Some(change.oldest.map_or(capture.id, |oldest| oldest.min(capture.id)));
            }
            News::Brought(brought) if brought.finishes.is_some() => {
                changes.entry(brought.key.0).or_default().finished += 1;
            }
            News::Brought(_) | News::Counted(_) => {}
        }
    }
    changes
}

fn seal_mark(workspace: WorkspaceId, mark: Mark) -> Vec<u8> {
    let mut payload = mark.oldest.as_bytes().to_vec();
    payload.extend_from_slice(&mark.unfinished.to_be_bytes());
    seal_index(workspace.as_bytes(), &payload)
}

/// The mark in the payload of a row of `marks`.
pub(crate) fn mark_of(payload: &[u8]) -> Option<Mark> {
    let (oldest, unfinished) = payload.split_first_chunk::<16>()?;
    Some(Mark { oldest: CaptureId::from_bytes(*oldest), unfinished: u64::from_be_bytes(unfinished.try_into().ok()?) })
}

/// The mark a backlog wants.
pub(crate) fn mark_wanted(backlog: Option<&Backlog>) -> Option<Mark> {
    backlog.and_then(Backlog::mark)
}
