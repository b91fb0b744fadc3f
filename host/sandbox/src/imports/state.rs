//! `hookbox:plugin/state`: what the plugin remembers between calls. What is written here is committed with the step, if nothing
//! that was read changed meanwhile.
//!
//! Refused: keys and values past their limits, what is not granted, adding to what is no whole number.

use hookbox_model::{Grants, Left, StateEntry};

use super::texts::invalid;
use crate::bindings::hookbox::plugin::state::Host;
use crate::bindings::hookbox::plugin::types::Refusal;
use crate::state::GuestState;
use crate::stop::Stop;

/// What a function answers: a refusal is the guest's to handle, an error ends the call.
type Answer<T> = wasmtime::Result<Result<T, Refusal>>;

impl Host for GuestState {
    async fn get(&mut self, key: String) -> Answer<Option<String>> {
        if let Err(refusal) = self.may_use(&key) {
            return Ok(Err(refusal));
        }
        let found = self.look_up(&key).await?;
        Ok(Ok(found.map(|entry| entry.value)))
    }

    async fn set(&mut self, key: String, value: String, ttl_ms: Option<u64>) -> Answer<()> {
        if let Err(refusal) = self.may_use(&key) {
            return Ok(Err(refusal));
        }
        self.keep(&key, value, ttl_ms).await
    }

    async fn delete(&mut self, key: String) -> Answer<()> {
        if let Err(refusal) = self.may_use(&key) {
            return Ok(Err(refusal));
        }
        self.remembered.leave(&key, Left::Removed);
        Ok(Ok(()))
    }

    async fn increment(&mut self, key: String, by: i64) -> Answer<i64> {
        if let Err(refusal) = self.may_use(&key) {
            return Ok(Err(refusal));
        }
        let found = self.look_up(&key).await?;
        let before = match found.as_ref().map(|entry| entry.value.parse::<i64>()) {
            None => 0,
            Some(Ok(number)) => number,
            Some(Err(_)) => return Ok(invalid("what is kept under this key is no whole number")),
        };
        let Some(sum) = before.checked_add(by) else {
            return Ok(invalid("the sum is past the whole numbers of 64 bits"));
        };
        // A counter that was given an end keeps it.
        let entry = StateEntry { value: sum.to_string(), expires_at: found.and_then(|entry| entry.expires_at) };
        Ok(self.leave(&key, entry).await?.map(|()| sum))
    }
}

impl GuestState {
    fn may_use(&mut self, key: &str) -> Result<(), Refusal> {
        self.count_call()?;
        if key.is_empty() || key.len() > StateEntry::KEY_BYTES_MAX {
            return invalid(format!("a key has 1 to {} bytes", StateEntry::KEY_BYTES_MAX));
        }
        if key.chars().any(char::is_control) {
            return invalid("a key has no control characters");
        }
        self.granted(Grants::STATE, key)?;
        let keys_max = self.config.state_step_keys_max as usize;
        if self.remembered.len() >= keys_max && self.remembered.known(key).is_none() {
            return Err(Refusal::Limit(format!("a step may use {keys_max} keys of state")));
        }
        Ok(())
    }

    async fn look_up(&mut self, key: &str) -> wasmtime::Result<Option<StateEntry>> {
        if let Some(known) = self.remembered.known(key) {
            return Ok(known.cloned());
        }
        let found = self.surroundings.state(key).await.map_err(Stop::Unavailable)?;
        self.remembered.saw(key, found.clone());
        Ok(found)
    }

    /// What a write of this key takes the place of. The guest does not learn it, so it does not count as read.
    async fn replaced(&mut self, key: &str) -> wasmtime::Result<Option<StateEntry>> {
        match self.remembered.known(key) {
            Some(known) => Ok(known.cloned()),
            None => Ok(self.surroundings.state(key).await.map_err(Stop::Unavailable)?),
        }
    }

    async fn keep(&mut self, key: &str, value: String, ttl_ms: Option<u64>) -> Answer<()> {
        if value.len() > StateEntry::VALUE_BYTES_MAX {
            return Ok(invalid(format!("a value has at most {} bytes", StateEntry::VALUE_BYTES_MAX)));
        }
        if ttl_ms == Some(0) {
            return Ok(invalid("a value is kept for at least a millisecond"));
        }
        let expires_at = ttl_ms.map(|ttl| self.subject.now.plus_millis(ttl));
        self.leave(key, StateEntry { value, expires_at }).await
    }

    /// Leaves an entry, if the plugin may keep that much; of one that replaces another only the difference counts. Compared is
    /// what the plugin keeps already. What this step, those before it and others are about to add is counted when the step is
    /// committed, which then fails it.
    async fn leave(&mut self, key: &str, entry: StateEntry) -> Answer<()> {
        let usage = self.surroundings.state_usage().await.map_err(Stop::Unavailable)?;
        let bytes = (key.len() + entry.value.len()) as u64;
        let (keys_max, bytes_max) = (self.config.state_keys_max, self.config.state_bytes_max);
        if usage.keys >= keys_max || usage.bytes.saturating_add(bytes) > bytes_max {
            let replaced = self.replaced(key).await?;
            if usage.keys >= keys_max && replaced.is_none() {
                return Ok(Err(Refusal::Limit(format!("a plugin may keep {keys_max} keys in a workspace"))));
            }
            let less = replaced.map_or(0, |before| (key.len() + before.value.len()) as u64);
            if bytes > less && usage.bytes.saturating_add(bytes - less) > bytes_max {
                return Ok(Err(Refusal::Limit(format!("a plugin may keep {bytes_max} bytes in a workspace"))));
            }
        }
        if let Err(refusal) = self.effects.charge(bytes, &self.config) {
            return Ok(Err(refusal));
        }
        self.remembered.leave(key, Left::Entry(entry));
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use hookbox_model::{Left, Seen, StateEntry, StateUsage};

    use super::Host;
    use crate::bindings::hookbox::plugin::types::Refusal;
    use crate::state::fixture::state_with;
    use crate::surroundings::{SecretText, Surroundings, Unavailable};

    /// A plugin that keeps as much as it may, among it `9` under `count`.
    struct Full(StateUsage);

    #[async_trait]
    impl Surroundings for Full {
        async fn state(&self, key: &str) -> Result<Option<StateEntry>, Unavailable> {
            Ok((key == "count").then(|| StateEntry { value: "9".into(), expires_at: None }))
        }

        async fn state_usage(&self) -> Result<StateUsage, Unavailable> {
            Ok(self.0)
        }

        async fn secret(&self, _: &str) -> Result<Option<SecretText>, Unavailable> {
            Ok(None)
        }
    }

    #[tokio::test]
    async fn a_plugin_that_keeps_all_it_may_still_replaces_what_it_has() {
        for usage in [StateUsage { keys: 10_000, bytes: 60_000 }, StateUsage { keys: 1, bytes: 16 << 20 }] {
            let mut state = state_with(&[("state", &["*"])]);
            state.surroundings = Arc::new(Full(usage));
            state.set("count".into(), "8".into(), None).await.expect("no end").expect("it adds nothing");
            assert_eq!(state.increment("count".into(), 1).await.expect("no end").expect("it adds nothing"), 9);
            let refused = state.set("other".into(), "x".into(), None).await.expect("no end");
            assert!(matches!(refused, Err(Refusal::Limit(_))), "{refused:?}");
            let accesses = std::mem::take(&mut state.remembered).into_accesses();
            assert_eq!((&accesses[0].seen, accesses.len()), (&Seen::Unread, 1), "it did not look");
        }
        let mut state = state_with(&[("state", &["*"])]);
        state.surroundings = Arc::new(Full(StateUsage { keys: 1, bytes: 16 << 20 }));
        let refused = state.increment("count".into(), 1).await.expect("no end");
        assert!(matches!(refused, Err(Refusal::Limit(text)) if text.contains("16777216 bytes")), "10 is longer than 9");
    }

    #[tokio::test]
    async fn a_call_reads_what_it_wrote_and_says_what_it_saw() {
        let mut state = state_with(&[("state", &["*"])]);
        assert_eq!(state.get("a".into()).await.expect("no end").expect("granted"), None);
        state.set("a".into(), "1".into(), Some(500)).await.expect("no end").expect("granted");
        assert_eq!(state.get("a".into()).await.expect("no end").expect("granted"), Some("1".into()));
        assert_eq!(state.increment("a".into(), 4).await.expect("no end").expect("a number"), 5);
        state.set("b".into(), "x".into(), None).await.expect("no end").expect("granted");
        state.delete("b".into()).await.expect("no end").expect("granted");
        let accesses = std::mem::take(&mut state.remembered).into_accesses();
        let ends = state.subject.now.plus_millis(500);
        assert_eq!((&accesses[0].seen, accesses.len()), (&Seen::Absent, 2));
        assert_eq!(accesses[0].left, Left::Entry(StateEntry { value: "5".into(), expires_at: Some(ends) }));
        assert_eq!((&accesses[1].seen, &accesses[1].left), (&Seen::Unread, &Left::Removed));
    }

    #[tokio::test]
    async fn what_makes_no_sense_or_is_not_granted_is_refused() {
        let mut state = state_with(&[("state", &["total", "leads:*"])]);
        for key in ["", "bell\u{7}", &"x".repeat(257)] {
            let answer = state.get(key.into()).await.expect("no end");
            assert!(matches!(answer, Err(Refusal::Invalid(_))), "{key}");
        }
        let refused = state.get("other".into()).await.expect("no end");
        assert!(matches!(refused, Err(Refusal::NotGranted(text)) if text.contains("state for \"other\"")));
        let large = "x".repeat(64 * 1024 + 1);
        assert!(matches!(state.set("total".into(), large, None).await.expect("no end"), Err(Refusal::Invalid(_))));
        state.set("total".into(), "many".into(), None).await.expect("no end").expect("granted");
        assert!(matches!(state.increment("total".into(), 1).await.expect("no end"), Err(Refusal::Invalid(_))));
        state.increment("leads:7".into(), i64::MAX).await.expect("no end").expect("it fits");
        assert!(matches!(state.increment("leads:7".into(), 1).await.expect("no end"), Err(Refusal::Invalid(_))));
    }

    #[tokio::test]
    async fn a_step_has_a_limit_of_keys() {
        let mut state = state_with(&[("state", &["*"])]);
        for n in 0..100 {
            state.increment(format!("k{n}"), 1).await.expect("no end").expect("within the limit");
        }
        let refused = state.increment("one more".into(), 1).await.expect("no end");
        assert!(matches!(refused, Err(Refusal::Limit(text)) if text.contains("100 keys")));
        assert_eq!(state.increment("k7".into(), 1).await.expect("no end").expect("it is known"), 2);
    }
}
