//! The names that a document may refer to: the lists, inboxes and members of its workspace.

use hookbox_model::{Directory, WorkspaceId};
use hookbox_store::{Page, PageRequest, Store, StoreError};

/// Every name of a workspace.
pub(super) async fn directory(store: &dyn Store, workspace: WorkspaceId) -> Result<Directory, StoreError> {
    let lists = every(|page| store.lists().page(workspace, page)).await?;
    let inboxes = every(|page| store.inboxes().page(workspace, page)).await?;
    let members = every(|page| store.members().page(workspace, page)).await?;
    Ok(Directory {
        lists: lists.into_iter().map(|list| list.name).collect(),
        inboxes: inboxes.into_iter().map(|inbox| inbox.name).collect(),
        members: members.into_iter().map(|member| member.name).collect(),
    })
}

/// The records of every page.
pub(super) async fn every<T, F>(mut read: impl FnMut(PageRequest) -> F) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let (mut all, mut wanted) = (Vec::new(), PageRequest::first());
    loop {
        let page = read(wanted).await?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        wanted = PageRequest { after: Some(next), ..PageRequest::first() };
    }
}
