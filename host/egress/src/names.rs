//! Who looks names up: the system, or for tests whoever answers as they need it.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;

/// Looks names up. Called once for each new connection; its answers are checked before anything is connected to.
#[async_trait]
pub trait Names: Send + Sync + 'static {
    /// All addresses of a name.
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The names that the system knows.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}
