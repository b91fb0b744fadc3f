//! Triggers remembered between requests, so that a request of a known trigger reads nothing from the store.
//!
//! What is remembered counts only while the store's revision is the one it was read at: a revoked key is refused by the
//! next request. Ids that nobody has are remembered apart, so that guessing cannot push out what is in use.

use std::sync::Arc;

use hookbox_model::{AutomationId, Trigger};
use hookbox_store::{Store, StoreError};
use quick_cache::sync::Cache;

use crate::config::Config;

/// Triggers by automation.
pub(crate) struct TriggerCache {
    known: Cache<AutomationId, Known>,
    unknown: Cache<AutomationId, u64>,
}

#[derive(Clone)]
struct Known {
    revision: u64,
    trigger: Arc<Trigger>,
}

impl TriggerCache {
    pub(crate) fn new(config: &Config) -> Self {
        Self { known: Cache::new(config.triggers_cached_max), unknown: Cache::new(config.unknown_cached_max) }
    }

    /// The trigger of `automation` as it is now, `None` if there is no such automation.
    pub(crate) async fn get(
        &self,
        store: &dyn Store,
        automation: AutomationId,
    ) -> Result<Option<Arc<Trigger>>, StoreError> {
        // Read before the trigger is: a change in between makes what is remembered stale, never wrong.
        let revision = store.revision();
        match self.known.get(&automation) {
            Some(known) if known.revision == revision => return Ok(Some(known.trigger)),
            Some(_) => {}
            None if self.unknown.get(&automation) == Some(revision) => return Ok(None),
            None => {}
        }
        self.load(store, automation, revision).await
    }

    async fn load(
        &self,
        store: &dyn Store,
        automation: AutomationId,
        revision: u64,
    ) -> Result<Option<Arc<Trigger>>, StoreError> {
        let Some(trigger) = store.triggers().get(automation).await?.map(Arc::new) else {
            self.known.remove(&automation);
            self.unknown.insert(automation, revision);
            return Ok(None);
        };
        self.known.insert(automation, Known { revision, trigger: Arc::clone(&trigger) });
        Ok(Some(trigger))
    }
}
