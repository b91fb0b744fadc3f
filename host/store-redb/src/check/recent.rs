//! Contacts against their runs and messages: each is found from its contact once, in the contact's row or by a mark.

use hookbox_model::{Id, Kind, Message, RunId};
use hookbox_store::StoreError;

use super::findings::Findings;
use super::scan::{each, keys, lookup};
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
    Ok(marked || recent(snapshot, contact).runs.contains(&run))
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
            let message = lookup::<Message>(snapshot, Fixed::Messages, &message);
            if message.is_none_or(|message| message.contact != contact.id) {
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
            let mark = key::mark(&of_contact, id.as_bytes());
            if snapshot.contains(Name::Daily(Daily::RunContacts, day), &mark)? {
                findings.add(Fixed::Contacts, row, "it names a run that is in the index too");
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
        if !marked && !recent(snapshot, &contact).messages.contains(&message.id) {
            findings.add(Fixed::Messages, row, "its contact does not lead to it");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::ContactMessages, |row, _| {
        let message = [&row[..key::ID], &key::id_at(row, 2 * key::ID)].concat();
        let message = lookup::<Message>(snapshot, Fixed::Messages, &message);
        if message.is_none_or(|message| message.contact.as_bytes() != &key::id_at(row, key::ID)) {
            findings.add(Fixed::ContactMessages, row, "its message is not there or not its contact's");
        }
        Ok(())
    })
}

/// What stands in the row of a contact; nothing when it is missing or unreadable.
fn recent(snapshot: &Snapshot, contact: &[u8; 32]) -> Recent {
    lookup::<ContactRow>(snapshot, Fixed::Contacts, contact).map(|row| row.belongings.recent).unwrap_or_default()
}

/// Whether ids are in order, each once, and no more than there may be.
fn is_list<K: Kind>(ids: &[Id<K>]) -> bool {
    ids.len() <= Recent::MAX && ids.is_sorted_by(|one, other| one < other)
}
