//! Plugin state in a commit: everything that was seen is checked first, then what is left is written, with how much it is. And
//! what makes it less: forgetting a key by hand, and the sweep of what has expired.
//!
//! What has expired when the commit is applied, by the clock of the store, is absent: what is there, and what was seen. That an entry
//! came to its end between the two is no change by anybody, and a step that took its time need not run again for it. A run's
//! own times would not do: it may have begun, or been due, days before its step looked.

use std::collections::BTreeMap;

use hookbox_model::{Seen, StateEntry, StateUsage, Timestamp, WorkspaceId};
use hookbox_store::{CommitError, StoreError};

use super::unfinished;
use crate::batch::Batch;
use crate::error::Fault;
use crate::key;
use crate::record::{Record, seal_index};
use crate::tables::Fixed;
use crate::unit::{Becomes, StateUnit};

/// Plugin state as a commit leaves it: checked, and to be written.
#[derive(Default)]
pub(super) struct StateChange {
    rows: BTreeMap<Vec<u8>, Planned>,
    usages: BTreeMap<Vec<u8>, Counted>,
}

/// How much a plugin keeps.
#[derive(Clone, Copy)]
struct Counted {
    before: StateUsage,
    after: StateUsage,
}

/// What becomes of one row.
struct Planned {
    before: Option<StateEntry>,
    after: Option<(StateEntry, Vec<u8>)>,
}

/// What a commit changes, if everything that it saw is just so at `now` and no plugin keeps more than `max` by it.
pub(super) fn check_state(
    batch: &mut Batch<'_>,
    units: Vec<StateUnit>,
    now: Timestamp,
    max: StateUsage,
) -> Result<StateChange, Fault<CommitError>> {
    let mut rows = BTreeMap::new();
    for StateUnit { plugin, key, seen, becomes } in units {
        let before = batch.record::<StateEntry>(Fixed::PluginState, &key)?;
        let live = before.as_ref().filter(|entry| entry.is_live(now));
        let is_so = match &seen {
            Seen::Unread => true,
            Seen::Absent => live.is_none(),
            Seen::Entry(entry) => live == Some(entry).filter(|entry| entry.is_live(now)),
        };
        if !is_so {
            return Err(CommitError::StateChanged { plugin }.into());
        }
        let after = match becomes {
            Becomes::Unchanged => continue,
            Becomes::Removed => None,
            Becomes::Entry { entry, value } => Some((entry, value)),
        };
        rows.insert(key, Planned { before, after });
    }
    let usages = usages(batch, &rows)?;
    match usages.iter().find(|(_, counted)| counted.grows_past(max)) {
        Some((row, counted)) => {
            let plugin = String::from_utf8_lossy(row.get(key::ID..).unwrap_or_default()).into_owned();
            Err(CommitError::StateFull { plugin, would: counted.after, max }.into())
        }
        None => Ok(StateChange { rows, usages }),
    }
}

impl Counted {
    /// What is past the limit already may become less, or stay.
    fn grows_past(&self, max: StateUsage) -> bool {
        let Self { before, after } = self;
        (after.keys > max.keys && after.keys > before.keys) || (after.bytes > max.bytes && after.bytes > before.bytes)
    }
}

/// Writes what was checked.
pub(super) fn write_state<R>(batch: &mut Batch<'_>, change: StateChange) -> Result<(), Fault<R>> {
    change.rows.into_iter().try_for_each(|(row, planned)| write_row(batch, &row, planned))?;
    change.usages.iter().try_for_each(|(row, counted)| write_usage(batch, row, counted.after))
}

/// Forgets a key, also one whose entry or whose count is damaged; `Missing` when nothing is there.
pub(crate) fn forget_state(
    batch: &mut Batch<'_>,
    workspace: WorkspaceId,
    plugin: &str,
    key: &str,
) -> Result<(), Fault> {
    let row = key::state(workspace, plugin, key.as_bytes());
    if !batch.contains::<StoreError>(Fixed::PluginState, &row)? {
        return Err(StoreError::Missing { what: StateEntry::WHAT }.into());
    }
    remove_entry(batch, &row)
}

/// Removes the state that these rows of `state-ends` say has expired at `now`, unless it was given another end since.
pub(crate) fn sweep_state(batch: &mut Batch<'_>, ends: &[Vec<u8>], now: Timestamp) -> Result<(), redb::Error> {
    for end in ends {
        match expire(batch, end, now) {
            // A damaged row was noted; it must not keep the others from being swept.
            Ok(()) | Err(Fault::Refused(_)) => batch.retract(Fixed::StateEnds, end),
            Err(Fault::Disk(error)) => return Err(error),
        }
    }
    Ok(())
}

fn expire(batch: &mut Batch<'_>, end: &[u8], now: Timestamp) -> Result<(), Fault> {
    let row = end.get(8..).unwrap_or_default();
    let stored = batch.record::<StateEntry>(Fixed::PluginState, row)?;
    let ends = stored.and_then(|entry| entry.expires_at);
    if ends.is_none_or(|at| at.as_millis() != key::number_at(end, 0) || at > now) {
        return Ok(());
    }
    remove_entry(batch, row)
}

/// Removes an entry. When it cannot be read, or what is counted of its plugin cannot, that is counted anew.
fn remove_entry(batch: &mut Batch<'_>, row: &[u8]) -> Result<(), Fault> {
    let (before, mut is_whole) = match batch.record::<StateEntry>(Fixed::PluginState, row) {
        Ok(before) => (before, true),
        // If it had an end, the sweep removes the row of that when it comes.
        Err(Fault::Refused(_)) => (None, false),
        Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
    };
    let mut change = StateChange::default();
    change.rows.insert(row.to_vec(), Planned { before, after: None });
    match usages(batch, &change.rows) {
        Ok(usages) => change.usages = usages,
        Err(Fault::Refused(_)) => is_whole = false,
        Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
    }
    write_state::<StoreError>(batch, change)?;
    if is_whole { Ok(()) } else { Ok(recount(batch, row).map_err(unfinished)?) }
}

/// Counts anew what the plugin of a row keeps.
fn recount(batch: &mut Batch<'_>, row: &[u8]) -> Result<(), Fault> {
    let key_bytes = key::state_parts(row).map_or(0, |(_, key)| key.len());
    let mut usage = StateUsage::default();
    for row in batch.first_keys::<StoreError>(Fixed::PluginState, &row[..row.len() - key_bytes], usize::MAX)? {
        match batch.record::<StateEntry>(Fixed::PluginState, &row) {
            Ok(entry) => usage = entry.map_or(usage, |entry| usage_with(usage, &row, &entry)),
            Err(Fault::Refused(_)) => {}
            Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
        }
    }
    write_usage(batch, &usage_row_of(row), usage)
}

/// What the plugins of these rows keep before and afterwards.
fn usages(batch: &mut Batch<'_>, rows: &BTreeMap<Vec<u8>, Planned>) -> Result<BTreeMap<Vec<u8>, Counted>, Fault> {
    let mut usages: BTreeMap<Vec<u8>, Counted> = BTreeMap::new();
    for (row, planned) in rows {
        let of = usage_row_of(row);
        let mut counted = match usages.get(&of) {
            Some(counted) => *counted,
            None => {
                let stored = batch.index(Fixed::StateUsage, &of, USAGE)?;
                let before = stored.map_or(Ok(StateUsage::default()), |payload| usage_of(&payload))?;
                Counted { before, after: before }
            }
        };
        if let Some(before) = &planned.before {
            counted.after = usage_without(counted.after, row, before);
        }
        if let Some((after, _)) = &planned.after {
            counted.after = usage_with(counted.after, row, after);
        }
        usages.insert(of, counted);
    }
    Ok(usages)
}

/// What rows of `state-usage` are called in messages.
pub(crate) const USAGE: &str = "count of plugin state";

/// The row that says how much a plugin keeps.
pub(crate) fn usage_row(workspace: WorkspaceId, plugin: &[u8]) -> Vec<u8> {
    key::with(workspace.as_bytes(), plugin)
}

/// The same for the plugin of a row of `plugin-state`.
pub(crate) fn usage_row_of(row: &[u8]) -> Vec<u8> {
    let plugin = key::state_parts(row).map_or(row, |(plugin, _)| plugin);
    usage_row(WorkspaceId::from_bytes(key::id_at(row, 0)), plugin)
}

/// What the payload of such a row says.
pub(crate) fn usage_of(payload: &[u8]) -> Result<StateUsage, StoreError> {
    let parts = payload.split_first_chunk::<8>().and_then(|(keys, bytes)| Some((keys, bytes.try_into().ok()?)));
    let (keys, bytes) =
        parts.ok_or_else(|| StoreError::Damaged { what: USAGE, reason: "it has no 16 bytes".into() })?;
    Ok(StateUsage { keys: u64::from_be_bytes(*keys), bytes: u64::from_be_bytes(bytes) })
}

/// What is kept with this entry beside.
pub(crate) fn usage_with(usage: StateUsage, row: &[u8], entry: &StateEntry) -> StateUsage {
    StateUsage { keys: usage.keys.saturating_add(1), bytes: usage.bytes.saturating_add(bytes(row, entry)) }
}

fn usage_without(usage: StateUsage, row: &[u8], entry: &StateEntry) -> StateUsage {
    StateUsage { keys: usage.keys.saturating_sub(1), bytes: usage.bytes.saturating_sub(bytes(row, entry)) }
}

/// Bytes of key and value.
fn bytes(row: &[u8], entry: &StateEntry) -> u64 {
    (key::state_parts(row).map_or(0, |(_, key)| key.len()) + entry.value.len()) as u64
}

/// The row of `state-ends` of an entry that ends.
pub(crate) fn end_row(at: Timestamp, row: &[u8]) -> Vec<u8> {
    [at.as_millis().to_be_bytes().as_slice(), row].concat()
}

fn write_row<R>(batch: &mut Batch<'_>, row: &[u8], Planned { before, after }: Planned) -> Result<(), Fault<R>> {
    let ended = before.and_then(|entry| entry.expires_at);
    let ends = after.as_ref().and_then(|(entry, _)| entry.expires_at);
    if ended != ends {
        if let Some(at) = ended {
            batch.retract(Fixed::StateEnds, &end_row(at, row));
        }
        if let Some(at) = ends {
            batch.append_mark(Fixed::StateEnds, &end_row(at, row));
        }
    }
    match after {
        Some((_, value)) => Ok(batch.put(Fixed::PluginState, row, &value)?),
        None => Ok(batch.remove(Fixed::PluginState, row).map(drop)?),
    }
}

fn write_usage<R>(batch: &mut Batch<'_>, row: &[u8], usage: StateUsage) -> Result<(), Fault<R>> {
    if usage.keys == 0 {
        return Ok(batch.remove(Fixed::StateUsage, row).map(drop)?);
    }
    let payload = [usage.keys.to_be_bytes(), usage.bytes.to_be_bytes()].concat();
    Ok(batch.put(Fixed::StateUsage, row, &seal_index(row, &payload))?)
}

/// The key in a row of `plugin-state`.
pub(crate) fn state_key(row: &[u8]) -> Result<String, StoreError> {
    let text = key::state_parts(row).and_then(|(_, key)| String::from_utf8(key.to_vec()).ok());
    text.ok_or_else(|| StoreError::Damaged { what: StateEntry::WHAT, reason: "its key is no text".into() })
}
