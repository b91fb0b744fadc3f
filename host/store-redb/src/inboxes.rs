//! Inboxes: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Inbox, InboxId, WorkspaceId};
use hookbox_store::{Inboxes, Page, PageRequest, StoreError};

use crate::catalog::{self, Named};
use crate::key;
use crate::record::seal_index;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Inboxes for RedbStore {
    async fn create(&self, inbox: &Inbox) -> Result<(), StoreError> {
        let inbox = inbox.clone();
        self.configure(move |batch| {
            let (route, workspace) = (inbox.id.as_bytes(), inbox.workspace.as_bytes());
            if batch.contains::<StoreError>(Fixed::InboxRoutes, route)? {
                return Err(StoreError::Exists { what: "inbox", name: inbox.id.to_string() }.into());
            }
            let row = key::pair(inbox.workspace, route);
            let name = (Named::Inbox, *workspace, inbox.name.as_str());
            catalog::add(batch, Fixed::Inboxes, &row, &inbox, name, route)?;
            Ok(batch.put(Fixed::InboxRoutes, route, &seal_index(route, workspace))?)
        })
        .await
    }

    async fn update(&self, before: &Inbox, after: &Inbox) -> Result<(), StoreError> {
        let (before, inbox) = (before.clone(), after.clone());
        self.configure(move |batch| {
            let row = key::pair(inbox.workspace, inbox.id.as_bytes());
            let stored = batch.record::<Inbox>(Fixed::Inboxes, &row)?.ok_or(StoreError::Missing { what: "inbox" })?;
            if stored != before {
                return Err(StoreError::Stale { what: "inbox" }.into());
            }
            let named = (Named::Inbox, *inbox.workspace.as_bytes(), name_of as fn(&Inbox) -> &str);
            catalog::replace(batch, Fixed::Inboxes, &row, &inbox, named, inbox.id.as_bytes())
        })
        .await
    }

    async fn at_door(&self, id: InboxId) -> Result<Option<Inbox>, StoreError> {
        self.read(|snapshot| {
            let Some(workspace) = snapshot.id(Fixed::InboxRoutes, id.as_bytes(), "route")? else { return Ok(None) };
            snapshot.record(Fixed::Inboxes, &key::pair(WorkspaceId::from_bytes(workspace), id.as_bytes()))
        })
    }

    async fn get(&self, workspace: WorkspaceId, id: InboxId) -> Result<Option<Inbox>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Inboxes, &key::pair(workspace, id.as_bytes())))
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Inbox>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| catalog::page(snapshot, Fixed::Inboxes, workspace, bounds))
    }
}

fn name_of(inbox: &Inbox) -> &str {
    &inbox.name
}
