//! Against guessing: who failed a few times waits before they may try again, twice as long after each further failure.
//!
//! Counted for each user's address and for each address of the network, so that neither many passwords for one user nor one password
//! for many users come cheaply. An attempt counts as failed from its beginning on, so that a hundred at once are a hundred failures.
//! It is kept in memory: a restart forgives, and takes longer than the first waits.

use std::collections::HashMap;
use std::net::IpAddr;

use hookbox_model::{Digest, Timestamp};
use parking_lot::Mutex;

use crate::config::LoginConfig;

/// The most that are counted at once; beyond, those who failed least and longest ago are forgotten.
const COUNTED_MAX: usize = 10_000;

/// What attempts are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    /// The address of a user, whether or not there is one.
    Email(Digest),
    /// An address of the network.
    Network(IpAddr),
}

/// Counts attempts.
pub(crate) struct Backoff {
    free: u32,
    delay_ms: u64,
    delay_max_ms: u64,
    counts: Mutex<HashMap<Counted, Count>>,
}

/// What is known of one of them.
#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    last: Timestamp,
    until: Timestamp,
}

/// An attempt that was let through; it has failed unless it is said to have [succeeded](Attempt::succeeded).
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt {
    email: Counted,
    network: Counted,
}

impl Backoff {
    /// Nobody failed yet.
    pub(crate) fn new(config: &LoginConfig) -> Self {
        Self {
            free: config.failures_max,
            delay_ms: config.delay_ms,
            delay_max_ms: config.delay_ms_max,
            counts: Mutex::default(),
        }
    }

    /// Lets an attempt through, or says how many milliseconds are to be waited.
    pub(crate) fn attempt(&self, email: &str, network: IpAddr, now: Timestamp) -> Result<Attempt, u64> {
        let attempt = Attempt {
            email: Counted::Email(Digest::of(email.as_bytes())),
            network: Counted::Network(network_of(network)),
        };
        let mut counts = self.counts.lock();
        let both = [attempt.email, attempt.network];
        let until = both.iter().filter_map(|counted| counts.get(counted)).map(|count| count.until).max();
        if let Some(wait_ms) = until.map(|until| until.millis_since(now)).filter(|wait_ms| *wait_ms > 0) {
            return Err(wait_ms);
        }
        for counted in both {
            self.make_room(&mut counts, now);
            let count = counts.entry(counted).or_insert(Count { failures: 0, last: now, until: now });
            if self.is_forgotten(count, now) {
                count.failures = 0;
            }
            count.failures = count.failures.saturating_add(1);
            count.last = now;
            count.until = now.plus_millis(self.wait_ms(count.failures));
        }
        Ok(attempt)
    }

    /// How long is waited after so many failures.
    fn wait_ms(&self, failures: u32) -> u64 {
        match failures.checked_sub(self.free.max(1)) {
            None => 0,
            Some(beyond) => self.delay_ms.saturating_mul(1 << beyond.min(32)).min(self.delay_max_ms),
        }
    }

    /// Whether so long was nothing that it counts no more.
    fn is_forgotten(&self, count: &Count, now: Timestamp) -> bool {
        now.millis_since(count.last) > self.delay_max_ms.saturating_mul(2)
    }

    /// Forgets what counts no more; if that is not enough, an eighth: those who failed least, and longest ago.
    fn make_room(&self, counts: &mut HashMap<Counted, Count>, now: Timestamp) {
        if counts.len() < COUNTED_MAX {
            return;
        }
        counts.retain(|_, count| !self.is_forgotten(count, now));
        if counts.len() < COUNTED_MAX {
            return;
        }
        let mut ranks: Vec<(u32, Timestamp)> = counts.values().map(|count| (count.failures, count.last)).collect();
        let (_, bar, _) = ranks.select_nth_unstable(COUNTED_MAX / 8);
        let bar = *bar;
        counts.retain(|_, count| (count.failures, count.last) > bar);
    }
}

impl Attempt {
    /// It was the right password: the user is forgiven, and the network is not blamed for this attempt. It keeps its other failures, or
    /// a log-in of one's own would buy new guesses.
    pub(crate) fn succeeded(self, backoff: &Backoff, now: Timestamp) {
        let mut counts = backoff.counts.lock();
        counts.remove(&self.email);
        if let Some(count) = counts.get_mut(&self.network) {
            count.failures = count.failures.saturating_sub(1);
            count.until = now;
        }
    }
}

/// Of an IPv6 address the network of one customer, who has all of it; an IPv4 address as it is.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use hookbox_model::Timestamp;

    use super::{Backoff, COUNTED_MAX};
    use crate::config::LoginConfig;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn whoever_fails_waits_twice_as_long_each_time_up_to_the_longest() {
        let backoff = Backoff::new(&LoginConfig::default());
        let (ann, mut now) = (address("192.0.2.1"), 1_000);
        let fail = |now: u64| backoff.attempt("ann@example.com", ann, at(now)).map(drop);
        for _ in 0..5 {
            assert_eq!(fail(now), Ok(()));
        }
        for wait in [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 900_000, 900_000] {
            assert_eq!(fail(now), Err(wait));
            assert_eq!(fail(now + wait - 1), Err(1));
            now += wait;
            assert_eq!(fail(now), Ok(()));
        }
        assert_eq!(fail(now + 1_800_001), Ok(()), "after half an hour of quiet it counts no more");
        assert_eq!(fail(now + 1_800_002), Ok(()));
    }

    #[test]
    fn each_user_and_each_network_counts_for_itself() {
        let backoff = Backoff::new(&LoginConfig::default());
        let now = at(1_000);
        for number in 0..5 {
            let email = format!("{number}@example.com");
            assert!(backoff.attempt(&email, address("2001:db8::1"), now).is_ok());
        }
        assert!(
            backoff.attempt("0@example.com", address("2001:db8::2"), now).is_err(),
            "the network is one customer's"
        );
        assert!(backoff.attempt("0@example.com", address("2001:db8:0:1::1"), now).is_ok(), "another's is not");
    }

    #[test]
    fn who_gets_in_is_forgiven_and_the_network_keeps_what_others_did() {
        let backoff = Backoff::new(&LoginConfig::default());
        let (now, home) = (at(1_000), address("192.0.2.1"));
        for _ in 0..4 {
            assert!(backoff.attempt("ann@example.com", home, now).is_ok());
        }
        let attempt = backoff.attempt("bob@example.com", home, now).expect("the fifth");
        attempt.succeeded(&backoff, now);
        assert!(backoff.attempt("bob@example.com", home, now).is_ok(), "the fifth failure of the network");
        assert_eq!(backoff.attempt("carl@example.com", home, now).map(drop), Err(1_000));
        let attempt = backoff.attempt("ann@example.com", address("192.0.2.2"), now).expect("the fifth of Ann's");
        attempt.succeeded(&backoff, now);
        for _ in 0..5 {
            assert!(backoff.attempt("ann@example.com", address("192.0.2.3"), now).is_ok());
        }
    }

    #[test]
    fn guessing_fills_no_memory() {
        let backoff = Backoff::new(&LoginConfig::default());
        let victim = address("192.0.2.1");
        for _ in 0..5 {
            assert!(backoff.attempt("ann@example.com", victim, at(1)).is_ok());
        }
        for number in 0..COUNTED_MAX as u128 {
            let from = IpAddr::V6((number << 64).into());
            assert!(backoff.attempt(&number.to_string(), from, at(2)).is_ok());
        }
        assert!(backoff.counts.lock().len() <= COUNTED_MAX);
        assert!(backoff.attempt("ann@example.com", victim, at(3)).is_err(), "who failed most is not forgotten first");
    }
}
