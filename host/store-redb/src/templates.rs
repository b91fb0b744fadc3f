//! Templates: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Template, TemplateId, WorkspaceId};
use hookbox_store::{Page, PageRequest, StoreError, Templates};

use crate::catalog::{self, Named};
use crate::key;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Templates for RedbStore {
    async fn create(&self, template: &Template) -> Result<(), StoreError> {
        let template = template.clone();
        self.configure(move |batch| {
            let row = key::pair(template.workspace, template.id.as_bytes());
            let name = (Named::Template, *template.workspace.as_bytes(), template.name.as_str());
            catalog::add(batch, Fixed::Templates, &row, &template, name, template.id.as_bytes())
        })
        .await
    }

    async fn update(&self, template: &Template) -> Result<(), StoreError> {
        let template = template.clone();
        self.configure(move |batch| {
            let row = key::pair(template.workspace, template.id.as_bytes());
            let named = (Named::Template, *template.workspace.as_bytes(), name_of as fn(&Template) -> &str);
            catalog::replace(batch, Fixed::Templates, &row, &template, named, template.id.as_bytes())
        })
        .await
    }

    async fn remove(&self, workspace: WorkspaceId, id: TemplateId) -> Result<(), StoreError> {
        self.configure(move |batch| {
            let row = key::pair(workspace, id.as_bytes());
            let named = (Named::Template, *workspace.as_bytes(), name_of as fn(&Template) -> &str);
            catalog::remove(batch, Fixed::Templates, &row, named)
        })
        .await
    }

    async fn get(&self, workspace: WorkspaceId, id: TemplateId) -> Result<Option<Template>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Templates, &key::pair(workspace, id.as_bytes())))
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Template>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| catalog::page(snapshot, Fixed::Templates, workspace, bounds))
    }
}

fn name_of(template: &Template) -> &str {
    &template.name
}
