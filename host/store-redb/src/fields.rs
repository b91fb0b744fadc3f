//! Fields: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Field, FieldId, WorkspaceId};
use hookbox_store::{Fields, Page, PageRequest, StoreError};

use crate::catalog::{self, Named};
use crate::key;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Fields for RedbStore {
    async fn create(&self, field: &Field) -> Result<(), StoreError> {
        let field = field.clone();
        self.configure(move |batch| {
            let row = key::pair(field.workspace, field.id.as_bytes());
            let name = (Named::Field, *field.workspace.as_bytes(), field.name.as_str());
            catalog::add(batch, Fixed::Fields, &row, &field, name, field.id.as_bytes())
        })
        .await
    }

    async fn update(&self, field: &Field) -> Result<(), StoreError> {
        let field = field.clone();
        self.configure(move |batch| {
            let row = key::pair(field.workspace, field.id.as_bytes());
            let named = (Named::Field, *field.workspace.as_bytes(), name_of as fn(&Field) -> &str);
            catalog::replace(batch, Fixed::Fields, &row, &field, named, field.id.as_bytes())
        })
        .await
    }

    async fn remove(&self, workspace: WorkspaceId, id: FieldId) -> Result<(), StoreError> {
        self.configure(move |batch| {
            let row = key::pair(workspace, id.as_bytes());
            let named = (Named::Field, *workspace.as_bytes(), name_of as fn(&Field) -> &str);
            catalog::remove(batch, Fixed::Fields, &row, named)
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
