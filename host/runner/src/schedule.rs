//! When a failed step is tried again: exponential delays with jitter, longer when the plugin asks for it.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use hookbox_model::{Delay, RetryDocument};

use crate::Config;

/// The delay in milliseconds before attempt `attempts + 1`, or `None` when `attempts` were enough.
///
/// What the step says takes the place of the configured schedule. `asked_ms` is what the plugin or its peer asked for: the delay
/// is at least that, up to the configured longest, whatever longest delay the step wants of its own. `seed` decides the jitter,
/// which adds up to one more delay, so that runs that failed together do not come back together.
pub(crate) fn delay_ms(
    config: &Config,
    step: RetryDocument,
    attempts: u32,
    asked_ms: Option<u64>,
    seed: u64,
) -> Option<u64> {
    let attempts_max = step.attempts.unwrap_or(config.attempts_max);
    if attempts >= attempts_max {
        return None;
    }
    let longest_ms = step.delay_max.map_or(config.retry_delay_max_ms, Delay::as_millis);
    let longest = Duration::from_millis(longest_ms);
    let base_ms = step.delay.map_or(config.retry_base_ms, Delay::as_millis);
    let delays = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(base_ms))
        .with_factor(step.factor.unwrap_or(config.retry_factor).max(1) as f32)
        .with_max_delay(longest)
        .with_max_times(attempts_max as usize)
        .with_jitter()
        .with_jitter_seed(seed)
        .build();
    let delay = delays.take(attempts.max(1) as usize).last().unwrap_or(longest);
    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX).min(longest_ms);
    Some(delay_ms.max(asked_ms.unwrap_or(0).min(config.retry_delay_max_ms)))
}

#[cfg(test)]
mod tests {
    use hookbox_model::{Delay, RetryDocument};

    use super::delay_ms;
    use crate::Config;

    #[test]
    fn delays_grow_with_jitter_and_end_after_the_last_attempt() {
        let config = Config::default();
        for (attempts, least_ms) in [(1, 30_000), (2, 150_000), (3, 750_000), (4, 3_750_000), (5, 18_750_000)] {
            let delay = delay_ms(&config, RetryDocument::default(), attempts, None, 7).expect("attempts are left");
            assert!((least_ms..=2 * least_ms).contains(&delay), "attempt {attempts}: {delay}");
        }
        assert_eq!(delay_ms(&config, RetryDocument::default(), 6, None, 7), None);
    }

    #[test]
    fn what_a_step_says_takes_the_place_of_the_configuration() {
        let (config, ms) = (Config::default(), Delay::from_millis);
        let step =
            RetryDocument { attempts: Some(3), delay: Some(ms(1_000)), factor: Some(1), delay_max: Some(ms(1_500)) };
        let delay = delay_ms(&config, step, 2, None, 7).expect("an attempt is left");
        assert!((1_000..=1_500).contains(&delay), "{delay}");
        assert_eq!(delay_ms(&config, step, 3, None, 7), None);
    }

    #[test]
    fn what_a_plugin_asks_for_is_respected_up_to_the_longest_delay() {
        let config = Config::default();
        assert_eq!(delay_ms(&config, RetryDocument::default(), 1, Some(3_600_000), 7), Some(3_600_000));
        assert_eq!(delay_ms(&config, RetryDocument::default(), 1, Some(u64::MAX), 7), Some(86_400_000));
        let hasty = RetryDocument { delay_max: Some(Delay::from_millis(1_000)), ..RetryDocument::default() };
        assert_eq!(delay_ms(&config, hasty, 1, Some(60_000), 7), Some(60_000), "a step does not cut what is asked for");
        assert_eq!(delay_ms(&config, hasty, 1, Some(10), 7), Some(1_000));
    }
}
