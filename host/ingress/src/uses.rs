//! When keys were last used: told to the store at most once a minute for each, beside the request and not in its way.

use std::sync::Arc;

use hookbox_model::{KeyId, Timestamp, Trigger};
use hookbox_store::Store;
use quick_cache::sync::Cache;

use crate::config::Config;

/// How exactly the last use of a key is known, in milliseconds.
const NOTED_EVERY_MS: u64 = 60_000;

/// The minute in which each key's use was last noted.
pub(crate) struct Uses(Cache<KeyId, u64>);

impl Uses {
    pub(crate) fn new(config: &Config) -> Self {
        Self(Cache::new(config.buckets_max))
    }

    /// Notes that a key opened its trigger. A note that fails is lost: the next minute's is as good.
    pub(crate) fn note(&self, store: &Arc<dyn Store>, trigger: &Trigger, key: KeyId, at: Timestamp) {
        let minute = at.as_millis() / NOTED_EVERY_MS;
        if self.0.get(&key) == Some(minute) {
            return;
        }
        self.0.insert(key, minute);
        let (store, workspace, automation) = (Arc::clone(store), trigger.workspace, trigger.automation);
        tokio::spawn(async move {
            if let Err(error) = store.triggers().key_used(workspace, automation, key, at).await {
                tracing::debug!(%error, automation.id = %automation, "the use of a key was not noted");
            }
        });
    }
}
