//! Plugins: installed versions, what was decided about them, and the bytes of their components.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::{Approval, Audited, Digest, Grants, Plugin, Timestamp, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about plugins. Every change is written with its entry of the audit log, in one transaction; that of a plugin of
/// all workspaces is in the log of the host.
#[async_trait]
pub trait Plugins: Send + Sync {
    /// Keeps a component and its record. With `active` set it becomes the active version of its name in its workspace (or of
    /// all workspaces), when it was the active one already nothing changes; `Stale` when what is kept of it is not approved. A
    /// digest that is there already keeps its record, with what was decided; it only becomes active if that is asked. `Exists`
    /// when it is for a workspace and all workspaces have it. `DiskFull` when it is for a workspace
    /// and captures would not be taken. Without a change there
    /// is no entry of the audit log. Whoever gives up waiting gives up the answer only: it is kept whole or not at all.
    async fn install(&self, plugin: &Plugin, component: Bytes, audited: Audited) -> Result<(), StoreError>;

    /// As [`Plugins::install`], for a version that was approved because this one was the active version of its name, with its
    /// grants: `Stale` when it is not any more, or not as it was read.
    async fn inherit(
        &self,
        plugin: &Plugin,
        component: Bytes,
        from: &Plugin,
        audited: Audited,
    ) -> Result<(), StoreError>;

    /// Writes what was decided about an uploaded version, and the grants that go with it; as it is then. The active version
    /// is active no more when what was decided is anything but an approval. `Missing` when the workspace itself has no such
    /// version, `Stale` when it is not as it was `seen`.
    async fn decide(
        &self,
        seen: &Plugin,
        approval: Approval,
        grants: Grants,
        audited: Audited,
    ) -> Result<Arc<Plugin>, StoreError>;

    /// Makes a version the active one of its name in the workspace. `Missing` when the workspace itself has no such version,
    /// `Stale` when it is not approved or not as it was `seen`.
    async fn activate(&self, seen: &Plugin, at: Timestamp, audited: Audited) -> Result<Arc<Plugin>, StoreError>;

    /// Leaves the name of the active version without one in the workspace, which then uses that of all workspaces, if there is
    /// one. `Missing` when the workspace itself has no such version or it is not active, `Stale` when it is not as it was `seen`.
    async fn deactivate(&self, seen: &Plugin, audited: Audited) -> Result<(), StoreError>;

    /// Forgets a version of the workspace's own, and its component when nobody else has it. `Missing` when there is none, `Stale`
    /// when it is not as it was `seen`, `InUse` when it is active or an unfinished run keeps to it: has it among its pins, or a
    /// record of a step that it ran. A run that has committed nothing yet keeps to nothing, and comes to be `Stale` itself when it
    /// would begin to keep to a version that is gone or is being removed.
    async fn remove(&self, seen: &Plugin, audited: Audited) -> Result<(), StoreError>;

    /// The active version of a name for a workspace: its own if it has one, else that of all workspaces.
    async fn active(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<Plugin>>, StoreError>;

    /// The version with this digest, active or not: the workspace's own if it is approved or the only one, else that of all
    /// workspaces. Of a name at most one version is `active` for a workspace: when one of its own is, none of all workspaces.
    async fn get(&self, workspace: WorkspaceId, digest: Digest) -> Result<Option<Arc<Plugin>>, StoreError>;

    /// Whether any version of any workspace has the component with this digest.
    async fn is_kept(&self, digest: Digest) -> Result<bool, StoreError>;

    /// The component with this digest, checked against it.
    async fn component(&self, digest: Digest) -> Result<Option<Bytes>, StoreError>;

    /// Every version a workspace can use, by name, and of one name the oldest first.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<Plugin>>, StoreError>;
}
