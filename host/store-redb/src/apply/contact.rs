//! Changing a contact: compared with what was read, its identifiers and lists kept true in their indexes.

use std::collections::BTreeSet;

use hookbox_model::{Audited, Contact, ContactId, Conversation, Identifier, Message, MessageState, RunId, WorkspaceId};
use hookbox_store::{CommitError, StoreError};

use super::audit::next_entry;
use super::line::{self, Of};
use super::recent::{add_message, add_run, mark_run};
use super::unfinished;
use crate::batch::{Batch, RunKey};
use crate::error::Fault;
use crate::key;
use crate::record::{Belongings, ContactRow, Thread, open, open_id, seal, seal_contact, seal_index};
use crate::tables::Fixed;
use crate::unit::{ContactUnit, ConversationUnit, Leaving, MessageUnit};

/// Up to so many bytes the row of a contact shares its page with others.
const ROW_BYTES_SMALL: usize = 4_096;

/// The key of an identifier's row.
pub(crate) fn identifier_key(workspace: WorkspaceId, identifier: &Identifier) -> Vec<u8> {
    let (kind, text) = match identifier {
        Identifier::Phone(text) => (b'p', text),
        Identifier::Email(text) => (b'e', text),
        Identifier::ExternalId(text) => (b'x', text),
    };
    let mut row = Vec::with_capacity(key::ID + 1 + text.len());
    row.extend_from_slice(workspace.as_bytes());
    row.push(kind);
    row.extend_from_slice(text.as_bytes());
    row
}

/// Adds a contact at version 1.
pub(crate) fn create_contact(batch: &mut Batch<'_>, contact: &Contact, audited: &Audited) -> Result<(), Fault> {
    let row = key::pair(contact.workspace, contact.id.as_bytes());
    if batch.contains::<StoreError>(Fixed::Contacts, &row)? {
        return Err(StoreError::Exists { what: "contact", name: contact.id.to_string() }.into());
    }
    let first = Contact { version: 1, ..contact.clone() };
    let entry = next_entry(batch, contact.workspace, audited)?;
    take_or_refuse(batch, None, &first)?;
    write_contact(batch, &row, None, (&first, &Belongings::default()))?;
    Ok(entry.write(batch)?)
}

/// Puts `after` in the place of the version before it; its lists stay.
pub(crate) fn update_contact(batch: &mut Batch<'_>, after: &Contact, audited: &Audited) -> Result<(), Fault> {
    let row = key::pair(after.workspace, after.id.as_bytes());
    let Some(stored) = batch.record::<ContactRow>(Fixed::Contacts, &row)? else {
        return Err(StoreError::Missing { what: "contact" }.into());
    };
    if stored.contact.version.checked_add(1) != Some(after.version) {
        return Err(StoreError::Stale { what: "contact" }.into());
    }
    let entry = next_entry(batch, after.workspace, audited)?;
    take_or_refuse(batch, Some(&stored.contact), after)?;
    let after = Contact { lists: stored.contact.lists.clone(), ..after.clone() };
    write_contact(batch, &row, Some(&stored.contact), (&after, &stored.belongings))?;
    Ok(entry.write(batch)?)
}

/// What is known once a commit's contact was checked.
pub(super) struct Checked {
    row: [u8; 32],
    stored: Option<Contact>,
    belongings: Belongings,
    /// The contact is at another version afterwards, or has a conversation more.
    changes: bool,
}

/// Refuses the commit unless the contact and its conversations are stored just as they were read. Versions alone would not
/// tell: a commit that builds on a refused one may meet another's change of the same version.
pub(super) fn check_contact(batch: &mut Batch<'_>, unit: &ContactUnit) -> Result<Checked, Fault<CommitError>> {
    let after = &unit.after;
    let row = key::pair(after.workspace, after.id.as_bytes());
    let (stored, mut belongings) = match batch.record::<ContactRow>(Fixed::Contacts, &row)? {
        Some(ContactRow { contact, belongings }) => (Some(contact), belongings),
        None => (None, Belongings::default()),
    };
    if stored.as_ref() != unit.before.as_deref() {
        return Err(CommitError::ContactChanged.into());
    }
    let threads = &mut belongings.threads;
    let known = threads.len();
    for conversation in &unit.conversations {
        check_conversation(batch, conversation, threads)?;
    }
    let version = stored.as_ref().map_or(0, |contact| contact.version);
    let is_of = |thread: &Thread, leaving: &Leaving| thread.conversation == leaving.conversation;
    let mut leaving = unit.messages.iter().filter_map(|message| message.leaves.as_ref());
    if !leaving.all(|leaving| threads.iter().any(|thread| is_of(thread, leaving))) {
        return Err(StoreError::Missing { what: "conversation" }.into());
    }
    if after.version == version {
        check_unwritten(batch, unit, stored.is_some())?;
        return Ok(Checked { row, changes: threads.len() > known, stored, belongings });
    }
    if version.checked_add(1) != Some(after.version) {
        return Err(CommitError::ContactChanged.into());
    }
    // Last, because it writes: what it took it gives back when it refuses.
    if take_identifiers(batch, stored.as_ref(), after)?.is_some() {
        return Err(CommitError::ContactChanged.into());
    }
    Ok(Checked { row, stored, belongings, changes: true })
}

/// Checks a commit that writes nothing of its contact. Of one that is not there nobody may have taken the identifiers, and
/// nothing can belong to it.
fn check_unwritten(batch: &mut Batch<'_>, unit: &ContactUnit, is_there: bool) -> Result<(), Fault<CommitError>> {
    if is_there {
        return Ok(());
    }
    for identifier in unit.after.identifiers() {
        let index = identifier_key(unit.after.workspace, &identifier);
        if batch.contains::<CommitError>(Fixed::Identifiers, &index)? {
            return Err(CommitError::ContactChanged.into());
        }
    }
    if !unit.conversations.is_empty() || !unit.messages.is_empty() {
        return Err(StoreError::Missing { what: "contact" }.into());
    }
    Ok(())
}

/// Writes what [`check_contact`] let pass; `run` is that of the commit if it is now that it is known to be of this contact.
pub(super) fn apply_contact(
    batch: &mut Batch<'_>,
    unit: ContactUnit,
    (checked, run): (Checked, Option<RunId>),
) -> Result<(), Fault> {
    let Checked { row, stored, mut belongings, mut changes } = checked;
    let refusal =
        unit.after.consent.refusal().or_else(|| stored.as_ref().and_then(|contact| contact.consent.refusal()));
    if let Some(run) = run {
        let is_written = changes || !unit.messages.is_empty();
        if is_written || (stored.is_some() && is_small(batch, &row)?) {
            add_run(batch, &row, &mut belongings.recent, run);
            changes = true;
        } else {
            mark_run(batch, &row, run);
        }
    }
    for message in unit.messages {
        add_message(batch, &row, &mut belongings.recent, message.id);
        write_message(batch, message, &unit.after, &mut belongings.threads, refusal.as_deref())?;
        changes = true;
    }
    if changes {
        // At the version it has, the contact stays as it is stored, whatever else `after` says.
        let unwritten = stored.as_ref().filter(|contact| contact.version == unit.after.version);
        write_contact(batch, &row, stored.as_ref(), (unwritten.unwrap_or(&unit.after), &belongings))?;
    }
    for conversation in &unit.conversations {
        batch.put(Fixed::Conversations, &conversation.key, &conversation.value)?;
    }
    Ok(())
}

/// Whether the row of a contact may be written anew for no more than a run: one that takes pages of its own costs more than a mark.
fn is_small(batch: &mut Batch<'_>, row: &[u8; 32]) -> Result<bool, redb::Error> {
    Ok(batch.bytes(Fixed::Contacts, row)? <= ROW_BYTES_SMALL)
}

/// Notes a run with a contact of which its commit says nothing else.
pub(super) fn note_run(batch: &mut Batch<'_>, (workspace, run): RunKey, contact: ContactId) -> Result<(), redb::Error> {
    let row = key::pair(workspace, contact.as_bytes());
    match batch.record::<ContactRow>(Fixed::Contacts, &row) {
        Ok(Some(ContactRow { contact, mut belongings })) if is_small(batch, &row)? => {
            add_run(batch, &row, &mut belongings.recent, run);
            put_row(batch, &row, (&contact, &belongings)).map_err(unfinished)
        }
        // What is damaged was noted; the run must not wait for it to be mended.
        Ok(_) | Err(Fault::Refused(_)) => {
            mark_run(batch, &row, run);
            Ok(())
        }
        Err(Fault::Disk(error)) => Err(error),
    }
}

fn check_conversation(
    batch: &mut Batch<'_>,
    unit: &ConversationUnit,
    threads: &mut Vec<Thread>,
) -> Result<(), Fault<CommitError>> {
    let thread = threads.iter().find(|thread| thread.inbox == unit.inbox).map(|thread| thread.conversation);
    let stored = match thread {
        Some(id) if id == unit.id => batch.record::<Conversation>(Fixed::Conversations, &unit.key)?,
        // The inbox has another conversation with this contact already.
        Some(_) => return Err(CommitError::ContactChanged.into()),
        None => {
            threads.push(Thread::new(unit.inbox, unit.id));
            None
        }
    };
    let version = stored.as_ref().map_or(0, |stored| stored.version);
    if stored.as_ref() != unit.before.as_deref() || version.checked_add(1) != Some(unit.version) {
        return Err(CommitError::ContactChanged.into());
    }
    Ok(())
}

/// Writes a new message, and puts it in line if it is to be sent.
fn write_message(
    batch: &mut Batch<'_>,
    unit: MessageUnit,
    contact: &Contact,
    threads: &mut [Thread],
    refusal: Option<&str>,
) -> Result<(), Fault> {
    let Some(leaving) = unit.leaves else {
        batch.append(Fixed::Messages, &unit.key, unit.value);
        return Ok(());
    };
    if let Some(refusal) = refusal {
        let suppressed = suppressed(open::<Message>(&unit.key, &unit.value)?, refusal);
        batch.append(Fixed::Messages, &unit.key, seal(&unit.key, &suppressed)?);
        return Ok(());
    }
    let thread = threads.iter_mut().find(|thread| thread.conversation == leaving.conversation);
    let thread = thread.ok_or(StoreError::Missing { what: "conversation" })?;
    let (workspace, conversation) = (contact.workspace, thread.conversation);
    let of = Of { workspace, contact: contact.id, inbox: thread.inbox, conversation };
    let joining = (unit.id, leaving.due_ms);
    let place = match leaving.is_scheduled {
        true => line::stand_apart(batch, of, joining),
        false => line::join(batch, of, &mut thread.line, joining)?,
    };
    batch.append(Fixed::Messages, &unit.key, unit.value);
    batch.append(Fixed::Outbox, &unit.key, line::seal_entry(&unit.key, contact.id.as_bytes(), place));
    Ok(())
}

/// A message to a contact that may not be written to, for this reason.
pub(super) fn suppressed(message: Message, refusal: &str) -> Message {
    Message { state: MessageState::Suppressed, reason: Some(refusal.to_owned()), due_at: None, ..message }
}

/// Writes the contact and brings its lists from `before` to `after`; new identifiers are taken already.
pub(super) fn write_contact(
    batch: &mut Batch<'_>,
    row: &[u8; 32],
    before: Option<&Contact>,
    (after, belongings): (&Contact, &Belongings),
) -> Result<(), Fault> {
    put_row(batch, row, (after, belongings))?;
    if let Some(before) = before.filter(|before| !same_identifiers(before, after)) {
        let has: Vec<Identifier> = after.identifiers().collect();
        for gone in before.identifiers().filter(|identifier| !has.contains(identifier)) {
            batch.remove(Fixed::Identifiers, &identifier_key(after.workspace, &gone))?;
        }
    }
    let none = BTreeSet::new();
    let was_on = before.map_or(&none, |contact| &contact.lists);
    for left in was_on.difference(&after.lists) {
        batch.retract(Fixed::ListContacts, &key::triple(after.workspace, left.as_bytes(), after.id.as_bytes()));
    }
    for joined in after.lists.difference(was_on) {
        batch.append_mark(Fixed::ListContacts, &key::triple(after.workspace, joined.as_bytes(), after.id.as_bytes()));
    }
    Ok(())
}

/// Writes the row of a contact, and nothing else of it. Nobody writes one otherwise, so nobody leaves out what belongs to it.
pub(super) fn put_row(
    batch: &mut Batch<'_>,
    row: &[u8; 32],
    (contact, belongings): (&Contact, &Belongings),
) -> Result<(), Fault> {
    Ok(batch.put(Fixed::Contacts, row, &seal_contact(row, contact, belongings)?)?)
}

fn same_identifiers(one: &Contact, other: &Contact) -> bool {
    one.phone == other.phone && one.email == other.email && one.external_id == other.external_id
}

/// Takes the identifiers that `after` has and `before` had not. When one is another contact's nothing is taken, and that one
/// is the answer.
pub(super) fn take_identifiers(
    batch: &mut Batch<'_>,
    before: Option<&Contact>,
    after: &Contact,
) -> Result<Option<Identifier>, Fault> {
    if before.is_some_and(|before| same_identifiers(before, after)) {
        return Ok(None);
    }
    let had: Vec<Identifier> = before.iter().flat_map(|contact| contact.identifiers()).collect();
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for new in after.identifiers().filter(|identifier| !had.contains(identifier)) {
        let index = identifier_key(after.workspace, &new);
        match batch.put_new(Fixed::Identifiers, &index, &seal_index(&index, after.id.as_bytes()))? {
            None => taken.push(index),
            Some(owner) if open_id(&index, &owner, "identifier").as_ref() == Ok(after.id.as_bytes()) => {}
            Some(_) => {
                for index in taken {
                    batch.remove(Fixed::Identifiers, &index)?;
                }
                return Ok(Some(new));
            }
        }
    }
    Ok(None)
}

fn take_or_refuse(batch: &mut Batch<'_>, before: Option<&Contact>, after: &Contact) -> Result<(), Fault> {
    match take_identifiers(batch, before, after)? {
        Some(Identifier::Phone(name) | Identifier::Email(name) | Identifier::ExternalId(name)) => {
            Err(StoreError::Exists { what: "contact", name }.into())
        }
        None => Ok(()),
    }
}
