//! The wall clock, which everything that is kept or signed is dated by.

use std::time::SystemTime;

use hookbox_model::Timestamp;

/// What time it is.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
