//! The names that a document may refer to: the lists, inboxes, members and plugin secrets of its workspace.

use std::collections::BTreeSet;

use hookbox_model::WorkspaceId;
use hookbox_store::{Store, StoreError};

use crate::paged::every;

/// Every name of a workspace.
pub(super) struct Directory {
    pub(super) lists: BTreeSet<String>,
    pub(super) inboxes: BTreeSet<String>,
    pub(super) members: BTreeSet<String>,
    pub(super) secrets: BTreeSet<String>,
}

/// Every name of a workspace.
pub(super) async fn directory(store: &dyn Store, workspace: WorkspaceId) -> Result<Directory, StoreError> {
    let lists = every(|page| store.lists().page(workspace, page)).await?;
    let inboxes = every(|page| store.inboxes().page(workspace, page)).await?;
    let members = every(|page| store.members().page(workspace, page)).await?;
    let secrets = every(|page| store.plugin_secrets().page(workspace, page)).await?;
    Ok(Directory {
        lists: lists.into_iter().map(|list| list.name).collect(),
        inboxes: inboxes.into_iter().map(|inbox| inbox.name).collect(),
        members: members.into_iter().map(|member| member.name).collect(),
        secrets: secrets.iter().map(|secret| secret.name.clone()).collect(),
    })
}
