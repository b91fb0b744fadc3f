//! Who looks at components before they become plugins: the sandbox that will run them.

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::Digest;
use hookbox_sandbox::{Phase, Report, Sandbox};

/// Looks at components.
#[async_trait]
pub trait Inspector: Send + Sync {
    /// Everything that is wrong with a component, and what it says of itself. A good one is ready to run afterwards. Dropping
    /// the future ends the inspection.
    async fn inspect(&self, component: Bytes, progress: &(dyn Fn(Phase) + Send + Sync)) -> Report;

    /// Lets go of a component, its compiled code included. Calls that have begun finish on it.
    async fn remove(&self, digest: Digest);
}

#[async_trait]
impl Inspector for Sandbox {
    async fn inspect(&self, component: Bytes, progress: &(dyn Fn(Phase) + Send + Sync)) -> Report {
        Self::inspect(self, component, progress).await
    }

    async fn remove(&self, digest: Digest) {
        Self::remove(self, digest).await;
    }
}
