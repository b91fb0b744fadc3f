//! The line of a conversation: its messages in the outbox, of which one is next and can be claimed.
//!
//! The head has a row in `outbox-heads`, by which it is found when it is due; each one behind it has a row in `outbox-lines`,
//! by which it is found when its turn comes. So a message costs one row beside its own and that of the outbox, however long
//! its line. Where the line stands is part of the contact's row, which is written with every new message anyway.
//!
//! Rows of `outbox-heads` are always put off to the end of the batch, because no unit reads them; those of `outbox-lines`
//! never are.

use hookbox_model::{ContactId, ConversationId, InboxId, Message, MessageId, MessageState, WorkspaceId};
use hookbox_store::StoreError;

use crate::batch::{Batch, OutboxNews};
use crate::error::Fault;
use crate::key;
use crate::record::{Head, Line, open_index, seal_index};
use crate::tables::Fixed;

/// The due time of a message that is on its way: whoever finds it unclaimed finds it at once. No other message has it.
const ON_ITS_WAY: u64 = 0;

/// The place of a message that is sent again: before all that came after it.
const FIRST: u64 = 0;

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

/// Where a message of the outbox stands in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// It is next.
    First,
    /// It is behind another, at this place.
    Behind(u64),
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
        key::numbered(self.workspace, self.inbox.as_bytes(), head.due_ms, head.message.as_bytes())
    }

    fn behind_row(&self, place: u64, message: MessageId) -> [u8; 56] {
        key::numbered(self.workspace, self.conversation.as_bytes(), place, message.as_bytes())
    }
}

/// Puts a new message at the end of the line; `message` is in no line. Returns its place.
pub(super) fn join(
    batch: &mut Batch<'_>,
    of: Of,
    line: &mut Line,
    (message, due_ms): (MessageId, u64),
) -> Result<u64, redb::Error> {
    let head = Head { message, place: batch.next_place(), due_ms };
    if line.head.is_none() && line.held_by.is_empty() {
        lead(batch, of, line, head);
    } else {
        stand_behind(batch, of, &head)?;
    }
    Ok(head.place)
}

/// Puts a message that left the line into it again, before all that came after it: it is next, unless what is next is on its
/// way or older. Returns its place.
pub(super) fn rejoin(
    batch: &mut Batch<'_>,
    of: Of,
    line: &mut Line,
    (message, due_ms): (MessageId, u64),
) -> Result<u64, redb::Error> {
    let again = Head { message, place: FIRST, due_ms };
    match line.head {
        Some(head) if head.due_ms == ON_ITS_WAY || (head.place, head.message) < (FIRST, message) => {
            stand_behind(batch, of, &again)?;
        }
        Some(head) => {
            batch.retract(Fixed::OutboxHeads, &of.head_row(&head));
            stand_behind(batch, of, &head)?;
            lead(batch, of, line, again);
        }
        None => lead(batch, of, line, again),
    }
    Ok(FIRST)
}

/// Where a message of the outbox stands. Looks and writes nothing.
pub(super) fn stands(batch: &mut Batch<'_>, of: Of, line: &Line, message: MessageId) -> Result<Stands, Fault> {
    if line.head.is_some_and(|head| head.message == message) {
        return Ok(Stands::First);
    }
    let row = key::pair(of.workspace, message.as_bytes());
    let missing = || StoreError::Damaged { what: "outbox row", reason: "its message is there and it is not".into() };
    let payload = batch.index(Fixed::Outbox, &row, "outbox row")?.ok_or_else(missing)?;
    Ok(Stands::Behind(entry_of(&payload)?.1))
}

/// Makes a message of the line due at another time.
pub(super) fn reschedule(
    batch: &mut Batch<'_>,
    of: Of,
    line: &mut Line,
    (message, stands): (MessageId, Stands),
    due_ms: u64,
) -> Result<(), redb::Error> {
    match (stands, line.head) {
        (Stands::First, Some(head)) => {
            batch.retract(Fixed::OutboxHeads, &of.head_row(&head));
            lead(batch, of, line, Head { due_ms, ..head });
            Ok(())
        }
        (Stands::First, None) => Ok(()),
        (Stands::Behind(place), _) => stand_behind(batch, of, &Head { message, place, due_ms }),
    }
}

/// Takes a message out of the line. Who follows is next once [`follow`] is called.
pub(super) fn leave(
    batch: &mut Batch<'_>,
    of: Of,
    line: &mut Line,
    (message, stands): (MessageId, Stands),
) -> Result<(), redb::Error> {
    match stands {
        Stands::First => {
            if let Some(head) = line.head.take() {
                batch.retract(Fixed::OutboxHeads, &of.head_row(&head));
            }
            Ok(())
        }
        Stands::Behind(place) => batch.remove(Fixed::OutboxLines, &of.behind_row(place, message)),
    }
}

/// Makes the first of those behind next, if nobody is and nothing holds them up.
pub(super) fn follow(batch: &mut Batch<'_>, of: Of, line: &mut Line) -> Result<(), Fault> {
    if line.head.is_some() || !line.held_by.is_empty() {
        return Ok(());
    }
    let prefix = key::pair(of.workspace, of.conversation.as_bytes());
    let Some(row) = batch.first_keys::<StoreError>(Fixed::OutboxLines, &prefix, 1)?.pop() else { return Ok(()) };
    let due_ms = match batch.index(Fixed::OutboxLines, &row, "row of a line") {
        Ok(payload) => key::number_at(&payload.unwrap_or_default(), 0),
        // It was noted. Due at once is the safe reading: what a message waits for is asked again before it is sent.
        Err(Fault::Refused(_)) => 1,
        Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
    };
    let message = MessageId::from_bytes(key::id_at(&row, 40));
    batch.remove(Fixed::OutboxLines, &row)?;
    lead(batch, of, line, Head { message, place: key::number_at(&row, 32), due_ms });
    Ok(())
}

fn lead(batch: &mut Batch<'_>, of: Of, line: &mut Line, head: Head) {
    let row = of.head_row(&head);
    let payload = [of.contact.as_bytes().as_slice(), of.conversation.as_bytes()].concat();
    batch.append(Fixed::OutboxHeads, &row, seal_index(&row, &payload));
    line.head = Some(head);
    let turn = OutboxNews::Next { workspace: of.workspace, inbox: of.inbox, due: (head.due_ms, head.message) };
    batch.outbox_news.push(turn);
}

fn stand_behind(batch: &mut Batch<'_>, of: Of, head: &Head) -> Result<(), redb::Error> {
    let row = of.behind_row(head.place, head.message);
    batch.put(Fixed::OutboxLines, &row, &seal_index(&row, &head.due_ms.to_be_bytes()))
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

/// The contact and the conversation in a row of `outbox-heads`.
pub(crate) fn open_head(row: &[u8], value: &[u8]) -> Result<(ContactId, ConversationId), StoreError> {
    let payload = open_index(row, value, "row of a next message")?;
    Ok((ContactId::from_bytes(key::id_at(payload, 0)), ConversationId::from_bytes(key::id_at(payload, key::ID))))
}
