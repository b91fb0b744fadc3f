//! Which version a path names: by its id, by its digest, or by the name that documents use.

use std::sync::Arc;

use hookbox_model::{Digest, Plugin, PluginId, WorkspaceId};
use hookbox_store::{Store, StoreError};

use crate::paged::every;
use crate::refusal::Refusal;

/// The version that `text` names; a name is its active version, or else the one that was installed last.
pub(super) async fn version(store: &dyn Store, workspace: WorkspaceId, text: &str) -> Result<Arc<Plugin>, Refusal> {
    let plugins = store.plugins();
    let found = match (text.parse::<Digest>(), text.parse::<PluginId>()) {
        (Ok(digest), _) => plugins.get(workspace, digest).await?,
        (Err(_), Ok(id)) => all(store, workspace).await?.into_iter().find(|plugin| plugin.id == id),
        (Err(_), Err(_)) => match plugins.active(workspace, text).await? {
            Some(active) => Some(active),
            None => of_name(store, workspace, text).await?.into_iter().max_by_key(|plugin| plugin.installed_at),
        },
    };
    found.ok_or(Refusal::Missing { what: "plugin" })
}

/// As [`version`], for a change: what belongs to the host is its operator's to change.
pub(super) async fn own(store: &dyn Store, workspace: WorkspaceId, text: &str) -> Result<Arc<Plugin>, Refusal> {
    let plugin = version(store, workspace, text).await?;
    if plugin.workspace.is_none() {
        let name = &plugin.manifest.name;
        let reason = format!(
            "{name} {} belongs to the host and not to this workspace; upload a version of {name} to have one of its own",
            plugin.manifest.version
        );
        return Err(Refusal::NotNow { reason });
    }
    Ok(plugin)
}

/// Every version of a name that the workspace can use.
pub(super) async fn of_name(
    store: &dyn Store,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Vec<Arc<Plugin>>, StoreError> {
    let mut versions = all(store, workspace).await?;
    versions.retain(|plugin| plugin.manifest.name == name);
    Ok(versions)
}

/// There are few, so they are looked through.
async fn all(store: &dyn Store, workspace: WorkspaceId) -> Result<Vec<Arc<Plugin>>, StoreError> {
    every(|page| store.plugins().page(workspace, page)).await
}
