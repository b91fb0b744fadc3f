//! The names of a workspace's lists, inboxes and members, both ways between name and id.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_model::{Directory, InboxId, ListId, MemberId, WorkspaceId};
use hookbox_store::{Page, PageRequest, Store, StoreError};

/// Every name of one workspace at one revision of the store.
#[derive(Debug)]
pub(crate) struct Names {
    /// The country whose national phone numbers are understood without `+`.
    pub(crate) country: String,
    /// The names alone, as the sandbox checks effects against.
    pub(crate) directory: Arc<Directory>,
    lists: HashMap<String, ListId>,
    inboxes: HashMap<String, InboxId>,
    members: HashMap<String, MemberId>,
    list_names: HashMap<ListId, String>,
    member_names: HashMap<MemberId, String>,
}

impl Names {
    /// Reads them all.
    pub(crate) async fn read(store: &dyn Store, workspace: WorkspaceId) -> Result<Self, StoreError> {
        let country =
            store.workspaces().get(workspace).await?.ok_or(StoreError::Missing { what: "workspace" })?.country;
        let lists = every(|page| store.lists().page(workspace, page)).await?;
        let inboxes = every(|page| store.inboxes().page(workspace, page)).await?;
        let members = every(|page| store.members().page(workspace, page)).await?;
        Ok(Self::of(
            country,
            lists.into_iter().map(|list| (list.name, list.id)).collect(),
            inboxes.into_iter().map(|inbox| (inbox.name, inbox.id)).collect(),
            members.into_iter().map(|member| (member.name, member.id)).collect(),
        ))
    }

    fn of(
        country: String,
        lists: HashMap<String, ListId>,
        inboxes: HashMap<String, InboxId>,
        members: HashMap<String, MemberId>,
    ) -> Self {
        let directory = Directory {
            lists: lists.keys().cloned().collect(),
            inboxes: inboxes.keys().cloned().collect(),
            members: members.keys().cloned().collect(),
        };
        Self {
            country,
            directory: Arc::new(directory),
            list_names: lists.iter().map(|(name, id)| (*id, name.clone())).collect(),
            member_names: members.iter().map(|(name, id)| (*id, name.clone())).collect(),
            lists,
            inboxes,
            members,
        }
    }

    pub(crate) fn list(&self, name: &str) -> Option<ListId> {
        self.lists.get(name).copied()
    }

    pub(crate) fn inbox(&self, name: &str) -> Option<InboxId> {
        self.inboxes.get(name).copied()
    }

    pub(crate) fn member(&self, name: &str) -> Option<MemberId> {
        self.members.get(name).copied()
    }

    pub(crate) fn list_name(&self, id: ListId) -> Option<&str> {
        self.list_names.get(&id).map(String::as_str)
    }

    pub(crate) fn member_name(&self, id: MemberId) -> Option<&str> {
        self.member_names.get(&id).map(String::as_str)
    }
}

/// The records of every page.
async fn every<T, F>(mut read: impl FnMut(PageRequest) -> F) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let (mut all, mut request) = (Vec::new(), PageRequest::first());
    loop {
        let page = read(request).await?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        request = PageRequest { after: Some(next), ..PageRequest::first() };
    }
}

#[cfg(test)]
impl Names {
    /// Names for tests: a list `customers`, an inbox `support`, a member `front-desk`.
    pub(crate) fn of_tests() -> Self {
        let one = |name: &str| name.to_owned();
        Self::of(
            one("US"),
            HashMap::from([(one("customers"), ListId::from_bytes([1; 16]))]),
            HashMap::from([(one("support"), InboxId::from_bytes([2; 16]))]),
            HashMap::from([(one("front-desk"), MemberId::from_bytes([3; 16]))]),
        )
    }
}
