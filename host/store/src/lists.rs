//! Lists: by id and by page, names unique in the workspace, and the contacts on each.

use std::collections::BTreeSet;

use async_trait::async_trait;
use hookbox_model::{Audited, Contact, ContactId, List, ListId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about lists. Runs put contacts on lists and take them off with `Runs::commit_run`.
#[async_trait]
pub trait Lists: Send + Sync {
    /// Adds one. `Exists` when the name is taken in its workspace.
    async fn create(&self, list: &List, audited: Audited) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`, the same list as it was read. `Missing` when there is none, `Stale` when what is stored
    /// is not exactly `before`, `Exists` when the new name is taken.
    async fn update(&self, before: &List, after: &List, audited: Audited) -> Result<(), StoreError>;

    /// Removes one; its name is free again, and another of that name begins empty. Its contacts leave it soon afterwards, some hundreds
    /// at a time, each at its next version then; stops and crashes between do not keep them on it. Until then they are on a list that
    /// nobody can be shown. `Missing` when there is none, `Stale` when it is not as it was `seen`.
    async fn remove(&self, seen: &List, audited: Audited) -> Result<(), StoreError>;

    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: ListId) -> Result<Option<List>, StoreError>;

    /// Oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<List>, StoreError>;

    /// The contacts on a list, those first seen first.
    async fn contacts_page(
        &self,
        workspace: WorkspaceId,
        list: ListId,
        page: PageRequest,
    ) -> Result<Page<Contact>, StoreError>;

    /// Puts contacts on a list, all or none: each is at its next version afterwards, changed at `audited.at`, so that a run that
    /// read it before notices. `Missing` when the list or a contact is not there, `Stale` when one is on the list already or
    /// has become too large to be on one more. Without contacts nothing is written.
    async fn add_contacts(
        &self,
        workspace: WorkspaceId,
        list: ListId,
        contacts: &BTreeSet<ContactId>,
        audited: Audited,
    ) -> Result<(), StoreError>;

    /// Takes a contact off a list, as [`Lists::add_contacts`] puts one on it: `Stale` when it is not on it.
    async fn remove_contact(
        &self,
        workspace: WorkspaceId,
        list: ListId,
        contact: ContactId,
        audited: Audited,
    ) -> Result<(), StoreError>;
}
