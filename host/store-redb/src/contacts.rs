//! Contacts: the file of their trait in `hookbox-store`, on redb.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{Audited, Contact, ContactId, Conversation, Identifier, WorkspaceId};
use hookbox_store::{Contacts, Known, Page, PageRequest, StoreError};

use crate::apply;
use crate::key;
use crate::paging;
use crate::record::{self, ContactRow};
use crate::snapshot::Snapshot;
use crate::store::RedbStore;
use crate::tables::Fixed;
use crate::text::Needle;

#[async_trait]
impl Contacts for RedbStore {
    async fn create(&self, contact: &Contact, audited: Audited) -> Result<(), StoreError> {
        let contact = contact.clone();
        self.change(move |batch| apply::create_contact(batch, &contact, &audited)).await
    }

    async fn update(&self, after: &Contact, audited: Audited) -> Result<(), StoreError> {
        let after = after.clone();
        self.change(move |batch| apply::update_contact(batch, &after, &audited)).await
    }

    async fn get(&self, workspace: WorkspaceId, id: ContactId) -> Result<Option<Contact>, StoreError> {
        self.read(|snapshot| {
            let row = snapshot.record::<ContactRow>(Fixed::Contacts, &key::pair(workspace, id.as_bytes()))?;
            Ok(row.map(|row| row.contact))
        })
    }

    async fn find(&self, workspace: WorkspaceId, identifier: &Identifier) -> Result<Option<Known>, StoreError> {
        self.read(|snapshot| {
            let index = apply::identifier_key(workspace, identifier);
            let Some(id) = snapshot.id(Fixed::Identifiers, &index, "identifier")? else { return Ok(None) };
            let contact = key::pair(workspace, &id);
            let Some(row) = snapshot.record::<ContactRow>(Fixed::Contacts, &contact)? else {
                let reason = "its contact is not there".into();
                let missing = Err(StoreError::Damaged { what: "identifier", reason });
                return snapshot.noted(Fixed::Identifiers.into(), &index, missing);
            };
            with_conversations(snapshot, row).map(Some)
        })
    }

    async fn known(&self, workspace: WorkspaceId, id: ContactId) -> Result<Option<Known>, StoreError> {
        self.read(|snapshot| {
            let row = snapshot.record::<ContactRow>(Fixed::Contacts, &key::pair(workspace, id.as_bytes()))?;
            row.map(|row| with_conversations(snapshot, row)).transpose()
        })
    }

    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Contact>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Contacts, workspace.as_bytes(), bounds, |key, value| {
                record::open::<ContactRow>(key, value).map(|row| Some(row.contact))
            })
        })
    }

    async fn search(&self, workspace: WorkspaceId, text: &str, page: PageRequest) -> Result<Page<Contact>, StoreError> {
        let needle = Needle::new(text);
        self.look_for(move |snapshot, reach| {
            paging::ascending(snapshot, Fixed::Contacts, workspace.as_bytes(), (&page, reach), |key, value| {
                let row = record::open::<ContactRow>(key, value)?;
                Ok(Some(row.contact).filter(|contact| needle.is_of(contact)))
            })
        })
        .await
    }
}

/// A contact with the conversations that its row names. One that is not there is damage: without it, a run would begin a
/// second one in that inbox and be refused for ever.
fn with_conversations(snapshot: &Snapshot, row: ContactRow) -> Result<Known, StoreError> {
    let read = |thread: &record::Thread| {
        let key = key::pair(row.contact.workspace, thread.conversation.as_bytes());
        let missing =
            || StoreError::Damaged { what: "conversation", reason: "its contact names it and it is not there".into() };
        let conversation = snapshot.record::<Conversation>(Fixed::Conversations, &key)?.ok_or_else(missing);
        snapshot.noted(Fixed::Conversations.into(), &key, conversation).map(Arc::new)
    };
    let conversations = row.belongings.threads.iter().map(read).collect::<Result<_, StoreError>>()?;
    Ok(Known { conversations, contact: Arc::new(row.contact) })
}
