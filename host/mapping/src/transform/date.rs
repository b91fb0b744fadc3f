//! `date`: reads what senders write as a day or a moment, and writes it in one form.
//!
//! Zones are those of the table that the program carries: nothing is read from the host, and one version of the program
//! writes one value in one way wherever it runs.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, ISOWeekDate};
use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Unit};
use serde_json::{Number, Value};

use super::{TransformError, text_of};
use crate::datum::Datum;

/// The longest format in bytes. A directive writes at most some 30 bytes, because jiff caps the padding it may ask for.
const FORMAT_BYTES_MAX: usize = 200;
/// The longest text that is read as a date, in bytes.
const TEXT_BYTES_MAX: usize = 200;
/// Numbers below are seconds since 1970 (until 5138), from here on milliseconds (since 1973).
const MILLISECONDS_FROM: f64 = 1e11;
/// Numbers from here on are refused: as milliseconds they are past 2286, and most are dates written in digits.
const EPOCH_BEFORE: f64 = 1e13;
/// Texts with fewer digits than this are not read as seconds.
const EPOCH_DIGITS_MIN: usize = 9;
/// The moment that formats are tried on when they are compiled: 2026-11-24T10:11:12.5Z.
const TRIAL: Timestamp = Timestamp::constant(1_795_515_072, 500_000_000);

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// How `date` reads and writes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DateForm {
    /// What is written; RFC 3339 without.
    format: Option<String>,
    /// Where moments are written, and those without an offset read; UTC without.
    zone: Option<TimeZone>,
    /// How a text is written that is read; one of the standards without.
    read_as: Option<String>,
}

/// What a value says.
#[derive(Debug, Clone, Copy)]
enum Found {
    Day(Date),
    Moment(Timestamp),
}

impl DateForm {
    /// From a document or a filter: format, zone, and the format it is read by. An empty text leaves one out.
    pub(super) fn from_arguments(arguments: &[Value]) -> Result<Self, String> {
        let texts = arguments.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
        let texts = texts.filter(|texts| texts.len() <= 3).ok_or(USAGE)?;
        let argument = |index: usize| texts.get(index).copied().filter(|text| !text.is_empty());
        let zone = argument(1).map(|name| {
            ZONES
                .get(name)
                .map_err(|_| format!("{name:?} is no time zone; write one like \"Europe/Berlin\" or \"UTC\""))
        });
        let format = argument(0).map(|format| writable(format).map(|_| format.to_owned()));
        let zone = zone.transpose()?;
        let read_as = argument(2).map(readable);
        Ok(Self { format: format.transpose()?, zone, read_as: read_as.transpose()? })
    }

    /// `None` for a blank text.
    pub(super) fn apply<'a>(&self, datum: Datum<'_>) -> Result<Option<Datum<'a>>, TransformError> {
        let found = match (datum, &self.read_as) {
            (Datum::Number(number), None) => self.number(&number)?,
            (datum, read_as) => {
                let text = text_of(datum)?;
                let text = text.trim();
                match read_as {
                    _ if text.is_empty() => return Ok(None),
                    _ if text.len() > TEXT_BYTES_MAX => return Err(TransformError::NotDate),
                    Some(format) => self.written_as(text, format)?,
                    None => self.written(text)?,
                }
            }
        };
        self.write(found).map(|text| Some(Datum::Text(text.into())))
    }

    fn number(&self, number: &Number) -> Result<Found, TransformError> {
        match day_of_digits(&number.to_string()) {
            Some(day) => Ok(Found::Day(day)),
            None => number.as_f64().and_then(moment_of_number).ok_or(TransformError::NotDate),
        }
    }

    /// RFC 3339, ISO 8601 or RFC 2822, or seconds or milliseconds in digits.
    fn written(&self, text: &str) -> Result<Found, TransformError> {
        if let Some(day) = day_of_digits(text) {
            return Ok(Found::Day(day));
        }
        if let Some(number) = epoch_in_digits(text) {
            return moment_of_number(number).ok_or(TransformError::NotDate);
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Found::Moment(moment));
        }
        if let Ok(pieces) = Pieces::parse(text) {
            let Some(time) = pieces.time() else { return Ok(Found::Day(pieces.date())) };
            let own = pieces.to_time_zone_with(&ZONES).map_err(|_| TransformError::NotDate)?;
            return self.local(pieces.date().to_datetime(time), own);
        }
        if let Ok(moment) = rfc2822::parse(text) {
            return Ok(Found::Moment(moment.timestamp()));
        }
        text.parse::<ISOWeekDate>().map(|week| Found::Day(week.date())).map_err(|_| TransformError::NotDate)
    }

    fn written_as(&self, text: &str, format: &str) -> Result<Found, TransformError> {
        let other = |_| TransformError::NotWrittenAs { format: format.to_owned() };
        let parts = BrokenDownTime::parse(format, text).map_err(other)?;
        if parts.iana_time_zone().is_some() {
            let moment = parts.to_zoned_datetime_with(&ZONES).map_err(other)?;
            return Ok(Found::Moment(moment.timestamp()));
        }
        if parts.offset().is_some() || parts.timestamp().is_some() {
            return parts.to_timestamp().map(Found::Moment).map_err(other);
        }
        match parts.hour() {
            Some(_) => self.local(parts.to_datetime().map_err(other)?, None),
            None => parts.to_date().map(Found::Day).map_err(other),
        }
    }

    /// What a clock shows that is set to `own` zone, else to the one of the transform.
    fn local(&self, shown: DateTime, own: Option<TimeZone>) -> Result<Found, TransformError> {
        let zone = own.or_else(|| self.zone.clone()).unwrap_or(TimeZone::UTC);
        let moment = zone.to_timestamp(shown).map_err(|_| TransformError::NotDate)?;
        Ok(Found::Moment(moment))
    }

    fn write(&self, found: Found) -> Result<String, TransformError> {
        let Some(format) = &self.format else {
            return Ok(match (found, &self.zone) {
                (Found::Day(day), _) => day.to_string(),
                (Found::Moment(moment), None) => moment.to_string(),
                (Found::Moment(moment), Some(zone)) => moment.display_with_offset(zone.to_offset(moment)).to_string(),
            });
        };
        let parts = match found {
            Found::Day(day) => BrokenDownTime::from(day),
            Found::Moment(moment) => {
                let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
                BrokenDownTime::from(&moment.to_zoned_datetime(zone))
            }
        };
        parts.to_string(format).map_err(|_| TransformError::DayWithoutTime { format: format.clone() })
    }
}

const USAGE: &str = "date takes up to three texts: the format it is written in, a time zone, and the format it is read by: \
                     {date: [\"%e %B, %H:%M\", \"Europe/Berlin\"]}";

/// What the format makes of the moment it is tried on.
fn writable(format: &str) -> Result<String, String> {
    if format.len() > FORMAT_BYTES_MAX {
        return Err(format!("a format of date is at most {FORMAT_BYTES_MAX} bytes"));
    }
    if let Some(letter) = directives(format).find(|letter| matches!(letter, 'c' | 'r' | 'x' | 'X')) {
        return Err(format!("%{letter} differs from country to country; write its parts, like %d.%m.%Y or %H:%M"));
    }
    let parts = BrokenDownTime::from(&TRIAL.to_zoned_datetime(TimeZone::UTC));
    parts.to_string(format).map_err(|error| format!("{format:?} is no format of date: {error}"))
}

/// A format that what it writes can be read by.
fn readable(format: &str) -> Result<String, String> {
    let trial = writable(format)?;
    let plain = DateForm { format: None, zone: None, read_as: None };
    let read = plain.written_as(&trial, format);
    read.map(|_| format.to_owned()).map_err(|_| {
        format!("{format:?} cannot be read back: it needs a whole date, and of a time at least the hour; %Z and %q are only written")
    })
}

/// The letters of a format's directives, without flags, widths and colons.
fn directives(format: &str) -> impl Iterator<Item = char> {
    let mut rest = format.chars();
    std::iter::from_fn(move || {
        rest.find(|c| *c == '%')?;
        rest.find(|c| !matches!(c, '_' | '-' | '0'..='9' | '^' | '#' | ':' | '.'))
    })
}

/// `20261124`.
fn day_of_digits(text: &str) -> Option<Date> {
    let day = (text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<Date>());
    day?.ok()
}

/// A text that is nothing but a number long enough to be one of seconds.
fn epoch_in_digits(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split_once('.').map_or(digits, |(whole, _)| whole);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_number && whole.len() >= EPOCH_DIGITS_MIN).then(|| text.parse().ok()).flatten()
}

fn moment_of_number(number: f64) -> Option<Found> {
    let seconds = match number.abs() {
        size if size < MILLISECONDS_FROM => number,
        size if size < EPOCH_BEFORE => number / 1_000.0,
        _ => return None,
    };
    let since_1970 = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
    // A fraction of seconds in binary is never exact.
    let moment = Timestamp::from_duration(since_1970).ok()?;
    moment.round(Unit::Millisecond).ok().map(Found::Moment)
}
