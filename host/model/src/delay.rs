//! A length of time as people write it (`10m`, `1h 30m`, `2 days`), kept in whole milliseconds.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time. A day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Delay(u64);

/// A text is no length of time that can be waited for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a length of time; write it like 30s, 10m, 1h 30m or 2 days, at most {max_days} days", max_days = Delay::DAYS_MAX)]
pub struct DelayError {
    /// The text that was given, cut to 80 characters.
    pub text: String,
}

impl Delay {
    /// The longest delay in days: a leap year.
    pub const DAYS_MAX: u64 = 366;

    /// A delay of so many milliseconds, at most [`Delay::DAYS_MAX`] days.
    pub const fn from_millis(millis: u64) -> Self {
        let max = Self::DAYS_MAX * 86_400_000;
        Self(if millis > max { max } else { millis })
    }

    /// Its milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }
}

impl FromStr for Delay {
    type Err = DelayError;

    fn from_str(text: &str) -> Result<Self, DelayError> {
        let wrong = || DelayError { text: text.chars().take(80).collect() };
        let span: Span = text.parse().map_err(|_| wrong())?;
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        let millis = u64::try_from(duration.as_millis()).map_err(|_| wrong())?;
        if millis > Self::DAYS_MAX * 86_400_000 { Err(wrong()) } else { Ok(Self(millis)) }
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{:#}", SignedDuration::from_millis(millis))
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Delay;

    #[test]
    fn a_delay_is_written_as_people_say_it_and_reads_back() {
        for (text, millis) in [
            ("10m", 600_000),
            ("30s", 30_000),
            ("250ms", 250),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("2 days", 172_800_000),
            ("1d", 86_400_000),
            ("1 week", 604_800_000),
        ] {
            let delay: Delay = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(delay.as_millis(), millis, "{text}");
            assert_eq!(delay.to_string().parse(), Ok(delay), "{text} as {delay}");
        }
        for wrong in ["", "10", "ten minutes", "-5m", "367 days", "5m ago", "1 month", "9999999999999h"] {
            assert!(wrong.parse::<Delay>().is_err(), "{wrong}");
        }
    }
}
