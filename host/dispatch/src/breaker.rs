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

impl Breaker {
    /// Whether a message may be tried now; else when to ask again.
    pub(crate) fn ask(&mut self, config: &Config, now: Timestamp) -> Result<(), Timestamp> {
        let Some(until) = self.until else { return Ok(()) };
        if now < until {
            return Err(until);
        }
        if self.probing {
            return Err(now.plus_millis(config.breaker_base_ms));
        }
        self.probing = true;
        Ok(())
    }

    /// What was allowed was not tried after all.
    pub(crate) fn leave(&mut self) {
        self.probing = false;
    }

    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn fail(&mut self, config: &Config, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.probing || (self.until.is_none() && self.failures >= config.breaker_failures) {
            let rest = config.breaker_base_ms.saturating_mul(1 << self.rests.min(20)).min(config.breaker_max_ms);
            self.until = Some(now.plus_millis(rest));
            self.rests = self.rests.saturating_add(1);
            self.probing = false;
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::Timestamp;

    use super::Breaker;
    use crate::Config;

    #[test]
    fn five_failures_open_it_one_probe_goes_and_the_rest_doubles() {
        let (config, at) = (Config::default(), Timestamp::from_millis);
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            assert_eq!(breaker.ask(&config, at(0)), Ok(()));
            breaker.fail(&config, at(0));
        }
        assert_eq!(breaker.ask(&config, at(1)), Err(at(30_000)));
        assert_eq!(breaker.ask(&config, at(30_000)), Ok(()));
        assert_eq!(breaker.ask(&config, at(30_000)), Err(at(60_000)));
        breaker.fail(&config, at(30_000));
        assert_eq!(breaker.ask(&config, at(30_001)), Err(at(90_000)));
        assert_eq!(breaker.ask(&config, at(90_000)), Ok(()));
        breaker.succeed();
        assert!(!breaker.is_open());
    }
}
