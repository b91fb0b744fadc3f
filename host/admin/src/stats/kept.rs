//! Answers that are good for a while: pages of numbers renew themselves, for everybody who looks at one.

use std::hash::Hash;

use hookbox_model::Timestamp;
use quick_cache::sync::Cache;

/// What was found lately. Of many who ask for the same at once one looks for it, and the others wait for that.
pub(super) struct Kept<K, V> {
    good_ms: u64,
    /// By what is asked for and by the piece of time, `good_ms` long, that it was asked in: the next piece asks anew.
    found: Cache<(K, u64), V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Kept<K, V> {
    /// Keeps up to `kept_max` answers, each for `good_ms` at most.
    pub(super) fn new(good_ms: u64, kept_max: usize) -> Self {
        Self { good_ms, found: Cache::new(kept_max) }
    }

    /// The answer to `key` as it was found lately, or else as `find` finds it. A failure is not kept.
    pub(super) async fn get<E>(
        &self,
        key: K,
        now: Timestamp,
        find: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let piece = now.as_millis() / self.good_ms;
        self.found.get_or_insert_async(&(key, piece), find).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use hookbox_model::Timestamp;

    use super::Kept;

    #[tokio::test]
    async fn many_who_ask_at_once_are_answered_by_one_search() {
        let (kept, searches) = (Kept::new(1_000, 10), AtomicU32::new(0));
        let ask = async |key: u8, millis| {
            let find = async {
                let search = searches.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok::<_, ()>(search)
            };
            kept.get(key, Timestamp::from_millis(millis), find).await
        };
        assert_eq!(join_all([ask(1, 5_000), ask(1, 5_001), ask(1, 5_999)]).await, [Ok(0), Ok(0), Ok(0)]);
        assert_eq!(ask(1, 5_500).await, Ok(0));
        assert_eq!((ask(2, 5_500).await, ask(1, 6_000).await), (Ok(1), Ok(2)), "another question, and another time");
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let (kept, now) = (Kept::new(1_000, 10), Timestamp::from_millis(5_000));
        assert_eq!(kept.get((), now, async { Err::<u8, _>("no") }).await, Err("no"));
        assert_eq!(kept.get((), now, async { Ok::<_, &str>(1) }).await, Ok(1));
    }
}
