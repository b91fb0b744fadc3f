//! Conversations: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Conversation, ConversationId, WorkspaceId};
use hookbox_store::{ConversationFilter, Conversations, Page, PageRequest, StoreError};

use crate::key;
use crate::paging::{self, Collector};
use crate::record::{self, ContactRow};
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Conversations for RedbStore {
    async fn get(&self, workspace: WorkspaceId, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Conversations, &key::pair(workspace, id.as_bytes())))
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: ConversationFilter,
        page: PageRequest,
    ) -> Result<Page<Conversation>, StoreError> {
        let bounds = (&page, self.reach());
        let wanted = |found: Conversation| Some(found).filter(|found| filter.wants(found));
        self.read(|snapshot| match filter.contact {
            None => paging::ascending(snapshot, Fixed::Conversations, workspace.as_bytes(), bounds, |key, value| {
                record::open(key, value).map(wanted)
            }),
            Some(contact) => {
                let row = key::pair(workspace, contact.as_bytes());
                let threads = snapshot.record::<ContactRow>(Fixed::Contacts, &row)?.map(|row| row.belongings.threads);
                let mut ids: Vec<_> = threads.unwrap_or_default().iter().map(|thread| thread.conversation).collect();
                ids.sort_unstable();
                let after = paging::cursor(&page)?.unwrap_or_default();
                let mut collector = Collector::new(&page, bounds.1);
                for id in ids.into_iter().filter(|id| id.as_bytes().as_slice() > after.as_slice()) {
                    if !collector.admits(id.as_bytes()) {
                        break;
                    }
                    let found = snapshot.record(Fixed::Conversations, &key::pair(workspace, id.as_bytes()));
                    collector.add(found.map(|found| found.and_then(wanted)))?;
                }
                Ok(collector.finish())
            }
        })
    }
}
