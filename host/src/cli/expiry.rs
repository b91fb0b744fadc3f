//! Until when a key or a secret is good: a moment, or a length of time from now.

use hookbox_model::{Delay, Timestamp};
use serde_json::{Map, Value};

use crate::fresh::now;

/// Until when something new is good; for ever when neither is given.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Expiry {
    /// No longer good from this moment on (RFC 3339)
    #[arg(long, value_name = "TIME", conflicts_with = "expires_in")]
    not_after: Option<String>,
    /// No longer good after so long: 12h, 90d
    #[arg(long, value_name = "LENGTH")]
    expires_in: Option<Delay>,
}

impl Expiry {
    /// What the API is asked for something that is made now: the moment in `not_after`, or nothing.
    pub(super) fn wish(&self) -> Map<String, Value> {
        self.wish_at(now())
    }

    fn wish_at(&self, now: Timestamp) -> Map<String, Value> {
        let ends = self.expires_in.map(|length| now.plus_millis(length.as_millis()).to_string());
        let not_after = self.not_after.clone().or(ends);
        not_after.map(|end| ("not_after".to_owned(), Value::from(end))).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Expiry;
    use hookbox_model::Timestamp;

    #[test]
    fn a_length_of_time_ends_so_long_after_now() {
        let expiry = Expiry { not_after: None, expires_in: "90d".parse().ok() };
        assert_eq!(expiry.wish_at(Timestamp::from_millis(0))["not_after"], "1970-04-01T00:00:00.000Z");
        let never = Expiry { not_after: None, expires_in: None };
        assert!(never.wish_at(Timestamp::from_millis(0)).is_empty());
    }
}
