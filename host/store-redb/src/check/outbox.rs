//! Messages against what leads to them: the outbox, the lines of conversations, ids, counts.

use std::collections::BTreeMap;
use std::ops::Bound;

use hookbox_model::{Direction, Message, MessageState, Timestamp};
use hookbox_store::StoreError;

use super::findings::Findings;
use super::scan::{each, keys, lookup};
use crate::apply::{APART, Found, ON_ITS_WAY, QUARTER_MS, due_of, incoming_key, open_entry, open_head, rank_of};
use crate::error::unreadable;
use crate::key;
use crate::record::{self, ContactRow, Head, Line, Rank, Thread};
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Fixed, Name};

/// Checks every link of messages.
pub(super) fn check(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    messages(snapshot, findings)?;
    entries(snapshot, findings)?;
    lines(snapshot, findings)?;
    heads(snapshot, findings)?;
    behind(snapshot, findings)?;
    for day in snapshot.days() {
        incoming(snapshot, *day, findings)?;
        sent(snapshot, *day, findings)?;
    }
    Ok(())
}

fn messages(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<Message>(snapshot, Fixed::Messages, |row, message| {
        let conversation = key::pair(message.workspace, message.conversation.as_bytes());
        if !snapshot.contains(Fixed::Conversations, &conversation)? {
            findings.add(Fixed::Messages, row, "its conversation is not there");
        }
        if row != key::pair(message.workspace, message.id.as_bytes()) {
            findings.add(Fixed::Messages, row, "its id does not lead to it");
        }
        let waits = message.direction == Direction::Outgoing && message.state.is_in_outbox();
        if snapshot.contains(Fixed::Outbox, row)? != waits {
            findings.add(Fixed::Messages, row, "its state and the outbox disagree");
        }
        Ok(())
    })
}

/// Rows of the outbox, each under the key of its message.
fn entries(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    keys(snapshot, Fixed::Outbox, |row, value| {
        let Ok((contact, place)) = open_entry(row, value) else { return Ok(()) };
        let message = lookup::<Message>(snapshot, Fixed::Messages, row);
        let Some(message) = message.filter(|message| message.contact.as_bytes() == &contact) else {
            findings.add(Fixed::Outbox, row, "its message is not there or not to its contact");
            return Ok(());
        };
        let line = thread_of(snapshot, &message).map(|thread| thread.line);
        let behind = key::numbered(message.workspace, message.conversation.as_bytes(), place, message.id.as_bytes());
        let rank = Rank { place, message: message.id };
        let first = line.and_then(|line| line.head).is_some_and(|head| head.rank == rank);
        let apart = place == APART && due_of(&message).is_some_and(|due_ms| due_ms != ON_ITS_WAY);
        if u8::from(first) + u8::from(apart) + u8::from(snapshot.contains(Fixed::OutboxLines, &behind)?) != 1 {
            findings.add(Fixed::Outbox, row, "its message stands not once in its line");
        }
        Ok(())
    })
}

/// Where the lines of each contact stand.
fn lines(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<ContactRow>(snapshot, Fixed::Contacts, |row, stored| {
        let contact = &stored.contact;
        for Thread { inbox, conversation, line } in &stored.belongings.threads {
            if let Some(Head { rank, due_ms }) = line.head {
                let head = key::numbered(contact.workspace, inbox.as_bytes(), due_ms, rank.message.as_bytes());
                if !snapshot.contains(Fixed::OutboxHeads, &head)? {
                    findings.add(Fixed::Contacts, row, "the next message of a conversation cannot be found");
                }
            }
            for holder in &line.held_by {
                let holder = key::pair(contact.workspace, holder.message.as_bytes());
                let holder = lookup::<Message>(snapshot, Fixed::Messages, &holder);
                if holder.is_none_or(|holder| holder.state != MessageState::Unknown) {
                    findings.add(Fixed::Contacts, row, "a message holds up its conversation and is not unknown");
                }
            }
            let behind = first_behind(snapshot, &key::pair(contact.workspace, conversation.as_bytes()))?;
            if !is_arranged(line, behind) {
                findings.add(Fixed::Contacts, row, "the next message of a conversation is not the first that may go");
            }
        }
        Ok(())
    })
}

fn first_behind(snapshot: &Snapshot, conversation: &[u8; 32]) -> Result<Option<Rank>, StoreError> {
    let Some(rows) = snapshot.table(Fixed::OutboxLines.into())? else { return Ok(None) };
    let start = Bound::Included(conversation.to_vec());
    let first = crate::paging::range(&rows, &start, conversation)?.next().transpose().map_err(unreadable)?;
    Ok(first.map(|(key, _)| rank_of(key.value())))
}

/// Whether the first in line is next unless somebody holds it up; what is on its way is not overtaken.
fn is_arranged(line: &Line, behind: Option<Rank>) -> bool {
    if line.head.is_some_and(|head| head.due_ms == ON_ITS_WAY) {
        return true;
    }
    let head = line.head.map(|head| head.rank);
    let Some(first) = head.into_iter().chain(behind).min() else { return true };
    let held = line.held_by.iter().any(|holder| *holder < first);
    head == Some(first).filter(|_| !held)
}

fn heads(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    keys(snapshot, Fixed::OutboxHeads, |row, value| {
        let Ok(Found { contact, conversation, is_apart }) = open_head(row, value) else { return Ok(()) };
        let (due_ms, id) = (key::number_at(row, 2 * key::ID), key::id_at(row, 40));
        let message = lookup::<Message>(snapshot, Fixed::Messages, &[&row[..key::ID], &id].concat());
        let is_so = message.is_some_and(|message| {
            let head = thread_of(snapshot, &message).and_then(|thread| thread.line.head);
            let first = head.is_some_and(|head| (head.rank.message, head.due_ms) == (message.id, due_ms));
            (message.contact, message.conversation) == (contact, conversation)
                && message.inbox.as_bytes() == &key::id_at(row, key::ID)
                && due_of(&message) == Some(due_ms)
                && first != is_apart
        });
        if !is_so {
            findings.add(
                Fixed::OutboxHeads,
                row,
                "its message is neither next in its conversation nor scheduled, or not due then",
            );
        }
        Ok(())
    })
}

fn behind(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    keys(snapshot, Fixed::OutboxLines, |row, value| {
        let due_ms = record::open_index(row, value, "row of a line").map_or(0, |due| key::number_at(due, 0));
        let by_id = [&row[..key::ID], &key::id_at(row, 40)].concat();
        let entry = snapshot.index(Fixed::Outbox, &by_id, "outbox row").ok().flatten().unwrap_or_default();
        let is_so = lookup::<Message>(snapshot, Fixed::Messages, &by_id).is_some_and(|message| {
            message.conversation.as_bytes() == &key::id_at(row, key::ID) && due_of(&message) == Some(due_ms)
        });
        if !is_so || key::number_at(&entry, key::ID) != key::number_at(row, 32) {
            findings.add(Fixed::OutboxLines, row, "its message is not in that line, not at that place or not due then");
        }
        Ok(())
    })
}

fn incoming(snapshot: &Snapshot, day: u32, findings: &mut Findings) -> Result<(), StoreError> {
    let name = Name::Daily(Daily::IncomingIds, day);
    keys(snapshot, name, |row, value| {
        let payload = record::open_index(row, value, "id of a channel").unwrap_or_default();
        let by_id = [&row[..key::ID], &key::id_at(payload, 0)].concat();
        let told = lookup::<Message>(snapshot, Fixed::Messages, &by_id).and_then(|message| {
            let external_id = message.external_id.as_deref()?;
            Some(incoming_key(message.workspace, message.inbox, external_id))
        });
        if told.is_none_or(|told| told != row) {
            findings.add(name, row, "its message is not there or has another id");
        }
        Ok(())
    })
}

/// Messages that were handed to channels on a day, and that each quarter of an hour counts them all.
fn sent(snapshot: &Snapshot, day: u32, findings: &mut Findings) -> Result<(), StoreError> {
    let (name, counts) = (Name::Daily(Daily::SentTimes, day), Name::Daily(Daily::SentCounts, day));
    let mut counted: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    keys(snapshot, name, |row, _| {
        let (contact, at) = (key::id_at(row, key::ID), key::number_at(row, 2 * key::ID));
        let by_id = [&row[..key::ID], &key::id_at(row, 40)].concat();
        let message = lookup::<Message>(snapshot, Fixed::Messages, &by_id);
        let message = message.filter(|message| message.contact.as_bytes() == &contact);
        if message.is_none_or(|message| message.attempts == 0) || Timestamp::from_millis(at).day() != day {
            findings.add(name, row, "its message is not there, was never tried or not on that day");
        }
        let quarter = [&row[..key::ID], (at / QUARTER_MS).to_be_bytes().as_slice()].concat();
        *counted.entry(quarter).or_default() += 1;
        Ok(())
    })?;
    keys(snapshot, counts, |row, value| {
        let count = record::open_index(row, value, "count of messages").map_or(0, |count| key::number_at(count, 0));
        let found = counted.remove(row).unwrap_or_default();
        if found != count {
            findings.add(counts, row, format!("it counts {count} messages and {found} were handed over"));
        }
        Ok(())
    })?;
    for row in counted.keys() {
        findings.add(counts, row, "messages were handed over and nobody counts them");
    }
    Ok(())
}

/// The thread that a message is in.
fn thread_of(snapshot: &Snapshot, message: &Message) -> Option<Thread> {
    let contact = key::pair(message.workspace, message.contact.as_bytes());
    let row = lookup::<ContactRow>(snapshot, Fixed::Contacts, &contact)?;
    row.belongings.threads.into_iter().find(|thread| thread.conversation == message.conversation)
}
