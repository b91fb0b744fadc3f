//! What an action may ask while it runs: its plugin's state and the workspace's secrets.
//!
//! State is looked for where it is newest: in what the steps before left, in what other runs have put in line to be
//! written, in the store.

use std::sync::Arc;

use async_trait::async_trait;
use hookbox_model::{PluginSecret, StateEntry, StateUsage, Timestamp, WorkspaceId};
use hookbox_sandbox::{SecretText, Surroundings, Unavailable};
use hookbox_store::{Store, StoreError};
use tracing::warn;

use crate::Secrets;
use crate::plugin_state::TurnState;
use crate::ready::Ready;
use crate::submitted::Submitted;

/// What every call shares.
pub(crate) struct Around {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) submitted: Submitted,
}

/// The surroundings of one call.
pub(crate) struct OfCall {
    pub(crate) around: Arc<Around>,
    pub(crate) workspace: WorkspaceId,
    pub(crate) ready: Ready,
    /// What the steps before looked at and left.
    pub(crate) earlier: Option<Arc<TurnState>>,
    /// The moment of the call.
    pub(crate) now: Timestamp,
}

#[async_trait]
impl Surroundings for OfCall {
    async fn state(&self, key: &str) -> Result<Option<StateEntry>, Unavailable> {
        let (plugin, now) = (self.plugin(), self.now);
        if let Some(found) = self.earlier.as_ref().and_then(|earlier| earlier.found(plugin, key, now)) {
            return Ok(found.cloned());
        }
        if let Some(found) = self.around.submitted.found(self.workspace, plugin, key, now) {
            return Ok(found);
        }
        self.around.store.plugin_state().get(self.workspace, plugin, key, now).await.map_err(unavailable)
    }

    async fn state_usage(&self) -> Result<StateUsage, Unavailable> {
        self.around.store.plugin_state().usage(self.workspace, self.plugin()).await.map_err(unavailable)
    }

    async fn secret(&self, name: &str) -> Result<Option<SecretText>, Unavailable> {
        let secrets = self.around.store.plugin_secrets();
        let Some(secret) = secrets.get(self.workspace, name).await.map_err(unavailable)? else { return Ok(None) };
        self.open(&secret).map(Some).map_err(|reason| {
            warn!(secret.name = name, workspace = %self.workspace, reason, "a secret of plugins cannot be used");
            Unavailable(format!("the secret {name:?} cannot be used (the host's log says why); write it anew"))
        })
    }
}

impl OfCall {
    fn plugin(&self) -> &str {
        &self.ready.plugin.manifest.name
    }

    fn open(&self, secret: &PluginSecret) -> Result<SecretText, String> {
        let hosts: Result<_, _> = secret.hosts.iter().map(|host| host.parse()).collect();
        Ok(SecretText {
            hosts: hosts.map_err(|error: hookbox_model::HttpScopeError| error.to_string())?,
            text: self.around.secrets.open(secret)?,
        })
    }
}

fn unavailable(error: StoreError) -> Unavailable {
    warn!(%error, "the store could not answer a plugin");
    Unavailable("the store cannot be read at present (the host's log says why)".to_owned())
}
