//! Messages: the file of their trait in `hookbox-store`, on redb.

use std::cell::Cell;
use std::ops::Bound;

use async_trait::async_trait;
use hookbox_model::{
    Audited, ContactId, Conversation, Decision, IncomingMessage, Message, MessageId, MessageReport, MessageState,
    Timestamp, WorkspaceId,
};
use hookbox_store::{MessageFilter, Messages, Page, PageRequest, Received, StoreError};

use crate::apply;
use crate::error::unreadable;
use crate::key;
use crate::paging::{self, Reach, Span};
use crate::recent::OfContact;
use crate::record;
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
        // Of either kind of page; a cursor of another form is of a version whose pages were in another order.
        paging::cursor_id(&page)?;
        let wanted = |message: Message| {
            let conversation = filter.conversation.is_none_or(|wanted| message.conversation == wanted);
            let state = filter.state.is_none_or(|wanted| message.state == wanted);
            Some(message).filter(|_| conversation && state)
        };
        self.read(|snapshot| {
            let contact = match (filter.contact, filter.conversation) {
                (Some(contact), _) => Some(contact),
                (None, Some(conversation)) => {
                    let conversation = key::pair(workspace, conversation.as_bytes());
                    let conversation = snapshot.record::<Conversation>(Fixed::Conversations, &conversation)?;
                    let Some(conversation) = conversation else { return Ok(Page { items: Vec::new(), next: None }) };
                    Some(conversation.contact)
                }
                (None, None) => None,
            };
            let Some(contact) = contact else {
                let bounds = (&page, self.reach());
                return paging::ascending(snapshot, Fixed::Messages, workspace.as_bytes(), bounds, |key, value| {
                    record::open(key, value).map(wanted)
                });
            };
            let beside = Cell::new(0);
            let bounds = (&page, Reach { beside: Some(&beside), ..self.reach() });
            let ids = OfContact::messages(snapshot, key::pair(workspace, contact.as_bytes()))?;
            ids.oldest_first(Span::default(), bounds, |id| {
                let message = snapshot.weighed::<Message>(Fixed::Messages, &key::pair(workspace, &id), &beside)?;
                Ok(message.and_then(wanted))
            })
        })
    }

    async fn get(&self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Messages, &key::pair(workspace, id.as_bytes())))
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
                    let message = key::pair(workspace, &key::id_at(key.value(), 40));
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
        let report = report.clone();
        self.change(move |batch| apply::report(batch, &report)).await
    }

    async fn decide(
        &self,
        workspace: WorkspaceId,
        id: MessageId,
        decision: Decision,
        at: Timestamp,
        audited: Audited,
    ) -> Result<Message, StoreError> {
        self.change(move |batch| apply::decide(batch, (workspace, id), (decision, at), &audited)).await
    }
}
