//! What becomes of a message that was in the outbox: steps of whoever sends it, reports of its channel, decisions of people.

use hookbox_model::{Audited, Decision, Direction, Message, MessageReport, MessageState, ReportState, Timestamp};
use hookbox_store::{CommitError, MessageCommitted, StoreError};

use super::audit::next_entry;
use super::contact::{put_row, suppressed};
use super::line::{self, Of, Stands, due_of};
use super::unfinished;
use crate::batch::{Batch, MessageKey, OutboxNews};
use crate::error::Fault;
use crate::key;
use crate::record::{ContactRow, Line, seal, seal_index};
use crate::tables::{Daily, Fixed};

/// Messages that were handed to channels are counted by quarters of an hour, at which the days of every time zone begin.
pub(crate) const QUARTER_MS: u64 = 15 * 60 * 1_000;

/// A step of a message, encoded by its caller so that the writer need not.
pub(crate) struct MessageStep {
    message: Message,
    value: Vec<u8>,
    holds_line: bool,
    at: Timestamp,
}

impl MessageStep {
    /// The step to `message` at `at`; whether it then holds up what follows it.
    pub(crate) fn new(message: Message, hold_line: bool, at: Timestamp) -> Result<Self, StoreError> {
        let value = seal(&message_key(&message), &message)?;
        let holds_line = hold_line && message.state == MessageState::Unknown;
        Ok(Self { message, value, holds_line, at })
    }
}

/// The key of a message's row.
pub(super) fn message_key(message: &Message) -> [u8; 32] {
    key::pair(message.workspace, message.id.as_bytes())
}

/// The contact of a message, and which of its threads the message is in.
struct Around {
    row: [u8; 32],
    stored: ContactRow,
    at: usize,
}

impl Around {
    fn read(batch: &mut Batch<'_>, message: &Message) -> Result<Self, Fault> {
        let row = key::pair(message.workspace, message.contact.as_bytes());
        let stored = batch.record::<ContactRow>(Fixed::Contacts, &row)?;
        let stored = stored.ok_or(StoreError::Missing { what: "contact" })?;
        let at = stored.belongings.threads.iter().position(|thread| thread.conversation == message.conversation);
        Ok(Self { row, stored, at: at.ok_or(StoreError::Missing { what: "conversation" })? })
    }

    fn line(&mut self) -> &mut Line {
        &mut self.stored.belongings.threads[self.at].line
    }

    /// Writes where the line stands, unless it stood so `before`.
    fn write(&mut self, batch: &mut Batch<'_>, before: Line) -> Result<(), Fault> {
        if *self.line() != before {
            put_row(batch, &self.row, (&self.stored.contact, &self.stored.belongings))?;
        }
        Ok(())
    }
}

/// Writes a step, if the message is in the outbox and where it was read.
pub(crate) fn commit_message(batch: &mut Batch<'_>, step: MessageStep) -> Result<MessageCommitted, Fault<CommitError>> {
    let MessageStep { message, value, holds_line, at } = step;
    let row = message_key(&message);
    let stored = batch.record::<Message>(Fixed::Messages, &row)?.ok_or(StoreError::Missing { what: "message" })?;
    let same = stored.conversation == message.conversation && stored.inbox == message.inbox;
    if !stored.state.is_in_outbox() || !same || stored.revision.checked_add(1) != Some(message.revision) {
        return Err(CommitError::RunChanged.into());
    }
    let mut around = Around::read(batch, &stored)?;
    let stands = line::stands(batch, around.line(), &stored)?;
    let leaves = message.state == MessageState::Sending;
    let (message, value, committed) = match around.stored.contact.consent.refusal().filter(|_| leaves) {
        Some(refusal) => {
            // It did not leave, so this is no attempt.
            let kept = suppressed(Message { attempts: stored.attempts, ..message }, &refusal);
            let value = seal(&row, &kept)?;
            (kept, value, MessageCommitted::Suppressed)
        }
        None => (message, value, MessageCommitted::AsAsked),
    };
    let first = message.state == MessageState::Sending && stored.attempts == 0;
    let count = if first { Some(count_before(batch, &message, at)?) } else { None };
    if message.state != MessageState::Sending {
        batch.outbox_news.push(OutboxNews::Settled((message.workspace, message.id)));
    }
    batch.put(Fixed::Messages, &row, &value)?;
    if let Some(count) = count {
        write_first(batch, &message, at, count)?;
    }
    stand(batch, &mut around, &message, (stands, holds_line)).map_err(unfinished)?;
    Ok(committed)
}

/// Gives scheduled messages that are claimed because their time has come their places in line; their claims end. What cannot
/// be read was noted and can never be sent; the others must not wait for it.
pub(crate) fn fall_due(batch: &mut Batch<'_>, scheduled: &[MessageKey]) -> Result<(), Fault> {
    for (workspace, message) in scheduled {
        batch.outbox_news.push(OutboxNews::Settled((*workspace, *message)));
        match take_place(batch, &key::pair(*workspace, message.as_bytes())) {
            Ok(()) | Err(Fault::Refused(_)) => {}
            Err(Fault::Disk(error)) => return Err(Fault::Disk(error)),
        }
    }
    Ok(())
}

fn take_place(batch: &mut Batch<'_>, row: &[u8; 32]) -> Result<(), Fault> {
    let stored = batch.record::<Message>(Fixed::Messages, row)?.filter(|stored| stored.state.is_in_outbox());
    let Some(stored) = stored else { return Ok(()) };
    let mut around = Around::read(batch, &stored)?;
    let stands = line::stands(batch, around.line(), &stored)?;
    Ok(stand(batch, &mut around, &stored, (stands, false)).map_err(unfinished)?)
}

/// Brings the line of a message that was in the outbox to where the message is now.
fn stand(
    batch: &mut Batch<'_>,
    around: &mut Around,
    message: &Message,
    (stands, holds_line): (Stands, bool),
) -> Result<(), Fault> {
    let (of, before) = (Of::message(message), around.line().clone());
    let position = line::take_place(batch, of, stands)?;
    match due_of(message) {
        Some(due_ms) => line::reschedule(batch, of, around.line(), position, due_ms)?,
        None => {
            line::leave(batch, of, around.line(), position)?;
            if holds_line {
                around.line().held_by.push(position.rank());
            }
            batch.remove(Fixed::Outbox, &message_key(message))?;
        }
    }
    line::arrange(batch, of, around.line())?;
    around.write(batch, before)
}

/// How many messages were counted in the quarter of an hour of `at`.
fn count_before(batch: &mut Batch<'_>, message: &Message, at: Timestamp) -> Result<u64, Fault> {
    let row = key::counted(message.workspace, at.as_millis() / QUARTER_MS);
    match batch.index(Daily::SentCounts.at(at), &row, "count of messages") {
        Ok(payload) => Ok(payload.map_or(0, |payload| key::number_at(&payload, 0))),
        // It was noted. A cap that is exceeded once is less bad than messages that cannot leave at all.
        Err(Fault::Refused(_)) => Ok(0),
        Err(Fault::Disk(error)) => Err(Fault::Disk(error)),
    }
}

/// Notes that a message was handed to a channel for the first time.
fn write_first(batch: &mut Batch<'_>, message: &Message, at: Timestamp, count: u64) -> Result<(), redb::Error> {
    let row = key::counted(message.workspace, at.as_millis() / QUARTER_MS);
    let counted = seal_index(&row, &count.saturating_add(1).to_be_bytes());
    batch.put(Daily::SentCounts.at(at), &row, &counted)?;
    let when = key::numbered(message.workspace, message.contact.as_bytes(), at.as_millis(), message.id.as_bytes());
    batch.append_mark(Daily::SentTimes.at(at), &when);
    Ok(())
}

/// Takes a channel's report about a message.
pub(crate) fn report(batch: &mut Batch<'_>, report: &MessageReport) -> Result<(), Fault> {
    let row = key::pair(report.workspace, report.message.as_bytes());
    let stored = batch.record::<Message>(Fixed::Messages, &row)?;
    let ours = stored.filter(|stored| stored.inbox == report.inbox && stored.direction == Direction::Outgoing);
    let stored = ours.ok_or(StoreError::Missing { what: "message" })?;
    match reported(&stored, report) {
        Some(after) => settle(batch, &row, &stored, &after),
        None => Ok(()),
    }
}

/// The message as a report makes it; nothing when the report tells nothing new.
fn reported(stored: &Message, report: &MessageReport) -> Option<Message> {
    let tried = stored.attempts > 0;
    let open = match stored.state {
        MessageState::Sending | MessageState::Unknown => true,
        // After an attempt it waits for the next, which it no longer needs.
        MessageState::Queued | MessageState::Held => tried && report.state != ReportState::Failed,
        MessageState::Sent => match report.state {
            ReportState::Sent => false,
            ReportState::Delivered => stored.delivered_at.is_none(),
            ReportState::Failed => true,
        },
        // An attempt that ended in doubt, or was given up, arrived after all.
        MessageState::Suppressed | MessageState::Failed => tried && report.state != ReportState::Failed,
        MessageState::Received => false,
    };
    let after = Message { revision: stored.revision.saturating_add(1), due_at: None, ..stored.clone() };
    let (sent_at, delivered_at) = (stored.sent_at.or(Some(report.at)), Some(report.at));
    let sent = Message { state: MessageState::Sent, reason: None, sent_at, ..after.clone() };
    open.then(|| match report.state {
        ReportState::Sent => sent,
        ReportState::Delivered => Message { delivered_at, ..sent },
        ReportState::Failed => {
            let reason = report.reason.clone().unwrap_or_else(|| "the channel reported that it failed".to_owned());
            Message { state: MessageState::Failed, reason: Some(reason), ..after }
        }
    })
}

/// Takes somebody's decision about a message; the message as it is then.
pub(crate) fn decide(
    batch: &mut Batch<'_>,
    (workspace, id): MessageKey,
    (decision, at): (Decision, Timestamp),
    audited: &Audited,
) -> Result<Message, Fault> {
    let row = key::pair(workspace, id.as_bytes());
    let stored = batch.record::<Message>(Fixed::Messages, &row)?.ok_or(StoreError::Missing { what: "message" })?;
    if !matches!(stored.state, MessageState::Unknown | MessageState::Failed) {
        return Err(StoreError::Stale { what: "message" }.into());
    }
    if (decision, stored.state) == (Decision::Failed, MessageState::Failed) {
        return Ok(stored);
    }
    let after = Message { revision: stored.revision.saturating_add(1), reason: None, ..stored.clone() };
    let after = match decision {
        Decision::Send => {
            Message { state: MessageState::Queued, due_at: Some(at), sent_at: None, delivered_at: None, ..after }
        }
        Decision::Sent => Message { state: MessageState::Sent, sent_at: stored.sent_at.or(Some(at)), ..after },
        Decision::Failed => {
            let reason = "somebody decided that it was not sent and shall not be".to_owned();
            Message { state: MessageState::Failed, reason: Some(reason), ..after }
        }
    };
    let entry = next_entry(batch, stored.workspace, audited)?;
    settle(batch, &row, &stored, &after)?;
    entry.write(batch)?;
    Ok(after)
}

/// Writes what a report or a decision made of a message, and brings its line to where it is now.
fn settle(batch: &mut Batch<'_>, row: &[u8; 32], stored: &Message, after: &Message) -> Result<(), Fault> {
    let mut around = Around::read(batch, stored)?;
    let was_in_outbox = stored.state.is_in_outbox();
    let stands = if was_in_outbox { Some(line::stands(batch, around.line(), stored)?) } else { None };
    let value = seal(row, after)?;
    batch.put(Fixed::Messages, row, &value)?;
    let settled = match stands {
        Some(stands) => stand(batch, &mut around, after, (stands, false)),
        None => let_go(batch, &mut around, after),
    };
    Ok(settled.map_err(unfinished)?)
}

/// A message that had left the outbox holds up nobody any more, and stands in line again if it is to be sent again.
fn let_go(batch: &mut Batch<'_>, around: &mut Around, message: &Message) -> Result<(), Fault> {
    let (of, before) = (Of::message(message), around.line().clone());
    around.line().held_by.retain(|holder| holder.message != message.id);
    if let Some(due_ms) = due_of(message) {
        let place = line::rejoin(batch, of, (message.id, due_ms))?;
        let row = message_key(message);
        batch.put(Fixed::Outbox, &row, &line::seal_entry(&row, message.contact.as_bytes(), place))?;
    }
    line::arrange(batch, of, around.line())?;
    around.write(batch, before)
}
