//! Against guessing: who failed a few times waits before they may try again, twice as long after each further failure.
//!
//! Counted for each user's address and for each address of the network, so that neither many passwords for one user nor one password
//! for many users come cheaply. A user who came in from a network before is counted there by themselves alone: what others guess
//! elsewhere does not keep them out. An attempt counts as failed from its beginning on, so that a hundred at once are a hundred
//! failures. All of it is kept in memory: a restart forgives, and takes longer than the first waits.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use hookbox_model::{Digest, Timestamp};
use parking_lot::Mutex;

use crate::config::LoginConfig;

/// The most that are counted at once; beyond, those who failed least and longest ago are forgotten. The most pairs of a user and a
/// network that are known, too; beyond, those are forgotten whose log-in is longest ago.
const COUNTED_MAX: usize = 10_000;

/// What attempts are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    /// The address of a user, whether or not there is one.
    Email(Digest),
    /// An address of the network.
    Network(IpAddr),
    /// A user where they came in before.
    Known(Pair),
}

/// The address of a user and that of a network.
type Pair = (Digest, IpAddr);

/// Counts attempts.
pub(crate) struct Backoff {
    free: u32,
    delay_ms: u64,
    delay_max_ms: u64,
    known_ms: u64,
    seen: Mutex<Seen>,
}

/// What is remembered of attempts.
#[derive(Default)]
struct Seen {
    counts: HashMap<Counted, Count>,
    /// When they came in last.
    known: HashMap<Pair, Timestamp>,
}

/// What is known of one of them.
#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    last: Timestamp,
    until: Timestamp,
}

/// An attempt that was let through; it has failed unless it is said to have [succeeded](Attempt::succeeded), or that it
/// [was none](Attempt::given_back).
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt {
    pair: Option<Pair>,
    counted: [Option<Counted>; 2],
    at: Timestamp,
}

impl Backoff {
    /// Nobody failed yet.
    pub(crate) fn new(config: &LoginConfig) -> Self {
        Self {
            free: config.failures_max,
            delay_ms: config.delay_ms,
            delay_max_ms: config.delay_ms_max,
            known_ms: config.known_ms,
            seen: Mutex::default(),
        }
    }

    /// Lets an attempt through, or says how many milliseconds are to be waited. Without a `network` it is counted for the user alone.
    pub(crate) fn attempt(&self, email: &str, network: Option<IpAddr>, now: Timestamp) -> Result<Attempt, u64> {
        let (email, network) = (Digest::of(email.as_bytes()), network.map(network_of));
        let pair = network.map(|network| (email, network));
        let mut seen = self.seen.lock();
        let known =
            pair.filter(|pair| seen.known.get(pair).is_some_and(|came| now.millis_since(*came) < self.known_ms));
        let counted = match known {
            Some(pair) => [Some(Counted::Known(pair)), None],
            None => [Some(Counted::Email(email)), network.map(Counted::Network)],
        };
        for counted in counted.iter().flatten() {
            self.keep_to_clock(seen.counts.get_mut(counted), now);
        }
        let until =
            counted.iter().flatten().filter_map(|counted| seen.counts.get(counted)).map(|count| count.until).max();
        if let Some(wait_ms) = until.map(|until| until.millis_since(now)).filter(|wait_ms| *wait_ms > 0) {
            return Err(wait_ms);
        }
        for counted in counted.into_iter().flatten() {
            self.make_room(&mut seen.counts, now);
            let count = seen.counts.entry(counted).or_insert(Count { failures: 0, last: now, until: now });
            if self.is_forgotten(count, now) {
                count.failures = 0;
            }
            count.failures = count.failures.saturating_add(1);
            count.last = now;
            count.until = now.plus_millis(self.wait_ms(count.failures));
        }
        Ok(Attempt { pair, counted, at: now })
    }

    /// How long is waited after so many failures.
    fn wait_ms(&self, failures: u32) -> u64 {
        match failures.checked_sub(self.free.max(1)) {
            None => 0,
            Some(beyond) => self.delay_ms.saturating_mul(1 << beyond.min(32)).min(self.delay_max_ms),
        }
    }

    /// A clock that was put back lets nobody wait for longer than they would without.
    fn keep_to_clock(&self, count: Option<&mut Count>, now: Timestamp) {
        if let Some(count) = count.filter(|count| count.last > now) {
            count.last = now;
            count.until = now.plus_millis(self.wait_ms(count.failures));
        }
    }

    /// Whether so long was nothing that it counts no more.
    fn is_forgotten(&self, count: &Count, now: Timestamp) -> bool {
        now.millis_since(count.last) > self.delay_max_ms.saturating_mul(2)
    }

    /// Forgets what counts no more; if that is not enough, an eighth: those who failed least, and longest ago.
    fn make_room(&self, counts: &mut HashMap<Counted, Count>, now: Timestamp) {
        if counts.len() >= COUNTED_MAX {
            counts.retain(|_, count| !self.is_forgotten(count, now));
        }
        forget_an_eighth(counts, |count| (count.failures, count.last));
    }
}

/// Where there is no room for one more, forgets the eighth that ranks lowest.
fn forget_an_eighth<K: Eq + Hash, V, R: Ord + Copy>(all: &mut HashMap<K, V>, rank: impl Fn(&V) -> R) {
    if all.len() < COUNTED_MAX {
        return;
    }
    let mut ranks: Vec<R> = all.values().map(&rank).collect();
    let (_, bar, _) = ranks.select_nth_unstable(COUNTED_MAX / 8);
    let bar = *bar;
    all.retain(|_, one| rank(one) > bar);
}

impl Attempt {
    /// It was the right password: the user is forgiven and known there from now on, and the network is not blamed for this attempt. It
    /// keeps its other failures, or a log-in of one's own would buy new guesses.
    pub(crate) fn succeeded(self, backoff: &Backoff, now: Timestamp) {
        let mut seen = backoff.seen.lock();
        if let Some(pair) = self.pair {
            forget_an_eighth(&mut seen.known, |came| *came);
            seen.known.insert(pair, now);
        }
        for counted in self.counted.iter().flatten() {
            match counted {
                Counted::Email(_) | Counted::Known(_) => drop(seen.counts.remove(counted)),
                Counted::Network(_) => self.take_back(&mut seen.counts, counted, now),
            }
        }
    }

    /// No password was looked at: it is as if there had been no attempt.
    pub(crate) fn given_back(self, backoff: &Backoff, now: Timestamp) {
        let mut seen = backoff.seen.lock();
        self.counted.iter().flatten().for_each(|counted| self.take_back(&mut seen.counts, counted, now));
    }

    /// Takes this attempt off a count. Whoever tried since waits for their own.
    fn take_back(&self, counts: &mut HashMap<Counted, Count>, counted: &Counted, now: Timestamp) {
        if let Some(count) = counts.get_mut(counted) {
            count.failures = count.failures.saturating_sub(1);
            if count.last == self.at {
                count.until = now;
            }
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

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
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
        assert!(backoff.attempt("dora@example.com", home, now).is_ok(), "the fifth failure of the network");
        assert_eq!(backoff.attempt("carl@example.com", home, now).map(drop), Err(1_000));
        let attempt = backoff.attempt("ann@example.com", address("192.0.2.2"), now).expect("the fifth of Ann's");
        attempt.succeeded(&backoff, now);
        for _ in 0..5 {
            assert!(backoff.attempt("ann@example.com", address("192.0.2.3"), now).is_ok());
        }
    }

    #[test]
    fn who_came_in_from_a_network_waits_there_for_nobody_else() {
        let backoff = Backoff::new(&LoginConfig::default());
        let (now, home, evil) = (at(1_000), address("192.0.2.1"), address("198.51.100.1"));
        let ann = |from: Option<IpAddr>, now: u64| backoff.attempt("ann@example.com", from, at(now));
        ann(home, 1_000).expect("the first").succeeded(&backoff, now);
        let guesses = (0..9).filter(|_| ann(evil, 1_000).is_ok()).count();
        assert_eq!(guesses, 5, "what is let through of those of another");
        for number in 0..5 {
            assert!(backoff.attempt(&format!("{number}@example.com"), home, now).is_ok());
        }
        assert!(backoff.attempt("carl@example.com", home, now).is_err(), "the network has to wait");
        ann(home, 1_000).expect("Ann is known there").succeeded(&backoff, now);
        assert_eq!(ann(evil, 1_000).map(drop), Err(1_000), "which forgives nobody elsewhere");
        let wrong = (0..9).filter(|_| ann(home, 1_000).is_ok()).count();
        assert_eq!(wrong, 5, "who guesses from her network waits too");
        let days = LoginConfig::default().known_ms;
        assert!(ann(evil, days + 999).is_ok());
        assert!((0..9).filter(|_| ann(evil, days + 999).is_ok()).count() == 4 && ann(home, days + 999).is_ok());
        assert!(ann(home, days + 1_000).is_err(), "it is too long ago");
    }

    #[test]
    fn an_attempt_that_is_given_back_was_none() {
        let backoff = Backoff::new(&LoginConfig::default());
        let (now, home) = (at(1_000), address("192.0.2.1"));
        for _ in 0..20 {
            let attempt = backoff.attempt("ann@example.com", home, now).expect("nothing has failed");
            attempt.given_back(&backoff, now);
        }
        let early = backoff.attempt("ann@example.com", home, now).expect("the first");
        for _ in 0..4 {
            assert!(backoff.attempt("ann@example.com", home, at(1_001)).is_ok());
        }
        early.given_back(&backoff, at(1_001));
        assert!(backoff.attempt("ann@example.com", home, at(1_001)).is_err(), "those that came since count");
    }

    #[test]
    fn an_attempt_without_a_network_counts_for_its_user_alone() {
        let backoff = Backoff::new(&LoginConfig::default());
        let now = at(1_000);
        for _ in 0..5 {
            assert!(backoff.attempt("ann@example.com", None, now).is_ok());
        }
        assert!(backoff.attempt("ann@example.com", None, now).is_err());
        let attempt = backoff.attempt("bob@example.com", None, now).expect("another user");
        attempt.succeeded(&backoff, now);
        assert!(backoff.seen.lock().known.is_empty(), "nobody is known to come from nowhere");
    }

    #[test]
    fn a_clock_that_is_put_back_keeps_nobody_out_for_longer() {
        let backoff = Backoff::new(&LoginConfig::default());
        let home = address("192.0.2.1");
        let fail = |now: u64| backoff.attempt("ann@example.com", home, at(now)).map(drop);
        for _ in 0..5 {
            assert_eq!(fail(36_000_000), Ok(()));
        }
        assert_eq!(fail(1_000), Err(1_000), "not the ten hours that the clock was wrong by");
        assert_eq!(fail(2_000), Ok(()));
    }

    #[test]
    fn guessing_fills_no_memory() {
        let backoff = Backoff::new(&LoginConfig::default());
        let victim = address("192.0.2.1");
        for _ in 0..5 {
            assert!(backoff.attempt("ann@example.com", victim, at(1)).is_ok());
        }
        for number in 0..COUNTED_MAX as u128 {
            let from = Some(IpAddr::V6((number << 64).into()));
            assert!(backoff.attempt(&number.to_string(), from, at(2)).is_ok());
        }
        assert!(backoff.seen.lock().counts.len() <= COUNTED_MAX);
        assert!(backoff.attempt("ann@example.com", victim, at(3)).is_err(), "who failed most is not forgotten first");
        for number in 0..COUNTED_MAX as u128 + 1 {
            let from = Some(IpAddr::V6((number << 64).into()));
            let attempt = backoff.attempt("carl@example.com", from, at(4)).expect("a new network");
            attempt.succeeded(&backoff, at(4));
        }
        assert!(backoff.seen.lock().known.len() <= COUNTED_MAX);
    }
}
