//! The line of a conversation: its messages in the outbox, of which one is next and can be claimed.
//!
//! The head has a row in `outbox-heads`, by which it is found when it is due; each one behind it has a row in `outbox-lines`,
//! by which it is found when its turn comes. So a message costs one row beside its own and that of the outbox, however long
//! its line. Where the line stands is part of the contact's row, which is written with every new message anyway.
//!
//! A scheduled message stands apart until its time: it has a row in `outbox-heads` and no place, so that nothing waits for it.
//! When it is due it takes its place behind all that are in the line then.
//!
//! Rows of `outbox-heads` are always put off to the end of the batch, because no unit reads them; those of `outbox-lines`
//! never are.

use hookbox_model::{ContactId, ConversationId, InboxId, Message, MessageId, MessageState, WorkspaceId};
use hookbox_store::StoreError;

use crate::batch::{Batch, OutboxNews};
use crate::error::Fault;
use crate::key;
use crate::record::{Head, Line, Rank, open_index, seal_index};
use crate::tables::Fixed;

/// The due time of a message that is on its way: whoever finds it unclaimed finds it at once. No other message has it.
pub(crate) const ON_ITS_WAY: u64 = 0;

/// The place of a message that is sent again: before all that were committed after it.
const AGAIN: u64 = 0;

/// The place of a scheduled message whose time has not come: none.
pub(crate) const APART: u64 = u64::MAX;

/// When a message is due, in milliseconds, while it is in the outbox.
pub(crate) fn due_of(message: &Message) -> Option<u64> {
    match message.state {
        MessageState::Queued | MessageState::Held => Some(message.due_at.map_or(1, |at| at.as_millis().max(1))),
        MessageState::Sending => Some(ON_ITS_WAY),
        MessageState::Suppressed
        | MessageState::Sent
        | MessageState::Failed
        | MessageState::Unknown
        | MessageState::Received => None,
    }
}

/// Whose line it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    pub(super) workspace: WorkspaceId,
    pub(super) contact: ContactId,
    pub(super) inbox: InboxId,
    pub(super) conversation: ConversationId,
}

/// Where a message of the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// In its line.
    In(Position),
    /// It is scheduled and has no place yet.
    Apart(Head),
}

/// Where a message stands in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// It is next.
    First(Head),
    /// It is behind another, or waits for one that holds it up.
    Behind(Rank),
}

impl Position {
    pub(super) fn rank(self) -> Rank {
        match self {
            Self::First(head) => head.rank,
            Self::Behind(rank) => rank,
        }
    }
}

impl Of {
    pub(super) fn message(message: &Message) -> Self {
        Self {
            workspace: message.workspace,
            contact: message.contact,
            inbox: message.inbox,
            conversation: message.conversation,
        }
    }

    fn head_row(&self, head: &Head) -> [u8; 56] {
        key::numbered(self.workspace, self.inbox.as_bytes(), head.due_ms, head.rank.message.as_bytes())
    }

    fn behind_row(&self, rank: Rank) -> [u8; 56] {
        key::numbered(self.workspace, self.conversation.as_bytes(), rank.place, rank.message.as_bytes())
    }
}

/// Puts a new message at the end of the line. Returns its place.
pub(super) fn join(
    batch: &mut Batch<'_>,
    of: Of,
    line: &mut Line,
    (message, due_ms): (MessageId, u64),
) -> Result<u64, redb::Error> {
    let last = Head { rank: Rank { place: batch.next_place(), message }, due_ms };
    // Nobody is behind when nobody is next and nobody holds the line up.
    if line.head.is_none() && line.held_by.is_empty() {
        lead(batch, of, line, last);
    } else {
        stand_behind(batch, of, &last)?;
    }
    Ok(last.rank.place)
}

/// Leaves a scheduled message out of the line until it is due. Returns its place, which is none.
pub(super) fn stand_apart(batch: &mut Batch<'_>, of: Of, (message, due_ms): (MessageId, u64)) -> u64 {
    find_when_due(batch, of, &Head { rank: Rank { place: APART, message }, due_ms });
    APART
}

/// The position of a message; one that stood apart takes its place behind all that are in the line.
pub(super) fn take_place(batch: &mut Batch<'_>, of: Of, stands: Stands) -> Result<Position, redb::Error> {
    let head = match stands {
        Stands::In(position) => return Ok(position),
        Stands::Apart(head) => head,
    };
    batch.retract(Fixed::OutboxHeads, &of.head_row(&head));
    let rank = Rank { place: batch.next_place(), ..head.rank };
    let row = key::pair(of.workspace, rank.message.as_bytes());
    batch.put(Fixed::Outbox, &row, &seal_entry(&row, of.contact.as_bytes(), rank.place))?;
    Ok(Position::Behind(rank))
}

/// Puts a message that left the line into it again, before all that were committed after it. Returns its place.
pub(super) fn rejoin(batch: &mut Batch<'_>, of: Of, (message, due_ms): (MessageId, u64)) -> Result<u64, redb::Error> {
    stand_behind(batch, of, &Head { rank: Rank { place: AGAIN, message }, due_ms })?;
    Ok(AGAIN)
}

/// Where a message of the outbox stands. Looks and writes nothing.
pub(super) fn stands(batch: &mut Batch<'_>, line: &Line, stored: &Message) -> Result<Stands, Fault> {
    let (of, message) = (Of::message(stored), stored.id);
    if let Some(head) = line.head.filter(|head| head.rank.message == message) {
        return Ok(Stands::In(Position::First(head)));
    }
    let row = key::pair(of.workspace, message.as_bytes());
    let missing = || StoreError::Damaged { what: "outbox row", reason: "its message is there and it is not".into() };
    let payload = batch.index(Fixed::Outbox, &row, "outbox row")?.ok_or_else(missing)?;
    let rank = Rank { place: entry_of(&payload)?.1, message };
    let apart = due_of(stored).filter(|_| rank.place == APART);
    Ok(apart.map_or(Stands::In(Position::Behind(rank)), |due_ms| Stands::Apart(Head { rank, due_ms })))
}

/// Makes a message of the line due at another time.
pub(super) fn reschedule(
    batch: &mut Batch<'_>,
    of: Of,
    line: &mut Line,
    position: Position,
    due_ms: u64,
) -> Result<(), redb::Error> {
    match position {
        Position::First(head) => {
            batch.retract(Fixed::OutboxHeads, &of.head_row(&head));
            lead(batch, of, line, Head { due_ms, ..head });
            Ok(())
        }
        Position::Behind(rank) => stand_behind(batch, of, &Head { rank, due_ms }),
    }
}

/// Takes a message out of the line.
pub(super) fn leave(batch: &mut Batch<'_>, of: Of, line: &mut Line, position: Position) -> Result<(), redb::Error> {
    match position {
        Position::First(head) => {
            batch.retract(Fixed::OutboxHeads, &of.head_row(&head));
            line.head = None;
            Ok(())
        }
        Position::Behind(rank) => batch.remove(Fixed::OutboxLines, &of.behind_row(rank)).map(drop),
    }
}

/// Makes the first in line next, unless somebody before it holds it up. What is on its way stays next until it comes back.
pub(super) fn arrange(batch: &mut Batch<'_>, of: Of, line: &mut Line) -> Result<(), Fault> {
    if line.head.is_some_and(|head| head.due_ms == ON_ITS_WAY) {
        return Ok(());
    }
    let prefix = key::pair(of.workspace, of.conversation.as_bytes());
    let behind = batch.first_keys::<StoreError>(Fixed::OutboxLines, &prefix, 1)?.pop();
    let behind = behind.map(|row| (rank_of(&row), row)).filter(|(rank, _)| is_before(*rank, line.head));
    let Some(first) = behind.as_ref().map(|(rank, _)| *rank).or(line.head.map(|head| head.rank)) else {
        return Ok(());
    };
    let held = line.held_by.iter().any(|holder| *holder < first);
    if let Some(head) = line.head.filter(|_| held || behind.is_some()) {
        batch.retract(Fixed::OutboxHeads, &of.head_row(&head));
        stand_behind(batch, of, &head)?;
        line.head = None;
    }
    let Some((rank, row)) = behind.filter(|_| !held) else { return Ok(()) };
    let due_ms = match batch.index(Fixed::OutboxLines, &row, "row of a line") {
        Ok(payload) => key::number_at(&payload.unwrap_or_default(), 0),
        // It was noted. Due at once is the safe reading: what a message waits for is asked again before it is sent.
        Err(Fault::Refused(_)) => 1,
        Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
    };
    batch.remove(Fixed::OutboxLines, &row)?;
    lead(batch, of, line, Head { rank, due_ms });
    Ok(())
}

fn is_before(rank: Rank, head: Option<Head>) -> bool {
    head.is_none_or(|head| rank < head.rank)
}

fn lead(batch: &mut Batch<'_>, of: Of, line: &mut Line, head: Head) {
    find_when_due(batch, of, &head);
    line.head = Some(head);
}

/// Adds the row by which a message is found when it is due.
fn find_when_due(batch: &mut Batch<'_>, of: Of, head: &Head) {
    let row = of.head_row(head);
    let apart = [u8::from(head.rank.place == APART)];
    let payload = [of.contact.as_bytes().as_slice(), of.conversation.as_bytes(), &apart].concat();
    batch.append(Fixed::OutboxHeads, &row, seal_index(&row, &payload));
    let due = (head.due_ms, head.rank.message);
    batch.outbox_news.push(OutboxNews::Next { workspace: of.workspace, inbox: of.inbox, due });
}

fn stand_behind(batch: &mut Batch<'_>, of: Of, behind: &Head) -> Result<(), redb::Error> {
    let row = of.behind_row(behind.rank);
    batch.put(Fixed::OutboxLines, &row, &seal_index(&row, &behind.due_ms.to_be_bytes()))
}

/// The rank in the key of a row of `outbox-lines`.
pub(crate) fn rank_of(row: &[u8]) -> Rank {
    Rank { place: key::number_at(row, 2 * key::ID), message: MessageId::from_bytes(key::id_at(row, 40)) }
}

/// The value of a row of `outbox`.
pub(crate) fn seal_entry(row: &[u8], contact: &[u8; key::ID], place: u64) -> Vec<u8> {
    seal_index(row, &[contact.as_slice(), &place.to_be_bytes()].concat())
}

/// The contact and the place in a row of `outbox`.
pub(crate) fn open_entry(row: &[u8], value: &[u8]) -> Result<([u8; key::ID], u64), StoreError> {
    entry_of(open_index(row, value, "outbox row")?)
}

fn entry_of(payload: &[u8]) -> Result<([u8; key::ID], u64), StoreError> {
    if payload.len() != key::ID + 8 {
        let reason = format!("{} bytes are no contact and place", payload.len());
        return Err(StoreError::Damaged { what: "outbox row", reason });
    }
    Ok((key::id_at(payload, 0), key::number_at(payload, key::ID)))
}

/// What a row of `outbox-heads` says of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Whom it is to.
    pub(crate) contact: ContactId,
    /// Its conversation.
    pub(crate) conversation: ConversationId,
    /// It is scheduled and has no place in the line yet.
    pub(crate) is_apart: bool,
}

/// What a row of `outbox-heads` says.
pub(crate) fn open_head(row: &[u8], value: &[u8]) -> Result<Found, StoreError> {
    let payload = open_index(row, value, "row of a next message")?;
    Ok(Found {
        contact: ContactId::from_bytes(key::id_at(payload, 0)),
        conversation: ConversationId::from_bytes(key::id_at(payload, key::ID)),
        is_apart: payload.get(2 * key::ID) == Some(&1),
    })
}
