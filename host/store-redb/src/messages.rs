//! Messages: the file of their trait in `hookbox-store`, on redb.

use std::ops::Bound;

use async_trait::async_trait;
use hookbox_model::{
    Audited, ContactId, Decision, IncomingMessage, Message, MessageId, MessageReport, MessageState, Timestamp,
    WorkspaceId,
};
use hookbox_store::{MessageFilter, Messages, Page, PageRequest, Received, StoreError};

use crate::apply;
use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::record;
use crate::snapshot::Snapshot;
use crate::store::RedbStore;
use crate::tables::{Daily, Fixed, Name};

#[async_trait]
impl Messages for RedbStore {
    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: MessageFilter,
        page: PageRequest,
    ) -> Result<Page<Message>, StoreError> {
        let bounds = (&page, self.reach());
        let of_contact = filter.contact.map(|contact| key::pair(workspace, contact.as_bytes()));
        let prefix = of_contact.as_ref().map_or(workspace.as_bytes().as_slice(), |key| key.as_slice());
        let wanted = |message: Message| {
            let conversation = filter.conversation.is_none_or(|wanted| message.conversation == wanted);
            let state = filter.state.is_none_or(|wanted| message.state == wanted);
            Some(message).filter(|_| conversation && state)
        };
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Messages, prefix, bounds, |key, value| {
                record::open(key, value).map(wanted)
            })
        })
    }

    async fn get(&self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.read(|snapshot| match row_of(snapshot, workspace, id)? {
            Some(row) => snapshot.record(Fixed::Messages, &row),
            None => Ok(None),
        })
    }

    async fn sent_since(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        since: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let (prefix, mut rows_left) = (key::pair(workspace, contact.as_bytes()), self.reach().rows_max);
        let start = [prefix.as_slice(), &since.as_millis().to_be_bytes()].concat();
        let handed = |message: &Message| {
            matches!(message.state, MessageState::Sending | MessageState::Sent | MessageState::Unknown)
        };
        self.read(|snapshot| {
            let mut sent = 0;
            for day in snapshot.days().range(since.day()..) {
                let Some(rows) = snapshot.table(Name::Daily(Daily::SentTimes, *day))? else { continue };
                for row in paging::range(&rows, &Bound::Included(start.clone()), &prefix)? {
                    if sent >= limit || rows_left == 0 {
                        // So many were tried within the time that the limit counts as reached.
                        return Ok(limit);
                    }
                    rows_left -= 1;
                    let (key, _) = row.map_err(unreadable)?;
                    let message = key::triple(workspace, contact.as_bytes(), &key::id_at(key.value(), 40));
                    let message = snapshot.record::<Message>(Fixed::Messages, &message);
                    sent += u32::from(message.is_ok_and(|message| message.as_ref().is_some_and(handed)));
                }
            }
            Ok(sent)
        })
    }

    async fn receive(&self, incoming: &IncomingMessage) -> Result<Received, StoreError> {
        let media: usize = incoming.media.iter().map(|media| media.url.len() + media.content_type.len()).sum();
        let (bytes, incoming) = (incoming.body.len() + media, incoming.clone());
        self.change_if_room(bytes, move |batch| apply::receive(batch, &incoming)).await
    }

    async fn report(&self, report: &MessageReport) -> Result<(), StoreError> {
        let row = self.read(|snapshot| row_of(snapshot, report.workspace, report.message))?;
        let (row, report) = (row.ok_or(StoreError::Missing { what: "message" })?, report.clone());
        self.change(move |batch| apply::report(batch, &row, &report)).await
    }

    async fn decide(
        &self,
        workspace: WorkspaceId,
        id: MessageId,
        decision: Decision,
        at: Timestamp,
        audited: Audited,
    ) -> Result<Message, StoreError> {
        let row = self.read(|snapshot| row_of(snapshot, workspace, id))?;
        let row = row.ok_or(StoreError::Missing { what: "message" })?;
        self.change(move |batch| apply::decide(batch, &row, (decision, at), &audited)).await
    }
}

/// The key of a message that is or was in the outbox, or came in.
fn row_of(snapshot: &Snapshot, workspace: WorkspaceId, id: MessageId) -> Result<Option<[u8; 48]>, StoreError> {
    let by_id = key::pair(workspace, id.as_bytes());
    let left = snapshot.id(Fixed::MessageContacts, &by_id, "index row of messages")?;
    let contact = match left {
        Some(contact) => Some(contact),
        None => snapshot.index(Fixed::Outbox, &by_id, "outbox row")?.map(|entry| key::id_at(&entry, 0)),
    };
    Ok(contact.map(|contact| key::triple(workspace, &contact, id.as_bytes())))
}
