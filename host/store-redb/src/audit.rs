//! The audit log: the file of its trait in `hookbox-store`, on redb. Entries are written by changes (`apply/audit.rs`).
//!
//! The chain shows that an entry was changed, taken out or put in behind the store's back; the row that tells the newest entry shows
//! that the last ones were taken away. Who can write the file and knows how could make all of it anew: against that helps only
//! a copy elsewhere.

use std::ops::Bound;

use async_trait::async_trait;
use hookbox_model::{AuditEntry, Audited, WorkspaceId};
use hookbox_store::{Audit, AuditFilter, AuditVerified, Page, PageRequest, StoreError};

use crate::apply::{self, AuditHead, HEAD};
use crate::error::{Fault, unreadable};
use crate::key;
use crate::paging;
use crate::record;
use crate::snapshot::{Snapshot, guarded};
use crate::store::RedbStore;
use crate::tables::{Fixed, Name};

#[async_trait]
impl Audit for RedbStore {
    async fn note(&self, workspace: WorkspaceId, audited: Audited) -> Result<(), StoreError> {
        self.change(move |batch| {
            let entry = apply::next_entry(batch, workspace, &audited)?;
            Ok::<_, Fault>(entry.write(batch)?)
        })
        .await
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::descending(snapshot, Fixed::Audit, workspace.as_bytes(), bounds, |key, value| {
                Ok(Some(record::open(key, value)?).filter(|entry| filter.takes(entry)))
            })
        })
    }

    async fn verify(&self, workspace: WorkspaceId) -> Result<AuditVerified, StoreError> {
        let snapshot = self.snapshot()?;
        // A long log takes its time; the runtime's threads have others to serve.
        self.searches().read(move || guarded(|| follow(&snapshot, workspace))).await
    }
}

/// Follows the chain of a workspace's log from the first entry to the last.
pub(crate) fn follow(snapshot: &Snapshot, workspace: WorkspaceId) -> Result<AuditVerified, StoreError> {
    let broken = |place: u64, why: &str| Ok(AuditVerified::Broken { place, why: why.to_owned() });
    let mut newest = AuditHead::NONE;
    if let Some(rows) = snapshot.table(Fixed::Audit.into())? {
        let prefix = workspace.as_bytes();
        for row in paging::range(&rows, &Bound::Included(prefix.to_vec()), prefix)? {
            let (key, value) = row.map_err(unreadable)?;
            let (key, place) = (key.value(), newest.place.saturating_add(1));
            if key::number_at(key, key::ID) != place {
                return broken(place, "there is no entry at this place, and there are later ones");
            }
            let opened = record::open::<AuditEntry>(key, value.value());
            let entry = match snapshot.noted(Name::from(Fixed::Audit), key, opened) {
                Ok(entry) => entry,
                Err(error) => return broken(place, &error.to_string()),
            };
            if (entry.workspace, entry.place) != (workspace, place) || !entry.is_whole() {
                return broken(place, "the entry is not as it was written");
            }
            if entry.previous != newest.digest {
                return broken(place, "the entry does not follow the one before it");
            }
            newest = AuditHead { place, digest: entry.digest };
        }
    }
    let told = match snapshot.index(Fixed::AuditHeads, workspace.as_bytes(), HEAD) {
        Ok(payload) => payload.map_or(Ok(AuditHead::NONE), |payload| AuditHead::read(&payload)),
        Err(error) => Err(error),
    };
    match told {
        Ok(told) if told == newest => Ok(AuditVerified::Whole { entries: newest.place }),
        Ok(told) if told.place > newest.place => {
            broken(newest.place.saturating_add(1), "the newest entries are gone from here on")
        }
        Ok(told) if told.place < newest.place => {
            broken(told.place.saturating_add(1), "the store did not write this entry")
        }
        Ok(_) => broken(newest.place, "the newest entry is not the one that was written last"),
        Err(error) => broken(newest.place, &error.to_string()),
    }
}
