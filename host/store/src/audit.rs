//! The audit log: written by other concepts in the transaction of a change, read here. Every method that somebody's request leads to
//! takes what the entry says of it. A change that is refused has no entry, nor has one that finds everything as it asks. What
//! changes no record, but is done on somebody's word, is noted.
//!
//! The store gives each entry its place and the digest of the one before it as it writes it, so that changes made at the same
//! moment follow one another.

use async_trait::async_trait;
use hookbox_model::{AuditEntry, Audited, Timestamp, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// Which entries are wanted; all of them when nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only of this act (`plugin.approve`), or of every act upon this noun (`plugin`).
    pub act: Option<String>,
    /// Only by this user, token or host; those of a user with whatever token, those of a token whosever it is.
    pub by: Option<String>,
    /// Only those whose subject begins so.
    pub subject: Option<String>,
    /// Only those of this moment or later.
    pub from: Option<Timestamp>,
    /// Only those before this moment.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether an entry is wanted.
    pub fn takes(&self, entry: &AuditEntry) -> bool {
        let acts = |wanted: &String| {
            let noun = entry.act.split_once('.').map(|(noun, _)| noun);
            entry.act == *wanted || noun == Some(wanted.as_str())
        };
        let does = |wanted: &String| entry.by == *wanted || entry.by.split(" with ").any(|part| part == wanted);
        self.act.as_ref().is_none_or(acts)
            && self.by.as_ref().is_none_or(does)
            && self.subject.as_ref().is_none_or(|wanted| entry.subject.starts_with(wanted.as_str()))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
    }
}

/// What may be asked about the audit log. Nothing changes or removes an entry.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Notes what somebody did that changes no record.
    async fn note(&self, workspace: WorkspaceId, audited: Audited) -> Result<(), StoreError>;

    /// The entries of a workspace ([`WorkspaceId::HOST`]: of the host), newest first. A page looks through a bounded part of the log:
    /// it may be empty and go on.
    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError>;

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
