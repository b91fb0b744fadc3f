//! Plugins: installed versions, what was decided about them, and the bytes of their components.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::{Approval, Audited, Digest, Grants, Plugin, Timestamp, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about plugins. Every change is written with its entry of the audit log, in one transaction; a plugin of
/// all workspaces has none (the operator's act is in the log of the host).
#[async_trait]
pub trait Plugins: Send + Sync {
    /// Keeps a component and its record. With `active` set it becomes the active version of its name in its workspace (or of
    /// all workspaces), when it was the active one already nothing changes; `Stale` when what is kept of it is not approved. A
    /// digest that is there already keeps its record, with what was decided; it only becomes active if that is asked. `Exists`
    /// when it is for a workspace and all workspaces have it. Without a change there is no entry of the audit log.
    async fn install(&self, plugin: &Plugin, component: Bytes, audited: Option<Audited>) -> Result<(), StoreError>;

    /// Writes what was decided about an uploaded version, and the grants that go with it; as it is then. The active version
    /// is active no more when what was decided is anything but an approval. `Missing` when the workspace itself has no such
    /// version.
    async fn decide(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        approval: Approval,
        grants: Grants,
        audited: Audited,
    ) -> Result<Arc<Plugin>, StoreError>;

    /// Makes a version the active one of its name in the workspace. `Missing` when the workspace itself has no such version,
    /// `Stale` when it is not approved.
    async fn activate(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        at: Timestamp,
        audited: Audited,
    ) -> Result<Arc<Plugin>, StoreError>;

    /// Leaves the name without an active version in the workspace, which then uses that of all workspaces, if there is one.
    /// `Missing` when the workspace itself has none.
    async fn deactivate(&self, workspace: WorkspaceId, name: &str, audited: Audited) -> Result<(), StoreError>;

    /// Forgets a version of the workspace's own, and its component when nobody else has it. `Missing` when there is none, `InUse`
    /// when it is active or an unfinished run keeps to it: has it among its pins, or a record of a step that it ran. A run that
    /// has committed nothing yet keeps to nothing.
    async fn remove(&self, workspace: WorkspaceId, digest: Digest, audited: Audited) -> Result<(), StoreError>;

    /// The active version of a name for a workspace: its own if it has one, else that of all workspaces.
    async fn active(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<Plugin>>, StoreError>;

    /// The version with this digest, active or not: the workspace's own if it is approved or the only one, else that of all
    /// workspaces. Of a name at most one version is `active` for a workspace: when one of its own is, none of all workspaces.
    async fn get(&self, workspace: WorkspaceId, digest: Digest) -> Result<Option<Arc<Plugin>>, StoreError>;

    /// The component with this digest, checked against it.
    async fn component(&self, digest: Digest) -> Result<Option<Bytes>, StoreError>;

    /// Every version a workspace can use, by name.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<Plugin>>, StoreError>;
}
