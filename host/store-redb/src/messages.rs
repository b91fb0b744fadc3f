//! Messages and the outbox: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{ContactId, Message, WorkspaceId};
use hookbox_store::{Messages, Page, PageRequest, StoreError};

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
        contact: Option<ContactId>,
        page: PageRequest,
    ) -> Result<Page<Message>, StoreError> {
        let bounds = (&page, self.reach());
        let of_contact = contact.map(|contact| key::pair(workspace, contact.as_bytes()));
        let prefix = of_contact.as_ref().map_or(workspace.as_bytes().as_slice(), |key| key.as_slice());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Messages, prefix, bounds, |key, value| {
                record::open(key, value).map(Some)
            })
        })
    }

    async fn outbox_page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Message>, StoreError> {
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
