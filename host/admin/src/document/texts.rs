//! Texts that mean something by themselves: lengths of time and time zones, by the formats that the schema gives them.

use hookbox_model::{Delay, Zone};
use jsonschema::ValidationOptions;

/// The format of a length of time.
const DELAY: &str = "delay";
/// The format of a time zone.
const TIME_ZONE: &str = "time-zone";

/// `options`, with the formats checked.
pub(super) fn checked(options: ValidationOptions<'static>) -> ValidationOptions<'static> {
    let options = options.should_validate_formats(true);
    [DELAY, TIME_ZONE]
        .into_iter()
        .fold(options, |options, format| options.with_format(format, move |text: &str| fault(format, text).is_none()))
}

/// Why `text` is not of this format, if it is one of ours.
pub(super) fn fault(format: &str, text: &str) -> Option<String> {
    match format {
        DELAY => text.parse::<Delay>().err().map(|error| error.to_string()),
        TIME_ZONE => text.parse::<Zone>().err().map(|error| error.to_string()),
        _ => None,
    }
}

/// A text of this format that stands in for a wrong one, so that what is beside it can be looked at.
pub(super) fn stand_in(format: &str) -> Option<&'static str> {
    match format {
        DELAY => Some("1s"),
        TIME_ZONE => Some("UTC"),
        _ => None,
    }
}
