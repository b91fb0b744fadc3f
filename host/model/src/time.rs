//! A moment in whole milliseconds since 1970 (UTC); RFC 3339 where people read it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

/// 9999-12-30T22:00:00.000Z: the last moment that can be written in every time zone.
const LAST_MS: u64 = 253_402_207_200_000;

/// Milliseconds in a day of UTC, which has no leap seconds here.
const DAY_MS: u64 = 86_400_000;

impl Timestamp {
    /// A moment from milliseconds since 1970; past the year 9999 it is the last one that can be written.
    pub const fn from_millis(millis: u64) -> Self {
        Self(if millis > LAST_MS { LAST_MS } else { millis })
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The moment `millis` later.
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment; 0 when it is not earlier.
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day of UTC this moment falls on, counted from 1970-01-01.
    pub const fn day(self) -> u32 {
        (self.0 / DAY_MS) as u32
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0).map_err(|_| fmt::Error)?;
        let moment = jiff::Timestamp::from_millisecond(millis).map_err(|_| fmt::Error)?;
        write!(f, "{moment:.3}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Self::from_millis);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(de::Error::custom)?;
        let millis = u64::try_from(moment.as_millisecond()).map_err(|_| de::Error::custom("a time before 1970"))?;
        Ok(Self::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_timestamp_is_written_as_rfc_3339_with_milliseconds() {
        let moment = Timestamp::from_millis(1_700_000_000_120);
        assert_eq!(moment.to_string(), "2023-11-14T22:13:20.120Z");
        assert_eq!(serde_json::from_str::<Timestamp>("\"2023-11-14T22:13:20.120Z\"").ok(), Some(moment));
        assert_eq!(Timestamp::from_millis(u64::MAX).to_string(), "9999-12-30T22:00:00.000Z");
    }
}
