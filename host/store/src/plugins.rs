//! Plugins: installed versions and the bytes of their components.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::{Digest, Plugin, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// What may be asked about plugins.
#[async_trait]
pub trait Plugins: Send + Sync {
    /// Keeps a component and its record, and makes it the active version of its name in its workspace (or of all
    /// workspaces). Installing the same digest again makes it active again and changes nothing else.
    async fn install(&self, plugin: &Plugin, component: Bytes) -> Result<(), StoreError>;

    /// The active version of a name for a workspace: its own if it has one, else that of all workspaces.
    async fn active(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Arc<Plugin>>, StoreError>;

    /// The version with this digest, active or not.
    async fn get(&self, workspace: WorkspaceId, digest: Digest) -> Result<Option<Arc<Plugin>>, StoreError>;

    /// The component with this digest, checked against it.
    async fn component(&self, digest: Digest) -> Result<Option<Bytes>, StoreError>;

    /// Every version a workspace can use, by name.
    async fn page(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<Arc<Plugin>>, StoreError>;
}
