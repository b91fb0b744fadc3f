//! The audit log: who changed what, when, from what to what. Each entry carries the digest of the one before it.

use serde::{Deserialize, Serialize};

use crate::{Digest, Timestamp, WorkspaceId};

/// What a change says of itself; the store writes it in the transaction of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// When.
    pub at: Timestamp,
    /// Who: the id of a user or a token (`usr_…`, `tok_…`), or `host` for what the host does by itself.
    pub by: String,
    /// What was done, noun first: `plugin.approve`.
    pub act: &'static str,
    /// To what: the id, and what people call it.
    pub subject: String,
    /// What it was before, as JSON text; `null` when it was not there.
    pub before: String,
    /// What it is now, as JSON text; `null` when it is gone.
    pub after: String,
}

impl Audited {
    /// Who it is that the host itself is called.
    pub const HOST: &str = "host";
}

/// One entry of a workspace's audit log, or of the host's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The workspace, or [`WorkspaceId::HOST`].
    pub workspace: WorkspaceId,
    /// Its place in the workspace's log, from 1.
    pub place: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// What it was before, as JSON text.
    pub before: String,
    /// What it is now, as JSON text.
    pub after: String,
    /// The digest of the entry before this one; zeros for the first.
    pub previous: Digest,
    /// SHA-256 of everything above.
    pub digest: Digest,
}

impl AuditEntry {
    /// The entry of `audited` at `place`, after the one with the digest `previous`.
    pub fn of(workspace: WorkspaceId, place: u64, audited: &Audited, previous: Digest) -> Self {
        let mut entry = Self {
            workspace,
            place,
            at: audited.at,
            by: audited.by.clone(),
            act: audited.act.to_owned(),
            subject: audited.subject.clone(),
            before: audited.before.clone(),
            after: audited.after.clone(),
            previous,
            digest: previous,
        };
        entry.digest = entry.expected();
        entry
    }

    /// Whether nothing of it was changed since it was written.
    pub fn is_whole(&self) -> bool {
        self.digest == self.expected()
    }

    /// Every part with its length before it, so that nothing can be moved from one to the next.
    fn expected(&self) -> Digest {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(self.workspace.as_bytes());
        bytes.extend_from_slice(&self.place.to_be_bytes());
        bytes.extend_from_slice(&self.at.as_millis().to_be_bytes());
        for text in [&self.by, &self.act, &self.subject, &self.before, &self.after] {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(self.previous.as_bytes());
        Digest::of(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{AuditEntry, Audited};
    use crate::{Digest, Timestamp, WorkspaceId};

    #[test]
    fn an_entry_that_was_changed_is_not_whole() {
        let audited = Audited {
            at: Timestamp::from_millis(7),
            by: "tok_1".into(),
            act: "plugin.approve",
            subject: "plg_1".into(),
            before: "null".into(),
            after: "{}".into(),
        };
        let entry = AuditEntry::of(WorkspaceId::from_bytes([1; 16]), 1, &audited, Digest::of(b""));
        assert!(entry.is_whole());
        for changed in [
            AuditEntry { place: 2, ..entry.clone() },
            AuditEntry { by: "tok_2".into(), ..entry.clone() },
            AuditEntry { by: "tok_1p".into(), act: "lugin.approve".into(), ..entry.clone() },
            AuditEntry { after: "null".into(), ..entry.clone() },
            AuditEntry { previous: Digest::of(b"x"), ..entry.clone() },
        ] {
            assert!(!changed.is_whole(), "{changed:?}");
        }
    }
}
