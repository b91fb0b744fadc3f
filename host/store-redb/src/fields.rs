//! Fields: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Audited, Field, FieldId, WorkspaceId};
use hookbox_store::{Fields, Page, PageRequest, StoreError};

use crate::apply;
use crate::catalog::{self, Named};
use crate::key;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Fields for RedbStore {
    async fn create(&self, field: &Field, audited: Audited) -> Result<(), StoreError> {
        let field = field.clone();
        self.configure(move |batch| {
            let row = key::pair(field.workspace, field.id.as_bytes());
            let name = (Named::Field, *field.workspace.as_bytes(), field.name.as_str());
            let entry = apply::next_entry(batch, field.workspace, &audited)?;
            catalog::add(batch, Fixed::Fields, &row, &field, name, field.id.as_bytes())?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn update(&self, before: &Field, after: &Field, audited: Audited) -> Result<(), StoreError> {
        let (before, after) = (before.clone(), after.clone());
        self.configure(move |batch| {
            let row = key::pair(after.workspace, after.id.as_bytes());
            let named = (Named::Field, *after.workspace.as_bytes(), name_of as fn(&Field) -> &str);
            let entry = apply::next_entry(batch, after.workspace, &audited)?;
            if catalog::replace(batch, Fixed::Fields, &row, (&before, &after), named, after.id.as_bytes())? {
                entry.write(batch)?;
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, seen: &Field, audited: Audited) -> Result<(), StoreError> {
        let seen = seen.clone();
        self.configure(move |batch| {
            let row = key::pair(seen.workspace, seen.id.as_bytes());
            let named = (Named::Field, *seen.workspace.as_bytes(), name_of as fn(&Field) -> &str);
            let entry = apply::next_entry(batch, seen.workspace, &audited)?;
            catalog::remove(batch, Fixed::Fields, &row, &seen, named)?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn get(&self, workspace: WorkspaceId, id: FieldId) -> Result<Option<Field>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Fields, &key::pair(workspace, id.as_bytes())))
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Field>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| catalog::page(snapshot, Fixed::Fields, workspace, bounds))
    }
}

fn name_of(field: &Field) -> &str {
    &field.name
}
