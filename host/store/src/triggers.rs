//! Triggers as the webhook door sees them, and their keys.

use async_trait::async_trait;
use hookbox_model::{
    Audited, AutomationId, KeyId, SecretId, SigningSecret, Timestamp, Trigger, TriggerKey, WorkspaceId,
};

use crate::StoreError;

/// What may be asked about triggers.
#[async_trait]
pub trait Triggers: Send + Sync {
    /// The trigger at `/automations/{automation}`: the one look-up that begins without a workspace, because the URL has none.
    async fn get(&self, automation: AutomationId) -> Result<Option<Trigger>, StoreError>;

    /// Adds a key. `Missing` when its workspace has no such automation.
    async fn add_key(&self, key: &TriggerKey, audited: Audited) -> Result<(), StoreError>;

    /// Takes a key back from `at` on; a second time changes nothing. `Missing` when the automation has no such key.
    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        key: KeyId,
        at: Timestamp,
        audited: Audited,
    ) -> Result<(), StoreError>;

    /// Notes when a key was last used. Callers ask for it at most once a minute for each key; it changes no `revision`.
    async fn key_used(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        key: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Adds a secret that requests may be signed with. `Missing` when the workspace has no such automation.
    async fn add_secret(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        secret: &SigningSecret,
        audited: Audited,
    ) -> Result<(), StoreError>;

    /// Takes a secret away. `Missing` when the automation has no such secret.
    async fn remove_secret(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        secret: SecretId,
        audited: Audited,
    ) -> Result<(), StoreError>;
}
