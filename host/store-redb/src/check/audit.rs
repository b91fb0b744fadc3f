//! Audit logs: every chain holds from its first entry to its last.

use std::collections::BTreeSet;

use hookbox_model::WorkspaceId;
use hookbox_store::{AuditVerified, StoreError};

use super::findings::Findings;
use super::scan::keys;
use crate::audit::follow;
use crate::key;
use crate::snapshot::Snapshot;
use crate::tables::Fixed;

pub(super) fn check(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    let mut workspaces = BTreeSet::new();
    for table in [Fixed::AuditHeads, Fixed::Audit] {
        keys(snapshot, table, |row, _| {
            workspaces.insert(WorkspaceId::from_bytes(key::id_at(row, 0)));
            Ok(())
        })?;
    }
    for workspace in workspaces {
        match follow(snapshot, workspace)? {
            AuditVerified::Whole { .. } => {}
            AuditVerified::Broken { place, why } => {
                findings.add(Fixed::Audit, &key::counted(workspace, place), format!("the chain breaks here: {why}"));
            }
        }
    }
    Ok(())
}
