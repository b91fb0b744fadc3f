//! Contacts: found by identifier or id, changed against the version that was read.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{Audited, Contact, ContactId, Conversation, Identifier, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// A contact and its conversations, read at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The contact.
    pub contact: Arc<Contact>,
    /// Its conversations: one for each inbox that has written to it or heard from it.
    pub conversations: Vec<Arc<Conversation>>,
}

/// What may be asked about contacts. Runs change them with `Runs::commit_run`.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// Adds one at version 1. `Exists` when one of its identifiers is taken.
    async fn create(&self, contact: &Contact, audited: Audited) -> Result<(), StoreError>;

    /// Replaces the contact at `after.version - 1` with `after`, keeping the index of identifiers true. `Missing` when it
    /// is not there, `Stale` when it is at another version, `Exists` when an identifier is taken. Its lists do not change:
    /// `Lists` puts it on them and takes it off.
    async fn update(&self, after: &Contact, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: ContactId) -> Result<Option<Contact>, StoreError>;

    /// The one with this identifier, with its conversations.
    async fn find(&self, workspace: WorkspaceId, identifier: &Identifier) -> Result<Option<Known>, StoreError>;

    /// The one with this id, with its conversations: for a run that found its contact before.
    async fn known(&self, workspace: WorkspaceId, id: ContactId) -> Result<Option<Known>, StoreError>;

    /// Those first seen first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Contact>, StoreError>;

    /// Those in whose name, phone number, email address or external id this text is, whatever its case, first seen first. A phone
    /// number is found by its digits. A page may be empty; its cursor goes on.
    async fn search(&self, workspace: WorkspaceId, text: &str, page: PageRequest) -> Result<Page<Contact>, StoreError>;
}
