//! Who is on a list: put on it and taken off it by somebody, the contacts and the index of lists true to each other.

use std::collections::BTreeSet;

use hookbox_model::{Audited, Contact, ContactId, ListId, Timestamp, WorkspaceId};
use hookbox_store::StoreError;

use super::audit::next_entry;
use super::contact::write_contact;
use super::unfinished;
use crate::batch::Batch;
use crate::error::Fault;
use crate::key;
use crate::record::ContactRow;
use crate::tables::Fixed;

/// Which way a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// Onto the list.
    On,
    /// Off the list.
    Off,
}

/// Puts contacts on a list or takes them off, all or none: `Stale` when one of them is there, or not there, already.
pub(crate) fn change_list(
    batch: &mut Batch<'_>,
    (workspace, list): (WorkspaceId, ListId),
    membership: Membership,
    contacts: &BTreeSet<ContactId>,
    audited: &Audited,
) -> Result<(), Fault> {
    if !batch.contains::<StoreError>(Fixed::Lists, &key::pair(workspace, list.as_bytes()))? {
        return Err(StoreError::Missing { what: "list" }.into());
    }
    let mut changes = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let row = key::pair(workspace, contact.as_bytes());
        let stored = batch.record::<ContactRow>(Fixed::Contacts, &row)?;
        let stored = stored.ok_or(StoreError::Missing { what: "contact" })?;
        let after = changed(&stored.contact, list, membership, audited.at);
        changes.push((row, after.ok_or(StoreError::Stale { what: "contact" })?, stored));
    }
    if changes.is_empty() {
        return Ok(());
    }
    let entry = next_entry(batch, workspace, audited)?;
    for (row, after, ContactRow { contact, belongings }) in &changes {
        write_contact(batch, row, Some(contact), (after, belongings)).map_err(unfinished)?;
    }
    Ok(entry.write(batch)?)
}

/// Takes contacts off a list that was removed; without any, all have left it. Those that left it meanwhile stay as they are. Of one that
/// is gone or cannot be read only the index is put right.
pub(crate) fn leave_list(
    batch: &mut Batch<'_>,
    (workspace, list): (WorkspaceId, ListId),
    contacts: &[ContactId],
    at: Timestamp,
) -> Result<(), Fault> {
    if contacts.is_empty() {
        batch.retract(Fixed::RemovedLists, &key::pair(workspace, list.as_bytes()));
        return Ok(());
    }
    let mut changes = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let row = key::pair(workspace, contact.as_bytes());
        let stored = match batch.record::<ContactRow>(Fixed::Contacts, &row) {
            Ok(stored) => stored,
            Err(Fault::Refused(StoreError::Damaged { .. })) => None,
            Err(fault) => return Err(fault),
        };
        let after = stored.and_then(|stored| {
            let after = changed(&stored.contact, list, Membership::Off, at)?;
            Some((row, after, stored))
        });
        changes.push((*contact, after));
    }
    for (contact, after) in &changes {
        match after {
            Some((row, after, ContactRow { contact, belongings })) => {
                write_contact(batch, row, Some(contact), (after, belongings)).map_err(unfinished)?;
            }
            None => {
                let index = key::triple(workspace, list.as_bytes(), contact.as_bytes());
                batch.retract(Fixed::ListContacts, &index);
            }
        }
    }
    Ok(())
}

/// The contact at its next version; nothing if it is so already, or has no room for another list.
fn changed(contact: &Contact, list: ListId, membership: Membership, at: Timestamp) -> Option<Contact> {
    let mut after = contact.clone();
    let changes = match membership {
        Membership::On => after.lists.insert(list) && after.check_size().is_ok(),
        Membership::Off => after.lists.remove(&list),
    };
    after.version = after.version.checked_add(1)?;
    after.updated_at = at;
    changes.then_some(after)
}
