//! Workspaces: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Audited, Workspace, WorkspaceId};
use hookbox_store::{Page, PageRequest, StoreError, Workspaces};

use crate::apply;
use crate::catalog::{self, EVERYWHERE, Named};
use crate::paging;
use crate::record;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Workspaces for RedbStore {
    async fn create(&self, workspace: &Workspace, audited: Audited) -> Result<(), StoreError> {
        let workspace = workspace.clone();
        self.configure(move |batch| {
            let name = (Named::Workspace, EVERYWHERE, workspace.name.as_str());
            let id = workspace.id.as_bytes();
            let entry = apply::next_entry(batch, WorkspaceId::HOST, &audited)?;
            catalog::add(batch, Fixed::Workspaces, id, &workspace, name, id)?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn update(&self, before: &Workspace, after: &Workspace, audited: Audited) -> Result<(), StoreError> {
        let (before, after) = (before.clone(), after.clone());
        self.configure(move |batch| {
            let id = after.id.as_bytes();
            let named = (Named::Workspace, EVERYWHERE, name_of as fn(&Workspace) -> &str);
            let entry = apply::next_entry(batch, after.id, &audited)?;
            if catalog::replace(batch, Fixed::Workspaces, id, (&before, &after), named, id)? {
                entry.write(batch)?;
            }
            Ok(())
        })
        .await
    }

    async fn get(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Workspaces, id.as_bytes()))
    }

    async fn page(&self, page: PageRequest) -> Result<Page<Workspace>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Workspaces, &[], bounds, |key, value| record::open(key, value).map(Some))
        })
    }
}

fn name_of(workspace: &Workspace) -> &str {
    &workspace.name
}
