//! Hours of the week in a time zone: office hours that a step waits for, quiet hours in which an inbox sends nothing.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Timestamp;

/// The zones that the program carries: what is stored must mean the same on every machine, whatever zones that one has.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone by its IANA name (`Europe/Berlin`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A text names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone {text:?}; write an IANA name such as Europe/Berlin, America/New_York or UTC")]
pub struct ZoneError {
    /// The text that was given, cut to 80 characters.
    pub text: String,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A time of day to the minute (`09:00`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(Time);

/// A text is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time of day; write it like 09:00 or 21:30")]
pub struct TimeOfDayError {
    /// The text that was given, cut to 80 characters.
    pub text: String,
}

/// A span of each of some days. When `to` is not later than `from` it ends on the day after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days on which it begins; every day when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends; this minute is no longer part of it.
    pub to: TimeOfDay,
    /// The time zone it is meant in; the workspace's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The moment of a local date and time, RFC 3339 or ISO 8601: with an offset it is that moment, without one it is meant
    /// in this zone, and a date alone is its midnight. `None` when it is neither, or before 1970.
    pub fn moment(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        let moment = match text.parse::<jiff::Timestamp>() {
            Ok(moment) => moment,
            Err(_) => text.parse::<jiff::civil::DateTime>().ok()?.to_zoned_datetime(self.0.clone()).ok()?.timestamp(),
        };
        u64::try_from(moment.as_millisecond()).ok().map(Timestamp::from_millis)
    }

    /// The first moment of the day that `moment` falls on in this zone.
    pub fn day_begin(&self, moment: Timestamp) -> Timestamp {
        let Some(date) = self.date(moment) else { return moment };
        self.at(date, Time::midnight()).unwrap_or(moment)
    }

    /// The first moment of the day after.
    pub fn next_day(&self, moment: Timestamp) -> Timestamp {
        let next = self.date(moment).and_then(|date| date.tomorrow().ok());
        next.and_then(|date| self.at(date, Time::midnight())).unwrap_or(moment)
    }

    fn date(&self, moment: Timestamp) -> Option<Date> {
        Some(zoned(moment, &self.0)?.date())
    }

    fn at(&self, date: Date, time: Time) -> Option<Timestamp> {
        let moment = date.to_datetime(time).to_zoned_datetime(self.0.clone()).ok()?.timestamp();
        u64::try_from(moment.as_millisecond()).ok().map(Timestamp::from_millis)
    }
}

impl Hours {
    /// Whether `now` is within the hours; then when they end. `zone` stands in when the hours name none.
    pub fn until(&self, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
        self.spans_near(now, zone).find(|(begin, end)| *begin <= now && now < *end).map(|(_, end)| end)
    }

    /// The first moment from `now` on that is within the hours; `now` itself when it is.
    pub fn next(&self, now: Timestamp, zone: &Zone) -> Timestamp {
        let ahead = self.spans_near(now, zone).filter(|(_, end)| now < *end).map(|(begin, _)| begin.max(now));
        ahead.min().unwrap_or(now)
    }

    /// The spans that begin from the day before `now` to eight days after it: a week is enough to find the next.
    fn spans_near<'a>(&'a self, now: Timestamp, zone: &'a Zone) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let today = zone.date(now);
        let first = today.and_then(|date| date.yesterday().ok()).or(today);
        let dates = first.into_iter().flat_map(|first| first.series(jiff::Span::new().days(1)).take(10));
        dates.filter(|date| self.days.is_empty() || self.days.contains(&Day::of(date.weekday()))).filter_map(
            move |date| {
                let end = if self.to > self.from { date } else { date.tomorrow().ok()? };
                Some((zone.at(date, self.from.0)?, zone.at(end, self.to.0)?)).filter(|(begin, end)| begin < end)
            },
        )
    }
}

fn zoned(moment: Timestamp, zone: &TimeZone) -> Option<jiff::ZonedDateTime> {
    let millis = i64::try_from(moment.as_millis()).ok()?;
    Some(jiff::Timestamp::from_millisecond(millis).ok()?.to_zoned_datetime(zone.clone()))
}

impl Day {
    const fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        ZONES.get(text).map(Self).map_err(|_| ZoneError { text: text.chars().take(80).collect() })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, TimeOfDayError> {
        let wrong = || TimeOfDayError { text: text.chars().take(80).collect() };
        let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5).ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<i8>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let (hour, minute) = (number(hour).ok_or_else(wrong)?, number(minute).ok_or_else(wrong)?);
        Time::new(hour, minute, 0, 0).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Hours, Zone};
    use crate::Timestamp;

    fn at(text: &str) -> Timestamp {
        Zone::utc().moment(text).unwrap_or_else(|| panic!("{text} is a moment"))
    }

    fn hours(days: &[Day], from: &str, to: &str, zone: &str) -> Hours {
        let time = |text: &str| text.parse().expect("a time of day");
        Hours { days: days.to_vec(), from: time(from), to: time(to), zone: Some(zone.parse().expect("a zone")) }
    }

    #[test]
    fn office_hours_are_found_over_nights_weekends_and_changes_of_the_clock() {
        let week = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
        let office = hours(&week, "09:00", "17:00", "Europe/Berlin");
        for (now, next) in [
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("2026-11-24T05:00:00Z", "2026-11-24T08:00:00Z"),
            ("2026-11-24T16:00:00Z", "2026-11-25T08:00:00Z"),
            ("2026-11-27T18:00:00Z", "2026-11-30T08:00:00Z"),
            // The clocks go forward on 2027-03-28: nine o'clock is an hour earlier in UTC from then on.
            ("2027-03-26T17:00:00Z", "2027-03-29T07:00:00Z"),
        ] {
            assert_eq!(office.next(at(now), &Zone::utc()), at(next), "{now}");
        }
    }

    #[test]
    fn quiet_hours_may_go_past_midnight() {
        let quiet = hours(&[], "21:00", "08:00", "America/New_York");
        for (now, until) in [
            ("2026-11-24T12:59:00Z", Some("2026-11-24T13:00:00Z")),
            ("2026-11-24T13:00:00Z", None),
            ("2026-11-25T02:00:00Z", Some("2026-11-25T13:00:00Z")),
        ] {
            assert_eq!(quiet.until(at(now), &Zone::utc()), until.map(at), "{now}");
        }
    }

    #[test]
    fn a_local_time_is_meant_in_its_zone() {
        let berlin: Zone = "Europe/Berlin".parse().expect("a zone");
        for (text, moment) in [
            ("2026-12-01T10:00", Some("2026-12-01T09:00:00Z")),
            ("2026-12-01 10:00:00", Some("2026-12-01T09:00:00Z")),
            ("2026-12-01", Some("2026-11-30T23:00:00Z")),
            ("2026-12-01T10:00:00+05:00", Some("2026-12-01T05:00:00Z")),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(berlin.moment(text), moment.map(at), "{text}");
        }
        assert_eq!(berlin.next_day(at("2026-12-01T10:00:00Z")), at("2026-12-01T23:00:00Z"));
        assert_eq!(berlin.day_begin(at("2026-12-01T10:00:00Z")), at("2026-11-30T23:00:00Z"));
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert!("9:00".parse::<super::TimeOfDay>().is_err());
        assert!("24:00".parse::<super::TimeOfDay>().is_err());
    }
}
