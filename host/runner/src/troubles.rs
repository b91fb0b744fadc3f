//! Components that the host could not compile at the moment: when each is tried again, and how often that was in vain.

use std::time::{Duration, Instant};

use hookbox_model::Digest;
use quick_cache::sync::Cache;
use tracing::warn;

/// What keeps a component from being loaded at present.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    /// How often it was tried in vain, without a success between.
    pub(crate) times: u32,
    /// What happened the last time.
    pub(crate) message: String,
    /// Nobody tries before.
    pub(crate) again_at: Instant,
}

/// The troubles of all components.
pub(crate) struct Troubles {
    troubles: Cache<Digest, Trouble>,
    delay: Duration,
}

impl Troubles {
    pub(crate) fn new(kept_max: usize, delay: Duration) -> Self {
        Self { troubles: Cache::new(kept_max), delay }
    }

    /// The trouble of a component that is not to be tried yet.
    pub(crate) fn standing(&self, digest: Digest) -> Option<Trouble> {
        self.troubles.get(&digest).filter(|trouble| Instant::now() < trouble.again_at)
    }

    /// Notes that a component could not be loaded. After each time in a row it is left alone for longer.
    pub(crate) fn note(&self, digest: Digest, message: String) -> Trouble {
        let times = self.troubles.get(&digest).map_or(0, |before| before.times).saturating_add(1);
        let pause = self.delay.saturating_mul(times.min(PAUSES_MAX));
        warn!(plugin.digest = %digest, times, message, "a plugin cannot be loaded at present");
        let trouble = Trouble { times, message, again_at: Instant::now() + pause };
        self.troubles.insert(digest, trouble.clone());
        trouble
    }

    /// Forgets the trouble of a component that was loaded, or never will be.
    pub(crate) fn forget(&self, digest: Digest) {
        self.troubles.remove(&digest);
    }
}

/// The longest pause is so many times the first.
const PAUSES_MAX: u32 = 20;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hookbox_model::Digest;

    use super::Troubles;

    #[test]
    fn a_component_in_trouble_is_left_alone_for_longer_each_time_until_it_is_loaded() {
        let (troubles, digest) = (Troubles::new(10, Duration::from_secs(3_600)), Digest::from_bytes([1; 32]));
        assert!(troubles.standing(digest).is_none());
        let first = troubles.note(digest, "no memory".into());
        let second = troubles.note(digest, "no memory".into());
        assert_eq!((first.times, second.times), (1, 2));
        assert!(second.again_at > first.again_at + Duration::from_secs(1_800));
        assert_eq!(troubles.standing(digest).map(|trouble| trouble.times), Some(2));
        assert!(troubles.standing(Digest::from_bytes([2; 32])).is_none(), "others are tried");
        troubles.forget(digest);
        assert!(troubles.standing(digest).is_none());
        assert_eq!(troubles.note(digest, "no memory".into()).times, 1);
    }
}
