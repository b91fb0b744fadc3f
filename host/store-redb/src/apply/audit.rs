//! Entries of the audit log. Their place and what they follow are decided here, where there is one writer: changes made at the
//! same moment follow one another.

use hookbox_model::{AuditEntry, Audited, Digest, WorkspaceId};
use hookbox_store::{LogEntries, StoreError};

use crate::batch::Batch;
use crate::edge::{Edge, pass};
use crate::error::Fault;
use crate::key;
use crate::record::{seal, seal_index};
use crate::tables::Fixed;

/// What rows of `audit-heads` are called in messages.
pub(crate) const HEAD: &str = "end of the audit log";

/// An entry that is to be written together with its change.
pub(crate) struct NextEntry {
    workspace: WorkspaceId,
    row: [u8; 24],
    value: Vec<u8>,
    head: Vec<u8>,
}

/// The newest entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuditHead {
    /// Its place: how many entries there are.
    pub(crate) place: u64,
    /// Its digest.
    pub(crate) digest: Digest,
}

impl AuditHead {
    /// The head of a log without entries.
    pub(crate) const NONE: Self = Self { place: 0, digest: Digest::from_bytes([0; 32]) };

    /// What the payload of a row of `audit-heads` says.
    pub(crate) fn read(payload: &[u8]) -> Result<Self, StoreError> {
        let parts = payload.split_first_chunk::<8>().and_then(|(place, digest)| Some((place, digest.try_into().ok()?)));
        let (place, digest) =
            parts.ok_or_else(|| StoreError::Damaged { what: HEAD, reason: "it has no 40 bytes".into() })?;
        Ok(Self { place: u64::from_be_bytes(*place), digest: Digest::from_bytes(digest) })
    }
}

/// The entry of a change, checked: it can be written. One change has one.
pub(crate) fn next_entry(batch: &mut Batch<'_>, workspace: WorkspaceId, audited: &Audited) -> Result<NextEntry, Fault> {
    let head = match batch.index(Fixed::AuditHeads, workspace.as_bytes(), HEAD)? {
        Some(payload) => AuditHead::read(&payload)?,
        None => AuditHead::NONE,
    };
    let entry = AuditEntry::of(workspace, head.place.saturating_add(1), audited, head.digest);
    let row = key::counted(workspace, entry.place);
    if batch.contains::<StoreError>(Fixed::Audit, &row)? {
        // An entry is never written over, whatever became of the row that tells the newest.
        let reason = format!("it has an entry {} that it does not know of; verify it", entry.place);
        return Err(StoreError::Damaged { what: "audit log", reason }.into());
    }
    let payload = [entry.place.to_be_bytes().as_slice(), entry.digest.as_bytes()].concat();
    let head = seal_index(workspace.as_bytes(), &payload);
    Ok(NextEntry { workspace, row, value: seal(&row, &entry)?, head })
}

/// The entries of a change that belongs into several logs, checked: one for each.
pub(crate) fn next_entries(batch: &mut Batch<'_>, audited: &LogEntries) -> Result<Vec<NextEntry>, Fault> {
    audited.iter().map(|(workspace, audited)| next_entry(batch, *workspace, audited)).collect()
}

/// Writes them.
pub(crate) fn write_entries(batch: &mut Batch<'_>, entries: Vec<NextEntry>) -> Result<(), redb::Error> {
    entries.into_iter().try_for_each(|entry| entry.write(batch))
}

impl NextEntry {
    /// Writes the entry.
    pub(crate) fn write(self, batch: &mut Batch<'_>) -> Result<(), redb::Error> {
        batch.put(Fixed::Audit, &self.row, &self.value)?;
        pass(Edge::AuditWritten);
        batch.put(Fixed::AuditHeads, self.workspace.as_bytes(), &self.head)
    }
}
