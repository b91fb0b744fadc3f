//! How often an address may ask, a key may be used and a channel may tell: token buckets, in memory of a fixed size.
//!
//! Buckets that were not used for longest are forgotten, and a forgotten bucket is a full one. Nothing here takes a lock
//! that all requests share.

use std::convert::Infallible;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hookbox_model::{InboxId, KeyId, RateDocument};
use quick_cache::sync::Cache;

use crate::config::Config;
use crate::refusal::Refusal;

type Buckets<K> = Cache<K, Arc<DefaultDirectRateLimiter>>;

/// The buckets of addresses, keys and inboxes.
pub(crate) struct Rates {
    of_address: Option<RateDocument>,
    of_key: Option<RateDocument>,
    addresses: Buckets<IpAddr>,
    /// With the limit in the name, so that a new limit begins with a new bucket.
    keys: Buckets<(KeyId, RateDocument)>,
    inboxes: Buckets<InboxId>,
    clock: DefaultClock,
}

impl Rates {
    pub(crate) fn new(config: &Config) -> Self {
        let rate = |per_second, burst| (per_second > 0).then_some(RateDocument { per_second, burst: Some(burst) });
        Self {
            of_address: rate(config.address_rate_per_s_max, config.address_burst_max),
            of_key: rate(config.key_rate_per_s_max, config.key_burst_max),
            addresses: Cache::new(config.buckets_max),
            keys: Cache::new(config.buckets_max),
            inboxes: Cache::new(config.buckets_max),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request of an address, whoever it turns out to be.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), Refusal> {
        match (self.of_address, counted_as(address)) {
            (Some(rate), Some(address)) => self.count(&self.addresses, address, rate),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    /// Counts a request with a key; a limit of the trigger's own stands for the host's.
    pub(crate) fn key(&self, key: KeyId, own: Option<RateDocument>) -> Result<(), Refusal> {
        own.or(self.of_key).map_or(Ok(()), |rate| self.count(&self.keys, (key, rate), rate))
    }

    /// Counts a request that the channel of an inbox signed. Its limit is that of a key.
    pub(crate) fn inbox(&self, inbox: InboxId) -> Result<(), Refusal> {
        self.of_key.map_or(Ok(()), |rate| self.count(&self.inboxes, inbox, rate))
    }

    fn count<K: Eq + Hash + Clone>(&self, buckets: &Buckets<K>, name: K, rate: RateDocument) -> Result<(), Refusal> {
        let Some(quota) = quota(rate) else { return Ok(()) };
        let made = || Ok::<_, Infallible>(Arc::new(RateLimiter::direct(quota)));
        let Ok(bucket) = buckets.get_or_insert_with(&name, made);
        bucket.check().map_err(|full| {
            let wait = full.wait_time_from(self.clock.now());
            Refusal::TooOften { retry_after_s: whole_seconds(wait) }
        })
    }
}

/// `None` for no limit.
fn quota(rate: RateDocument) -> Option<Quota> {
    let per_second = NonZeroU32::new(rate.per_second)?;
    let burst = rate.burst.unwrap_or(rate.per_second.saturating_mul(2));
    Some(Quota::per_second(per_second).allow_burst(NonZeroU32::new(burst).unwrap_or(per_second)))
}

fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}

/// Whoever has an IPv6 address has the 2^64 of its /64. Loopback is not counted: it is a reverse proxy that is not named in
/// `trusted_proxies` and speaks for many, or the machine's owner.
fn counted_as(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V4(address) => Some(IpAddr::V4(address)),
        IpAddr::V6(address) => Some(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Rates, whole_seconds};
    use crate::config::Config;
    use hookbox_model::{InboxId, KeyId, RateDocument};
    use std::net::IpAddr;
    use std::time::Duration;

    #[test]
    fn every_address_and_key_has_a_bucket_of_its_own_and_0_is_no_limit() {
        let config =
            Config { address_rate_per_s_max: 1, address_burst_max: 2, key_rate_per_s_max: 0, ..Config::default() };
        let rates = Rates::new(&config);
        let passes = |address: &str| rates.address(address.parse().expect("an address")).is_ok();
        assert_eq!(["192.0.2.1"; 3].map(passes), [true, true, false]);
        assert_eq!(["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(passes), [true, true, false]);
        assert_eq!(["127.0.0.1"; 3].map(passes), [true, true, true]);
        let (one, two) = (KeyId::from_bytes([1; 8]), KeyId::from_bytes([2; 8]));
        let own = Some(RateDocument { per_second: 1, burst: Some(1) });
        assert_eq!([one, one, two].map(|key| rates.key(key, own).is_ok()), [true, false, true]);
        assert!((0..10_000).all(|_| rates.key(one, None).is_ok()));
    }

    #[test]
    fn any_number_of_addresses_keys_and_inboxes_takes_memory_for_so_many_only() {
        let rates = Rates::new(&Config { buckets_max: 1_000, ..Config::default() });
        for number in 0..20_000u32 {
            let mut long = [0; 16];
            long[..4].copy_from_slice(&number.to_be_bytes());
            let address = if number % 2 == 0 { IpAddr::V4(number.into()) } else { IpAddr::V6(long.into()) };
            let key = KeyId::from_bytes(u64::from(number).to_be_bytes());
            let own = Some(RateDocument { per_second: 1 + number % 7, burst: None });
            let inbox = InboxId::from_bytes(long);
            let counted = [rates.address(address), rates.key(key, own), rates.key(key, None), rates.inbox(inbox)];
            assert!(counted.iter().all(Result::is_ok), "the first request of each passes");
        }
        let remembered = [rates.addresses.len(), rates.keys.len(), rates.inboxes.len()];
        assert!(remembered.iter().all(|count| *count <= 1_000), "{remembered:?}");
    }

    #[test]
    fn a_limit_of_the_triggers_own_stands_for_the_hosts_and_a_changed_one_counts_at_once() {
        let config = Config { key_rate_per_s_max: 1, key_burst_max: 3, ..Config::default() };
        let rates = Rates::new(&config);
        let passes = |key: u8, own: Option<RateDocument>, times: usize| {
            (0..times).filter(|_| rates.key(KeyId::from_bytes([key; 8]), own).is_ok()).count()
        };
        let own = |per_second, burst| Some(RateDocument { per_second, burst });
        assert_eq!(passes(1, None, 10), 3);
        assert_eq!(passes(1, own(1, Some(5)), 10), 5, "a new limit begins with a new bucket");
        assert_eq!(passes(2, own(4, None), 20), 8, "two seconds' worth without a burst of its own");
    }

    #[test]
    fn a_sender_is_told_to_wait_for_a_second_at_least() {
        for (wait_ms, expected) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(wait_ms)), expected);
        }
    }
}
