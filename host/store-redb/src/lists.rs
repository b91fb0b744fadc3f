//! Lists: the file of their trait in `hookbox-store`, on redb.

use std::collections::BTreeSet;

use async_trait::async_trait;
use hookbox_model::{Audited, Contact, ContactId, List, ListId, WorkspaceId};
use hookbox_store::{Lists, Page, PageRequest, StoreError};

use crate::apply::{self, Membership};
use crate::catalog::{self, Named};
use crate::key;
use crate::paging;
use crate::record::ContactRow;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Lists for RedbStore {
    async fn create(&self, list: &List, audited: Audited) -> Result<(), StoreError> {
        let list = list.clone();
        self.configure(move |batch| {
            let row = key::pair(list.workspace, list.id.as_bytes());
            let name = (Named::List, *list.workspace.as_bytes(), list.name.as_str());
            let entry = apply::next_entry(batch, list.workspace, &audited)?;
            catalog::add(batch, Fixed::Lists, &row, &list, name, list.id.as_bytes())?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn update(&self, before: &List, after: &List, audited: Audited) -> Result<(), StoreError> {
        let (before, after) = (before.clone(), after.clone());
        self.configure(move |batch| {
            let row = key::pair(after.workspace, after.id.as_bytes());
            let named = (Named::List, *after.workspace.as_bytes(), name_of as fn(&List) -> &str);
            let entry = apply::next_entry(batch, after.workspace, &audited)?;
            if catalog::replace(batch, Fixed::Lists, &row, (&before, &after), named, after.id.as_bytes())? {
                entry.write(batch)?;
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, seen: &List, audited: Audited) -> Result<(), StoreError> {
        let seen = seen.clone();
        self.configure(move |batch| {
            let row = key::pair(seen.workspace, seen.id.as_bytes());
            let named = (Named::List, *seen.workspace.as_bytes(), name_of as fn(&List) -> &str);
            let entry = apply::next_entry(batch, seen.workspace, &audited)?;
            catalog::remove(batch, Fixed::Lists, &row, &seen, named)?;
            // Nobody is shown a list without a record; the keeper has its contacts leave it.
            batch.append_mark(Fixed::RemovedLists, &row);
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn get(&self, workspace: WorkspaceId, id: ListId) -> Result<Option<List>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Lists, &key::pair(workspace, id.as_bytes())))
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<List>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| catalog::page(snapshot, Fixed::Lists, workspace, bounds))
    }

    async fn contacts_page(
        &self,
        workspace: WorkspaceId,
        list: ListId,
        page: PageRequest,
    ) -> Result<Page<Contact>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            let prefix = key::pair(workspace, list.as_bytes());
            paging::ascending(snapshot, Fixed::ListContacts, &prefix, bounds, |key, _| {
                let contact = key::pair(workspace, &key::id_at(key, 2 * key::ID));
                let row = snapshot.record::<ContactRow>(Fixed::Contacts, &contact)?;
                Ok(row.map(|row| row.contact))
            })
        })
    }

    async fn add_contacts(
        &self,
        workspace: WorkspaceId,
        list: ListId,
        contacts: &BTreeSet<ContactId>,
        audited: Audited,
    ) -> Result<(), StoreError> {
        let (of, contacts) = ((workspace, list), contacts.clone());
        self.change(move |batch| apply::change_list(batch, of, Membership::On, &contacts, &audited)).await
    }

    async fn remove_contact(
        &self,
        workspace: WorkspaceId,
        list: ListId,
        contact: ContactId,
        audited: Audited,
    ) -> Result<(), StoreError> {
        let (of, contacts) = ((workspace, list), BTreeSet::from([contact]));
        self.change(move |batch| apply::change_list(batch, of, Membership::Off, &contacts, &audited)).await
    }
}

fn name_of(list: &List) -> &str {
    &list.name
}
