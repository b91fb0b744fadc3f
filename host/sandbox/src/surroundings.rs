//! What a call may ask of the host around it while it runs: the plugin's state and its secrets. The sandbox knows no store; who
//! calls it answers.

use async_trait::async_trait;
use hookbox_model::{HttpScope, StateEntry, StateUsage};
use zeroize::Zeroizing;

/// Answers for one plugin in one workspace, at the moment of the call.
#[async_trait]
pub trait Surroundings: Send + Sync + 'static {
    /// What the plugin keeps under a key; nothing when it expired.
    async fn state(&self, key: &str) -> Result<Option<StateEntry>, Unavailable>;

    /// How much the plugin keeps.
    async fn state_usage(&self) -> Result<StateUsage, Unavailable>;

    /// The workspace's secret of this name.
    async fn secret(&self, name: &str) -> Result<Option<SecretText>, Unavailable>;
}

/// A secret in the clear. It never enters guest memory.
#[derive(Clone)]
pub struct SecretText {
    /// The text, overwritten when it is dropped.
    pub text: Zeroizing<String>,
    /// Where it may be sent.
    pub hosts: Vec<HttpScope>,
}

/// The host could not answer. The call ends without effects and may be tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// Surroundings in which there is nothing.
pub struct Nothing;

#[async_trait]
impl Surroundings for Nothing {
    async fn state(&self, _: &str) -> Result<Option<StateEntry>, Unavailable> {
        Ok(None)
    }

    async fn state_usage(&self) -> Result<StateUsage, Unavailable> {
        Ok(StateUsage::default())
    }

    async fn secret(&self, _: &str) -> Result<Option<SecretText>, Unavailable> {
        Ok(None)
    }
}
