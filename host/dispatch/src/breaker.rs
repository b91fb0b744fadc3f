//! A rest for an inbox whose channel fails: after some failures in a row nothing is sent for a while, then one probe.

use hookbox_model::Timestamp;

use crate::Config;

/// Whether an inbox's channel is used at present.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    rests: u32,
    until: Option<Timestamp>,
    probing: bool,
}

/// Leave to try one message; what came of it is told to the breaker together with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// One of many.
    Ordinary,
    /// The one that finds out whether the channel works again.
    Probe,
}

impl Breaker {
    /// Leave to try a message now; else when to ask again.
    pub(crate) fn ask(&mut self, config: &Config, now: Timestamp) -> Result<Leave, Timestamp> {
        let Some(until) = self.until else { return Ok(Leave::Ordinary) };
        if now < until {
            return Err(until);
        }
        if self.probing {
            return Err(now.plus_millis(config.breaker_base_ms));
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
        if leave == Leave::Probe || self.until.is_none() {
            *self = Self::default();
        }
    }

    /// The channel failed.
    pub(crate) fn fail(&mut self, leave: Leave, config: &Config, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        let opens = self.until.is_none() && self.failures >= config.breaker_failures;
        if leave == Leave::Probe || opens {
            let rest = config.breaker_base_ms.saturating_mul(1 << self.rests.min(20)).min(config.breaker_max_ms);
            self.until = Some(now.plus_millis(rest));
            self.rests = self.rests.saturating_add(1);
        }
        self.give_back(leave);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.until.is_some()
    }

    /// Whether it knows of no failure: it may be forgotten.
    pub(crate) fn is_fresh(&self) -> bool {
        self.failures == 0 && self.until.is_none()
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::Timestamp;

    use super::{Breaker, Leave};
    use crate::Config;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
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
        assert_eq!(breaker.ask(&config, at(1)), Err(at(30_000)));
        assert_eq!(breaker.ask(&config, at(30_000)), Ok(Leave::Probe));
        assert_eq!(breaker.ask(&config, at(30_000)), Err(at(60_000)));
        breaker.fail(Leave::Probe, &config, at(30_000));
        assert_eq!(breaker.ask(&config, at(30_001)), Err(at(90_000)));
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
        assert_eq!(breaker.ask(&config, at(30_000)), Err(at(60_000)));
        breaker.give_back(Leave::Probe);
        assert_eq!(breaker.ask(&config, at(30_000)), Ok(Leave::Probe));
    }
}
