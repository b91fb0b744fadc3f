//! Rests for an inbox: after some failures in a row nothing is sent for a while, then one probe; and those its channel asks for.

use hookbox_model::Timestamp;

use crate::Config;

/// Whether an inbox's channel is used at present.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    rests: u32,
    /// After failures; ends with a probe.
    rest: Option<Rest>,
    probing: bool,
    /// What the channel asked for by `Retry-After`.
    asked: Option<Rest>,
}

/// Nothing is sent until it ends.
#[derive(Debug, Clone, Copy)]
struct Rest {
    until: Timestamp,
    length_ms: u64,
}

/// Leave to try one message; what came of it is told to the breaker together with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// One of many.
    Ordinary,
    /// The one that finds out whether the channel works again.
    Probe,
}

/// Not now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Later {
    /// When to ask again at the earliest.
    pub(crate) at: Timestamp,
    /// Over how long the messages that wait should come back, in milliseconds, so that not all do at once.
    pub(crate) spread_ms: u64,
    pub(crate) why: &'static str,
}

impl Rest {
    fn new(length_ms: u64, now: Timestamp) -> Self {
        Self { until: now.plus_millis(length_ms), length_ms }
    }

    /// When it ends. If the clock went back, it lasts no longer than it was to.
    fn end(&mut self, now: Timestamp) -> Timestamp {
        self.until = self.until.min(now.plus_millis(self.length_ms));
        self.until
    }
}

impl Breaker {
    /// Leave to try a message now; else when to ask again.
    pub(crate) fn ask(&mut self, config: &Config, now: Timestamp) -> Result<Leave, Later> {
        if let Some(asked) = &mut self.asked {
            let (at, spread_ms) = (asked.end(now), asked.length_ms.min(config.breaker_base_ms));
            if now < at {
                return Err(Later { at, spread_ms, why: "the channel asked for a rest" });
            }
            self.asked = None;
        }
        let Some(rest) = &mut self.rest else { return Ok(Leave::Ordinary) };
        let why = "the channel failed too often and is given a rest";
        let end = rest.end(now);
        if now < end {
            return Err(Later { at: end, spread_ms: 0, why });
        }
        if self.probing {
            return Err(Later { at: now.plus_millis(config.breaker_base_ms), spread_ms: 0, why });
        }
        self.probing = true;
        Ok(Leave::Probe)
    }

    /// What was allowed was not tried after all, or told nothing: a probe's place is free again.
    pub(crate) fn give_back(&mut self, leave: Leave) {
        if leave == Leave::Probe {
            self.probing = false;
        }
    }

    /// The channel works. What began before the rest says nothing about it.
    pub(crate) fn succeed(&mut self, leave: Leave) {
        if leave == Leave::Probe || self.rest.is_none() {
            *self = Self { asked: self.asked, ..Self::default() };
        }
    }

    /// The channel failed.
    pub(crate) fn fail(&mut self, leave: Leave, config: &Config, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        let opens = self.rest.is_none() && self.failures >= config.breaker_failures;
        if leave == Leave::Probe || opens {
            let length = config.breaker_base_ms.saturating_mul(1 << self.rests.min(20)).min(config.breaker_max_ms);
            self.rest = Some(Rest::new(length, now));
            self.rests = self.rests.saturating_add(1);
        }
        self.give_back(leave);
    }

    /// The channel wants nothing for so long.
    pub(crate) fn pause(&mut self, asked_ms: u64, config: &Config, now: Timestamp) {
        let asked = Rest::new(asked_ms.min(config.retry_delay_max_ms), now);
        if self.asked.is_none_or(|mut before| before.end(now) < asked.until) {
            self.asked = Some(asked);
        }
    }

    /// Whether its failures keep messages back.
    pub(crate) fn is_open(&self) -> bool {
        self.rest.is_some()
    }

    /// Whether it knows of nothing: it may be forgotten.
    pub(crate) fn is_fresh(&self) -> bool {
        self.failures == 0 && self.rest.is_none() && self.asked.is_none()
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::Timestamp;

    use super::{Breaker, Later, Leave};
    use crate::Config;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn refused(breaker: &mut Breaker, config: &Config, now: u64) -> Later {
        breaker.ask(config, at(now)).expect_err("it rests")
    }

    fn open(config: &Config) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            assert_eq!(breaker.ask(config, at(0)), Ok(Leave::Ordinary));
            breaker.fail(Leave::Ordinary, config, at(0));
        }
        breaker
    }

    #[test]
    fn five_failures_open_it_one_probe_goes_and_the_rest_doubles() {
        let config = Config::default();
        let mut breaker = open(&config);
        assert_eq!(refused(&mut breaker, &config, 1).at, at(30_000));
        assert_eq!(breaker.ask(&config, at(30_000)), Ok(Leave::Probe));
        assert_eq!(refused(&mut breaker, &config, 30_000).at, at(60_000));
        breaker.fail(Leave::Probe, &config, at(30_000));
        assert_eq!(refused(&mut breaker, &config, 30_001).at, at(90_000));
        assert_eq!(breaker.ask(&config, at(90_000)), Ok(Leave::Probe));
        breaker.succeed(Leave::Probe);
        assert!(breaker.is_fresh());
    }

    #[test]
    fn a_probe_that_was_not_sent_gives_its_place_back_and_stragglers_do_not() {
        let config = Config::default();
        let mut breaker = open(&config);
        assert_eq!(breaker.ask(&config, at(30_000)), Ok(Leave::Probe));
        breaker.give_back(Leave::Ordinary);
        breaker.succeed(Leave::Ordinary);
        breaker.fail(Leave::Ordinary, &config, at(30_000));
        assert_eq!(refused(&mut breaker, &config, 30_000).at, at(60_000));
        breaker.give_back(Leave::Probe);
        assert_eq!(breaker.ask(&config, at(30_000)), Ok(Leave::Probe));
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_rest_longer() {
        let config = Config::default();
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.fail(Leave::Ordinary, &config, at(86_400_000));
        }
        assert_eq!(refused(&mut breaker, &config, 1_000).at, at(31_000));
        assert_eq!(refused(&mut breaker, &config, 2_000).at, at(31_000));
        assert_eq!(breaker.ask(&config, at(31_000)), Ok(Leave::Probe));
    }

    #[test]
    fn a_rest_that_was_asked_for_ends_by_itself_and_is_never_longer_than_the_longest_delay() {
        let config = Config::default();
        let mut breaker = Breaker::default();
        breaker.pause(60_000, &config, at(0));
        breaker.pause(1_000, &config, at(0));
        breaker.succeed(Leave::Ordinary);
        let later = refused(&mut breaker, &config, 1);
        assert_eq!((later.at, later.spread_ms), (at(60_000), 30_000));
        assert!(!breaker.is_fresh());
        assert_eq!(breaker.ask(&config, at(60_000)), Ok(Leave::Ordinary));
        assert!(breaker.is_fresh());
        breaker.pause(u64::MAX, &config, at(0));
        assert_eq!(refused(&mut breaker, &config, 1).at, at(config.retry_delay_max_ms));
    }
}
