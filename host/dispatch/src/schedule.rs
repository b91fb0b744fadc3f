//! When a message is tried again: exponential delays with jitter, longer when the channel asks for it.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::Config;

/// The delay in milliseconds before attempt `attempts + 1`, or `None` when `attempts` were enough.
///
/// `asked_ms` is what the channel asked for: the delay is at least that, up to the configured longest. `seed` decides the
/// jitter, which adds up to one more delay (or the first delay, to what was asked for), so that messages that failed together
/// do not come back together.
pub(crate) fn delay_ms(config: &Config, attempts: u32, asked_ms: Option<u64>, seed: u64) -> Option<u64> {
    if attempts >= config.attempts_max {
        return None;
    }
    let longest = Duration::from_millis(config.retry_delay_max_ms);
    let delays = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(config.retry_base_ms))
        .with_factor(config.retry_factor.max(1) as f32)
        .with_max_delay(longest)
        .with_max_times(config.attempts_max as usize)
        .with_jitter()
        .with_jitter_seed(seed)
        .build();
    let delay = delays.take(attempts.max(1) as usize).last().unwrap_or(longest);
    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let asked_ms = asked_ms.unwrap_or(0).min(config.retry_delay_max_ms);
    let asked_ms = asked_ms.saturating_add(spread(seed, asked_ms.min(config.retry_base_ms)));
    Some(delay_ms.min(config.retry_delay_max_ms).max(asked_ms))
}

/// A part of `spread_ms` that `seed` decides.
pub(crate) fn spread(seed: u64, spread_ms: u64) -> u64 {
    seed % spread_ms.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::delay_ms;
    use crate::Config;

    #[test]
    fn delays_grow_to_the_longest_and_end_and_a_channel_may_ask_for_more() {
        let config = Config::default();
        for (attempts, least_ms) in [(1, 10_000), (2, 40_000), (3, 160_000), (7, 21_600_000)] {
            let delay = delay_ms(&config, attempts, None, 7).expect("attempts are left");
            assert!((least_ms..=2 * least_ms).contains(&delay), "attempt {attempts}: {delay}");
        }
        assert_eq!(delay_ms(&config, 8, None, 7), None);
        assert_eq!(delay_ms(&config, 1, Some(3_600_000), 7), Some(3_600_007));
        assert_eq!(delay_ms(&config, 1, Some(u64::MAX), 10_008), Some(21_600_007));
    }
}
