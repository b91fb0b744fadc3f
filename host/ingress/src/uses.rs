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
        if !self.is_due(key, at) {
            return;
        }
        let (store, workspace, automation) = (Arc::clone(store), trigger.workspace, trigger.automation);
        tokio::spawn(async move {
            if let Err(error) = store.triggers().key_used(workspace, automation, key, at).await {
                tracing::debug!(%error, automation.id = %automation, "the use of a key was not noted");
            }
        });
    }

    /// Whether the use of a key is to be noted: the first of its minute is.
    fn is_due(&self, key: KeyId, at: Timestamp) -> bool {
        let minute = at.as_millis() / NOTED_EVERY_MS;
        let is_due = self.0.get(&key) != Some(minute);
        if is_due {
            self.0.insert(key, minute);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::Uses;
    use crate::config::Config;
    use hookbox_model::{KeyId, Timestamp};

    #[test]
    fn the_first_use_of_a_key_in_a_minute_is_noted() {
        let uses = Uses::new(&Config::default());
        let (one, two) = (KeyId::from_bytes([1; 8]), KeyId::from_bytes([2; 8]));
        let due = |key, at_ms| uses.is_due(key, Timestamp::from_millis(at_ms));
        assert_eq!([0, 1, 59_999].map(|at_ms| due(one, at_ms)), [true, false, false]);
        assert_eq!([59_999, 60_000].map(|at_ms| due(two, at_ms)), [true, true]);
        assert_eq!([60_000, 119_999, 600_000].map(|at_ms| due(one, at_ms)), [true, false, true]);
    }

    #[test]
    fn any_number_of_keys_takes_memory_for_so_many_only() {
        let uses = Uses::new(&Config { buckets_max: 1_000, ..Config::default() });
        for number in 0..20_000u64 {
            assert!(uses.is_due(KeyId::from_bytes(number.to_be_bytes()), Timestamp::default()));
        }
        assert!(uses.0.len() <= 1_000, "{} keys are remembered", uses.0.len());
    }
}
