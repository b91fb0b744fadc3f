//! The audit log: written by other concepts in the transaction of a change, read here. Every method that somebody's request leads to
//! takes what the entry says of it. A change that is refused has no entry, nor has one that finds everything as it asks. What
//! changes no record, but is done on somebody's word, is noted.
//!
//! The store gives each entry its place and the digest of the one before it as it writes it, so that changes made at the same
//! moment follow one another.

use async_trait::async_trait;
use hookbox_model::{AuditEntry, Audited, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about the audit log. Nothing changes or removes an entry.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Notes what somebody did that changes no record.
    async fn note(&self, workspace: WorkspaceId, audited: Audited) -> Result<(), StoreError>;

    /// The entries of a workspace, newest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<AuditEntry>, StoreError>;

    /// Reads the whole log of a workspace and follows its chain from the first entry to the last: it breaks where an entry was
    /// changed, taken out (the last ones too) or put in by anything but the store.
    async fn verify(&self, workspace: WorkspaceId) -> Result<AuditVerified, StoreError>;
}

/// What came of following the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerified {
    /// Every entry is as it was written and follows the one before it.
    Whole {
        /// How many there are.
        entries: u64,
    },
    /// The chain breaks.
    Broken {
        /// At which place.
        place: u64,
        /// What is wrong there.
        why: String,
    },
}
