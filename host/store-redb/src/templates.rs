//! Templates: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Audited, Template, TemplateId, WorkspaceId};
use hookbox_store::{Page, PageRequest, StoreError, Templates};

use crate::apply;
use crate::catalog::{self, Named};
use crate::key;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Templates for RedbStore {
    async fn create(&self, template: &Template, audited: Audited) -> Result<(), StoreError> {
        let template = template.clone();
        self.configure(move |batch| {
            let row = key::pair(template.workspace, template.id.as_bytes());
            let name = (Named::Template, *template.workspace.as_bytes(), template.name.as_str());
            let entry = apply::next_entry(batch, template.workspace, &audited)?;
            catalog::add(batch, Fixed::Templates, &row, &template, name, template.id.as_bytes())?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn update(&self, before: &Template, after: &Template, audited: Audited) -> Result<(), StoreError> {
        let (before, after) = (before.clone(), after.clone());
        self.configure(move |batch| {
            let row = key::pair(after.workspace, after.id.as_bytes());
            let named = (Named::Template, *after.workspace.as_bytes(), name_of as fn(&Template) -> &str);
            let entry = apply::next_entry(batch, after.workspace, &audited)?;
            if catalog::replace(batch, Fixed::Templates, &row, (&before, &after), named, after.id.as_bytes())? {
                entry.write(batch)?;
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, seen: &Template, audited: Audited) -> Result<(), StoreError> {
        let seen = seen.clone();
        self.configure(move |batch| {
            let row = key::pair(seen.workspace, seen.id.as_bytes());
            let named = (Named::Template, *seen.workspace.as_bytes(), name_of as fn(&Template) -> &str);
            let entry = apply::next_entry(batch, seen.workspace, &audited)?;
            catalog::remove(batch, Fixed::Templates, &row, &seen, named)?;
            Ok(entry.write(batch)?)
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
