//! The outbox: the file of its trait in `hookbox-store`, on redb.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hookbox_model::{Contact, Conversation, Message, MessageId, Timestamp, Workspace, WorkspaceId};
use hookbox_store::{CommitError, MessageCommitted, Outbox, OutboxClaim, Page, PageRequest, StoreError};

use crate::apply::{self, MessageStep, QUARTER_MS, open_entry};
use crate::batch::MessageKey;
use crate::edge::{Edge, pass};
use crate::error::unreadable;
use crate::key;
use crate::outgoing::Outgo;
use crate::paging;
use crate::record::{self, ContactRow, Record};
use crate::snapshot::{Snapshot, guarded};
use crate::store::{Core, RedbStore, now_ms};
use crate::tables::{Daily, Fixed, Name};

/// The longest wait for something that is due later, so that a clock that jumps delays nothing by more.
const PATIENCE_MS: u64 = 1_000;

/// How long a day is when nobody knows its zone any more.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

#[async_trait]
impl Outbox for RedbStore {
    async fn claim(&self, limit: usize) -> Result<Vec<OutboxClaim>, StoreError> {
        let core = self.core();
        let (taken, snapshot) = {
            // Under one lock: what is claimed is what the snapshot shows.
            let mut outgoing = core.outgoing.lock();
            let snapshot = core.snapshot()?;
            (outgoing.take(limit, now_ms(), &snapshot)?, snapshot)
        };
        let mut handing = Handing { core, keys: taken.iter().map(|outgo| outgo.key).collect() };
        let (scheduled, taken): (Vec<Outgo>, Vec<Outgo>) = taken.into_iter().partition(|outgo| outgo.is_apart);
        if !scheduled.is_empty() {
            let keys: Vec<MessageKey> = scheduled.iter().map(|outgo| outgo.key).collect();
            self.change(move |batch| apply::fall_due(batch, &keys)).await?;
        }
        let mut claims = Vec::with_capacity(taken.len());
        for outgo in &taken {
            match guarded(|| load(&snapshot, outgo)) {
                Ok(claim) => claims.push(claim),
                // It was noted and can never be sent; others must not wait for it.
                Err(StoreError::Damaged { .. }) => core.outgoing.lock().abandon(outgo.key),
                Err(error) => return Err(error),
            }
        }
        handing.keys.clear();
        Ok(claims)
    }

    async fn wait_for_outbox(&self) {
        let core = self.core();
        loop {
            // Before the look, so that news between the two is not missed.
            let called = core.outbox.notified();
            let due_ms = {
                let (outgoing, now_ms) = (core.outgoing.lock(), now_ms());
                if outgoing.has_work(now_ms) || core.is_over() {
                    return;
                }
                outgoing.next_due().map(|due_ms| due_ms.saturating_sub(now_ms).clamp(1, PATIENCE_MS))
            };
            match due_ms {
                Some(wait_ms) => drop(tokio::time::timeout(Duration::from_millis(wait_ms), called).await),
                None => called.await,
            }
        }
    }

    async fn commit_message(
        &self,
        message: &Message,
        hold_line: bool,
        at: Timestamp,
    ) -> Result<MessageCommitted, CommitError> {
        pass(Edge::MessageAsked);
        let step = MessageStep::new(message.clone(), hold_line, at)?;
        let committed = self.change(move |batch| apply::commit_message(batch, step)).await;
        pass(Edge::MessageAnswered);
        committed
    }

    async fn sent_on_day(&self, workspace: WorkspaceId, day_begin: Timestamp) -> Result<u64, StoreError> {
        self.read(|snapshot| {
            let of = snapshot.record::<Workspace>(Fixed::Workspaces, workspace.as_bytes())?;
            let next = of.map(|of| of.zone.next_day(day_begin)).filter(|next| *next > day_begin);
            let end = next.unwrap_or(day_begin.plus_millis(DAY_MS));
            let quarters = [day_begin, end].map(|moment| moment.as_millis() / QUARTER_MS);
            let [from, to] = quarters.map(|quarter| key::counted(workspace, quarter));
            let mut sent = 0_u64;
            for day in snapshot.days().range(day_begin.day()..=end.day()) {
                let name = Name::Daily(Daily::SentCounts, *day);
                let Some(rows) = snapshot.table(name)? else { continue };
                for row in rows.range::<&[u8]>(from.as_slice()..to.as_slice()).map_err(unreadable)? {
                    let (key, value) = row.map_err(unreadable)?;
                    let payload = record::open_index(key.value(), value.value(), "count of messages");
                    let Ok(payload) = snapshot.noted(name, key.value(), payload) else { continue };
                    sent = sent.saturating_add(key::number_at(payload, 0));
                }
            }
            Ok(sent)
        })
    }

    async fn release(&self, messages: &[(WorkspaceId, MessageId)]) {
        let mut outgoing = self.core().outgoing.lock();
        messages.iter().for_each(|message| outgoing.give_back(*message));
        drop(outgoing);
        self.core().outbox.notify_waiters();
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Message>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Outbox, workspace.as_bytes(), bounds, |key, value| {
                open_entry(key, value)?;
                // The outbox and the messages have the same keys.
                snapshot.record(Fixed::Messages, key)
            })
        })
    }
}

/// Messages about to be handed out: given back when the caller gives up or something cannot be read or written now.
struct Handing<'c> {
    core: &'c Core,
    keys: Vec<MessageKey>,
}

impl Drop for Handing<'_> {
    fn drop(&mut self) {
        if !self.keys.is_empty() {
            let mut outgoing = self.core.outgoing.lock();
            self.keys.iter().for_each(|key| outgoing.give_back(*key));
            drop(outgoing);
            self.core.outbox.notify_waiters();
        }
    }
}

/// The records of a claim.
fn load(snapshot: &Snapshot, outgo: &Outgo) -> Result<OutboxClaim, StoreError> {
    let (workspace, message) = outgo.key;
    let row = key::pair(workspace, message.as_bytes());
    let contact = key::pair(workspace, outgo.contact.as_bytes());
    let conversation = key::pair(workspace, outgo.conversation.as_bytes());
    let message = there::<Message>(snapshot, Fixed::Messages, &row)?;
    if !message.state.is_in_outbox() {
        // Its row of the outbox could not be removed; claimed, the message would be refused and claimed again.
        let left = StoreError::Damaged { what: "outbox", reason: "the message has left it and its row is left".into() };
        return snapshot.noted(Fixed::Outbox.into(), &row, Err(left));
    }
    Ok(OutboxClaim {
        message,
        contact: Arc::<Contact>::new(there::<ContactRow>(snapshot, Fixed::Contacts, &contact)?.contact),
        conversation: Arc::new(there::<Conversation>(snapshot, Fixed::Conversations, &conversation)?),
    })
}

/// A record that must be there.
fn there<R: Record>(snapshot: &Snapshot, table: Fixed, key: &[u8]) -> Result<R, StoreError> {
    let missing = || StoreError::Damaged { what: R::WHAT, reason: "the outbox names it and it is not there".into() };
    let record = snapshot.record::<R>(table, key)?.ok_or_else(missing);
    snapshot.noted(table.into(), key, record)
}
