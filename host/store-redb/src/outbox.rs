//! The outbox: the file of its trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Message, MessageId, Timestamp, WorkspaceId};
use hookbox_store::{CommitError, MessageCommitted, Outbox, OutboxClaim, Page, PageRequest, StoreError};

use crate::key;
use crate::paging;
use crate::record;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Outbox for RedbStore {
    async fn claim(&self, _limit: usize) -> Result<Vec<OutboxClaim>, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn wait_for_outbox(&self) {
        std::future::pending().await
    }

    async fn commit_message(&self, _message: &Message, _hold_line: bool) -> Result<MessageCommitted, CommitError> {
        Err(CommitError::Store(StoreError::Unavailable { reason: "UNWRITTEN".into() }))
    }

    async fn sent_on_day(&self, _workspace: WorkspaceId, _day_begin: Timestamp) -> Result<u64, StoreError> {
        Err(StoreError::Unavailable { reason: "UNWRITTEN".into() })
    }

    async fn release(&self, _messages: &[(WorkspaceId, MessageId)]) {}

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Message>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Outbox, workspace.as_bytes(), bounds, |key, value| {
                let contact = record::open_id(key, value, "outbox row")?;
                let message = key::triple(workspace, &contact, &key::id_at(key, key::ID));
                snapshot.record(Fixed::Messages, &message)
            })
        })
    }
}
