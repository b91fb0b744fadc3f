//! The host's clock, as dispatch reads it.

use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_model::Timestamp;

/// The time on this host's clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
