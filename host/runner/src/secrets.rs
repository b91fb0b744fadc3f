//! How the host opens secrets of plugins: the runner holds no key.

use hookbox_model::PluginSecret;
use zeroize::Zeroizing;

/// Opens secrets of plugins.
pub trait Secrets: Send + Sync {
    /// The text of a secret; or why it cannot be opened, for the log.
    fn open(&self, secret: &PluginSecret) -> Result<Zeroizing<String>, String>;
}

impl<F> Secrets for F
where
    F: Fn(&PluginSecret) -> Result<Zeroizing<String>, String> + Send + Sync,
{
    fn open(&self, secret: &PluginSecret) -> Result<Zeroizing<String>, String> {
        self(secret)
    }
}
