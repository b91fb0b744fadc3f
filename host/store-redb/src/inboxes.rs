//! Inboxes: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Audited, Inbox, InboxId, WorkspaceId};
use hookbox_store::{Inboxes, Page, PageRequest, StoreError};

use crate::apply;
use crate::catalog::{self, Named};
use crate::key;
use crate::record::seal_index;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Inboxes for RedbStore {
    async fn create(&self, inbox: &Inbox, audited: Audited) -> Result<(), StoreError> {
        let inbox = inbox.clone();
        self.configure(move |batch| {
            let (route, workspace) = (inbox.id.as_bytes(), inbox.workspace.as_bytes());
            if batch.contains::<StoreError>(Fixed::InboxRoutes, route)? {
                return Err(StoreError::Exists { what: "inbox", name: inbox.id.to_string() }.into());
            }
            let row = key::pair(inbox.workspace, route);
            let name = (Named::Inbox, *workspace, inbox.name.as_str());
            let entry = apply::next_entry(batch, inbox.workspace, &audited)?;
            catalog::add(batch, Fixed::Inboxes, &row, &inbox, name, route)?;
            batch.put(Fixed::InboxRoutes, route, &seal_index(route, workspace))?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn update(&self, before: &Inbox, after: &Inbox, audited: Audited) -> Result<(), StoreError> {
        let (before, after) = (before.clone(), after.clone());
        self.configure(move |batch| {
            let row = key::pair(after.workspace, after.id.as_bytes());
            let named = (Named::Inbox, *after.workspace.as_bytes(), name_of as fn(&Inbox) -> &str);
            let entry = apply::next_entry(batch, after.workspace, &audited)?;
            if catalog::replace(batch, Fixed::Inboxes, &row, (&before, &after), named, after.id.as_bytes())? {
                entry.write(batch)?;
            }
            Ok(())
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
