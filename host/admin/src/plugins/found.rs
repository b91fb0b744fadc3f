//! Which version a path names: by its id, by its digest, or by the name that documents use.

use std::sync::Arc;

use hookbox_model::{Approval, Digest, Plugin, PluginId, WorkspaceId};
use hookbox_store::{Store, StoreError};

use crate::door::Door;
use crate::paged::every;
use crate::refusal::Refusal;

/// How many versions one message names.
const LISTED_MAX: usize = 10;

/// How much of what was asked for a message repeats, in characters.
const SHOWN_CHARS_MAX: usize = 100;

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
    found.ok_or_else(|| unknown(text))
}

/// As [`version`], for a change: what belongs to the host is its operator's to change.
pub(super) async fn own(store: &dyn Store, workspace: WorkspaceId, text: &str) -> Result<Arc<Plugin>, Refusal> {
    owned(version(store, workspace, text).await?)
}

/// As [`version`], for what is done to the version that may come next: a name is its newest version that is neither active nor
/// refused, of the workspace's own.
pub(super) async fn next(store: &dyn Store, workspace: WorkspaceId, text: &str) -> Result<Arc<Plugin>, Refusal> {
    if text.parse::<Digest>().is_ok() || text.parse::<PluginId>().is_ok() {
        return version(store, workspace, text).await;
    }
    let mut versions = of_name(store, workspace, text).await?;
    let Some(any) = versions.first().cloned() else { return Err(unknown(text)) };
    versions.retain(|plugin| plugin.workspace.is_some());
    if versions.is_empty() {
        return owned(any);
    }
    let may_come = |plugin: &&Arc<Plugin>| !plugin.active && !matches!(plugin.approval, Approval::Refused { .. });
    match versions.iter().filter(may_come).max_by_key(|plugin| plugin.id) {
        Some(next) => Ok(Arc::clone(next)),
        None => {
            versions.sort_by_key(|plugin| plugin.id);
            let reason = format!(
                "no version of {text} waits to become the active one; name one by its id: {}",
                listed(&versions)
            );
            Err(Refusal::NotNow { reason })
        }
    }
}

/// As [`next`], for a change.
pub(super) async fn next_own(store: &dyn Store, workspace: WorkspaceId, text: &str) -> Result<Arc<Plugin>, Refusal> {
    owned(next(store, workspace, text).await?)
}

fn owned(plugin: Arc<Plugin>) -> Result<Arc<Plugin>, Refusal> {
    if plugin.workspace.is_some() {
        return Ok(plugin);
    }
    let name = &plugin.manifest.name;
    let reason = format!(
        "{name} {} belongs to the host and not to this workspace; upload a version of {name} to have one of its own",
        plugin.manifest.version
    );
    Err(Refusal::NotNow { reason })
}

/// Does something to a version as it is, and again with what it became when somebody else changed it meanwhile.
pub(super) async fn repeated<T, F>(
    door: &Door,
    mut plugin: Arc<Plugin>,
    act: impl Fn(Arc<Plugin>) -> F,
) -> Result<T, Refusal>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let Some(workspace) = plugin.workspace else { return Err(Refusal::Missing { what: "plugin" }) };
    for _ in 1..door.config().change_attempts_max {
        match act(Arc::clone(&plugin)).await {
            Err(Refusal::Store(StoreError::Stale { what: "plugin" })) => {
                plugin = own(door.store(), workspace, &plugin.digest.to_string()).await?;
            }
            done => return done,
        }
    }
    act(plugin).await
}

/// Some of these versions in a line: which, and how each stands.
fn listed(versions: &[Arc<Plugin>]) -> String {
    let one = |plugin: &Arc<Plugin>| {
        let stands = match &plugin.approval {
            _ if plugin.active => "active",
            Approval::Pending => "pending",
            Approval::Approved { .. } => "approved",
            Approval::Refused { .. } => "refused",
        };
        format!("{} ({}, {stands})", plugin.id, plugin.manifest.version)
    };
    let newest: Vec<String> = versions.iter().rev().take(LISTED_MAX).map(one).collect();
    let more = versions.len() - newest.len();
    let tail = if more == 0 { String::new() } else { format!(" and {more} older") };
    format!("{}{tail}", newest.join(", "))
}

fn unknown(text: &str) -> Refusal {
    let named: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    Refusal::NoPlugin { named }
}

/// Looks that the workspace may keep one more version of its own.
pub(super) async fn room_for_version(door: &Door, workspace: WorkspaceId) -> Result<(), Refusal> {
    let max = door.config().plugin_versions_max;
    let own = all(door.store(), workspace).await?.iter().filter(|plugin| plugin.workspace.is_some()).count();
    if own < max {
        return Ok(());
    }
    let reason = format!(
        "this workspace keeps {own} plugin versions of its own and may keep {max}; remove one that nobody needs"
    );
    Err(Refusal::NotNow { reason })
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
