//! Storing a message that came in, with everything it changes: contact, conversation, consent.

use hookbox_model::{
    ConsentWord, Contact, Conversation, ConversationState, Digest, Direction, Inbox, InboxId, IncomingMessage, Message,
    MessageId, MessageState, Timestamp, WorkspaceId,
};
use hookbox_store::{Received, StoreError};

use super::contact::{identifier_key, take_identifiers, write_contact};
use super::message::message_key;
use super::recent::add_message;
use super::unfinished;
use crate::batch::Batch;
use crate::error::Fault;
use crate::key;
use crate::record::{Belongings, ContactRow, Thread, seal, seal_index};
use crate::tables::{Daily, Fixed, Name};

/// How long the id that a channel gave a message is remembered, in milliseconds: 24 hours.
const REMEMBERED_MS: u64 = 24 * 60 * 60 * 1_000;

/// Stores the message, unless its channel told it before.
pub(crate) fn receive(batch: &mut Batch<'_>, incoming: &IncomingMessage) -> Result<Received, Fault> {
    let (workspace, at) = (incoming.workspace, incoming.received_at);
    let told = incoming_key(workspace, incoming.inbox, &incoming.external_id);
    // As with idempotency keys: the table of this day or its neighbours, because the clock may go back.
    for day in [at.day() + 1, at.day(), at.day().saturating_sub(1)] {
        if let Some(known) = known(batch, day, &told, at)? {
            return Ok(Received::Repeated(known));
        }
    }
    let inbox = key::pair(workspace, incoming.inbox.as_bytes());
    let inbox = batch.record::<Inbox>(Fixed::Inboxes, &inbox)?.ok_or(StoreError::Missing { what: "inbox" })?;
    let (before, mut belongings) = sender(batch, incoming)?;
    // Who writes first gets the message's UUID, and so does a thread that it begins: ids of several kinds never meet.
    let unknown = || Contact::unknown(incoming.id.retyped(), workspace, &incoming.from, at);
    let mut contact = before.clone().unwrap_or_else(unknown);
    contact.version = contact.version.saturating_add(1);
    contact.updated_at = at;
    if let Some(word) = ConsentWord::of(&incoming.body) {
        let reason = format!("they wrote {} to {}", incoming.body.trim(), inbox.name);
        contact.consent.take(word, at, &reason);
    }
    let conversation = conversation(batch, incoming, &contact, &mut belongings.threads)?;
    let message = message(incoming, &conversation);
    let conversation_row = key::pair(workspace, conversation.id.as_bytes());
    let (message_row, of_conversation) = (message_key(&message), seal(&conversation_row, &conversation)?);
    let of_message = seal(&message_row, &message)?;
    // Last, because it writes.
    if take_identifiers(batch, before.as_ref(), &contact)?.is_some() {
        return Err(StoreError::Stale { what: "contact" }.into());
    }
    let row = key::pair(workspace, contact.id.as_bytes());
    add_message(batch, &row, &mut belongings.recent, message.id);
    write_contact(batch, &row, before.as_ref(), (&contact, &belongings)).map_err(unfinished)?;
    batch.put(Fixed::Conversations, &conversation_row, &of_conversation)?;
    batch.append(Fixed::Messages, &message_row, of_message);
    let when = [message.id.as_bytes().as_slice(), &at.as_millis().to_be_bytes()].concat();
    batch.put(Name::Daily(Daily::IncomingIds, at.day()), &told, &seal_index(&told, &when))?;
    Ok(Received::Stored)
}

/// The key under which a channel's id is remembered: of its own inbox only, because each channel counts by itself.
pub(crate) fn incoming_key(workspace: WorkspaceId, inbox: InboxId, external_id: &str) -> [u8; 48] {
    let mut row = [0; 48];
    row[..key::ID].copy_from_slice(workspace.as_bytes());
    let named = [inbox.as_bytes().as_slice(), external_id.as_bytes()].concat();
    row[key::ID..].copy_from_slice(Digest::of(&named).as_bytes());
    row
}

fn known(batch: &mut Batch<'_>, day: u32, row: &[u8], now: Timestamp) -> Result<Option<MessageId>, Fault> {
    let name = Name::Daily(Daily::IncomingIds, day);
    let Some(payload) = batch.index(name, row, "id of a channel")? else { return Ok(None) };
    let told_at = Timestamp::from_millis(key::number_at(&payload, key::ID));
    let live = now.millis_since(told_at) < REMEMBERED_MS;
    Ok(live.then(|| MessageId::from_bytes(key::id_at(&payload, 0))))
}

/// The contact that the message is from, with what belongs to it; nothing when nobody has this identifier.
fn sender(batch: &mut Batch<'_>, incoming: &IncomingMessage) -> Result<(Option<Contact>, Belongings), Fault> {
    let index = identifier_key(incoming.workspace, &incoming.from);
    let owner = batch.id(Fixed::Identifiers, &index, "identifier")?;
    let Some(owner) = owner else { return Ok((None, Belongings::default())) };
    let stored = batch.record::<ContactRow>(Fixed::Contacts, &key::pair(incoming.workspace, &owner))?;
    let missing = || StoreError::Damaged { what: "identifier", reason: "its contact is not there".into() };
    let ContactRow { contact, belongings } = stored.ok_or_else(missing)?;
    Ok((Some(contact), belongings))
}

/// The conversation of the inbox with the contact as it becomes: open, and begun if there is none.
fn conversation(
    batch: &mut Batch<'_>,
    incoming: &IncomingMessage,
    contact: &Contact,
    threads: &mut Vec<Thread>,
) -> Result<Conversation, Fault> {
    let at = incoming.received_at;
    let known = match threads.iter().find(|thread| thread.inbox == incoming.inbox) {
        Some(thread) => {
            let row = key::pair(incoming.workspace, thread.conversation.as_bytes());
            let reason = || "its contact names it and it is not there".into();
            let missing = || StoreError::Damaged { what: "conversation", reason: reason() };
            batch.record::<Conversation>(Fixed::Conversations, &row)?.ok_or_else(missing)?
        }
        None => {
            let begun = Conversation::begun(incoming.id.retyped(), incoming.workspace, contact.id, incoming.inbox, at);
            threads.push(Thread::new(begun.inbox, begun.id));
            begun
        }
    };
    let version = known.version.saturating_add(1);
    Ok(Conversation { version, state: ConversationState::Open, updated_at: at, ..known })
}

fn message(incoming: &IncomingMessage, conversation: &Conversation) -> Message {
    Message {
        direction: Direction::Incoming,
        state: MessageState::Received,
        media: incoming.media.clone(),
        external_id: Some(incoming.external_id.clone()),
        sent_at: Some(incoming.received_at),
        ..Message::outgoing(incoming.id, conversation, incoming.body.clone(), incoming.received_at)
    }
}
