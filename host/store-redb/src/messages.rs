//! Messages: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{ContactId, Decision, IncomingMessage, Message, MessageId, MessageReport, Timestamp, WorkspaceId};
use hookbox_store::{MessageFilter, Messages, Page, PageRequest, Received, StoreError};

use crate::key;
use crate::paging;
use crate::record;
use crate::store::RedbStore;
use crate::tables::Fixed;

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

    async fn get(&self, _workspace: WorkspaceId, _id: MessageId) -> Result<Option<Message>, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn sent_since(
        &self,
        _workspace: WorkspaceId,
        _contact: ContactId,
        _since: Timestamp,
        _limit: u32,
    ) -> Result<u32, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn receive(&self, _incoming: &IncomingMessage) -> Result<Received, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn report(&self, _report: &MessageReport) -> Result<(), StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn decide(
        &self,
        _workspace: WorkspaceId,
        _id: MessageId,
        _decision: Decision,
        _at: Timestamp,
    ) -> Result<Message, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }
}
