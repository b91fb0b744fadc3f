//! Members: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Audited, Member, MemberId, WorkspaceId};
use hookbox_store::{Members, Page, PageRequest, StoreError};

use crate::apply;
use crate::catalog::{self, Named};
use crate::key;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Members for RedbStore {
    async fn create(&self, member: &Member, audited: Audited) -> Result<(), StoreError> {
        let member = member.clone();
        self.configure(move |batch| {
            let row = key::pair(member.workspace, member.id.as_bytes());
            let name = (Named::Member, *member.workspace.as_bytes(), member.name.as_str());
            let entry = apply::next_entry(batch, member.workspace, &audited)?;
            catalog::add(batch, Fixed::Members, &row, &member, name, member.id.as_bytes())?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn update(&self, before: &Member, after: &Member, audited: Audited) -> Result<(), StoreError> {
        let (before, after) = (before.clone(), after.clone());
        self.configure(move |batch| {
            let row = key::pair(after.workspace, after.id.as_bytes());
            let named = (Named::Member, *after.workspace.as_bytes(), name_of as fn(&Member) -> &str);
            let entry = apply::next_entry(batch, after.workspace, &audited)?;
            if catalog::replace(batch, Fixed::Members, &row, (&before, &after), named, after.id.as_bytes())? {
                entry.write(batch)?;
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, seen: &Member, audited: Audited) -> Result<(), StoreError> {
        let seen = seen.clone();
        self.configure(move |batch| {
            let row = key::pair(seen.workspace, seen.id.as_bytes());
            let named = (Named::Member, *seen.workspace.as_bytes(), name_of as fn(&Member) -> &str);
            let entry = apply::next_entry(batch, seen.workspace, &audited)?;
            catalog::remove(batch, Fixed::Members, &row, &seen, named)?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn get(&self, workspace: WorkspaceId, id: MemberId) -> Result<Option<Member>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Members, &key::pair(workspace, id.as_bytes())))
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Member>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| catalog::page(snapshot, Fixed::Members, workspace, bounds))
    }
}

fn name_of(member: &Member) -> &str {
    &member.name
}
