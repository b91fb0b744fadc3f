//! Contacts against their runs and messages: each is found from its contact, in the contact's row or by a mark. A message is in one of them;
//! a run that was of another contact for a while may be in both, and is shown once.

use hookbox_model::{Id, Kind, Message, RunId};
use hookbox_store::StoreError;

use super::findings::Findings;
use super::scan::{each, keys};
use crate::history::dropped_before;
use crate::key;
use crate::record::{ContactRow, Recent};
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Fixed, Name};

/// Checks what leads from contacts to runs and messages, and that each message is found so. That each run is, is for whoever looks at
/// runs to ask: see [`leads_to_run`].
pub(super) fn check(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    let dropped_before = dropped_before(snapshot)?;
    rows(snapshot, dropped_before, findings)?;
    messages(snapshot, findings)?;
    for day in snapshot.days().range(dropped_before..) {
        let name = Name::Daily(Daily::RunContacts, *day);
        keys(snapshot, name, |row, _| {
            let run = [&row[..key::ID], &key::id_at(row, 2 * key::ID)].concat();
            if !snapshot.contains(Name::Daily(Daily::Runs, *day), &run)? {
                findings.add(name, row, "its run is not there");
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Whether the contact with this key leads to a run of its.
pub(super) fn leads_to_run(snapshot: &Snapshot, contact: &[u8; 32], run: RunId) -> Result<bool, StoreError> {
    let marked = snapshot.contains(Daily::RunContacts.at(run.made_at()), &key::mark(contact, run.as_bytes()))?;
    Ok(marked || recent(snapshot, contact).is_none_or(|recent| recent.runs.contains(&run)))
}

/// What stands in the rows of contacts.
fn rows(snapshot: &Snapshot, dropped_before: u32, findings: &mut Findings) -> Result<(), StoreError> {
    each::<ContactRow>(snapshot, Fixed::Contacts, |row, stored| {
        let (contact, Recent { runs, messages }) = (&stored.contact, &stored.belongings.recent);
        let of_contact = key::pair(contact.workspace, contact.id.as_bytes());
        if !is_list(runs) || !is_list(messages) {
            findings.add(Fixed::Contacts, row, "its newest runs or messages are too many or not in order");
        }
        for id in messages {
            let message = key::pair(contact.workspace, id.as_bytes());
            if is_not_of(snapshot, &message, contact.id.as_bytes()) {
                findings.add(Fixed::Contacts, row, "it names a message that is not there or not its own");
            }
            if snapshot.contains(Fixed::ContactMessages, &key::mark(&of_contact, id.as_bytes()))? {
                findings.add(Fixed::Contacts, row, "it names a message that is in the index too");
            }
        }
        for id in runs {
            let (day, run) = (id.made_at().day(), key::pair(contact.workspace, id.as_bytes()));
            if day >= dropped_before && !snapshot.contains(Name::Daily(Daily::Runs, day), &run)? {
                findings.add(Fixed::Contacts, row, "it names a run that is not there");
            }
        }
        Ok(())
    })
}

/// Messages, and their marks.
fn messages(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<Message>(snapshot, Fixed::Messages, |row, message| {
        let contact = key::pair(message.workspace, message.contact.as_bytes());
        let marked = snapshot.contains(Fixed::ContactMessages, &key::mark(&contact, message.id.as_bytes()))?;
        let is_recent = || recent(snapshot, &contact).is_none_or(|recent| recent.messages.contains(&message.id));
        if !marked && !is_recent() {
            findings.add(Fixed::Messages, row, "its contact does not lead to it");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::ContactMessages, |row, _| {
        let message = [&row[..key::ID], &key::id_at(row, 2 * key::ID)].concat();
        if is_not_of(snapshot, &message, &key::id_at(row, key::ID)) {
            findings.add(Fixed::ContactMessages, row, "its message is not there or not its contact's");
        }
        Ok(())
    })
}

/// What stands in the row of a contact; nothing when that is unreadable, which is the business of `rows`.
fn recent(snapshot: &Snapshot, contact: &[u8; 32]) -> Option<Recent> {
    let row = snapshot.record::<ContactRow>(Fixed::Contacts, contact).ok()?;
    Some(row.map(|row| row.belongings.recent).unwrap_or_default())
}

/// Whether a message is missing or another contact's; one that is unreadable is the business of `rows`.
fn is_not_of(snapshot: &Snapshot, message: &[u8], contact: &[u8; 16]) -> bool {
    let Ok(message) = snapshot.record::<Message>(Fixed::Messages, message) else { return false };
    message.is_none_or(|message| message.contact.as_bytes() != contact)
}

/// Whether ids are in order, each once, and no more than there may be.
fn is_list<K: Kind>(ids: &[Id<K>]) -> bool {
    ids.len() <= Recent::MAX && ids.is_sorted_by(|one, other| one < other)
}
