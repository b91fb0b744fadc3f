//! The clock that dispatch reads: the host's, or one that somebody else turns.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_model::Timestamp;

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of this host.
pub(crate) fn host_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    })
}
