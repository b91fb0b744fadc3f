//! What lets a user in: a session after a log-in, an invite before the first.
//!
//! Each is proved by 256 random bits that only the user's side keeps; here is their SHA-256.

use serde::{Deserialize, Serialize};

use crate::{Digest, SessionId, Timestamp, UserId};

/// Somebody who is logged in, in one browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its secret.
    pub sha256: Digest,
    /// Whose it is.
    pub user: UserId,
    /// When they logged in.
    pub created_at: Timestamp,
    /// When they were last seen, to the minute.
    pub seen_at: Timestamp,
    /// It ends here, whatever they do.
    pub expires_at: Timestamp,
}

/// A link by which a user chooses a password, once. A user has at most one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// SHA-256 of its secret.
    pub sha256: Digest,
    /// Whom it is for.
    pub user: UserId,
    /// No longer good from here on.
    pub expires_at: Timestamp,
}

/// For how long a sighting is not written down again: one write a minute, however busy its owner is.
const SEEN_MS: u64 = 60_000;

impl Session {
    /// Whether it is good at `now`: neither over nor idle for `idle_ms`.
    pub fn is_live(&self, now: Timestamp, idle_ms: u64) -> bool {
        now < self.expires_at && now.millis_since(self.seen_at) < idle_ms
    }

    /// Whether that it was used at `now` is to be written down.
    pub fn is_news(&self, now: Timestamp) -> bool {
        is_news(Some(self.seen_at), now)
    }
}

/// Whether a sighting at `now` is to be written down after the last one that was.
pub(crate) fn is_news(seen_at: Option<Timestamp>, now: Timestamp) -> bool {
    seen_at.is_none_or(|seen_at| now.millis_since(seen_at) >= SEEN_MS)
}

#[cfg(test)]
mod tests {
    use super::Session;
    use crate::{Digest, SessionId, Timestamp, UserId};

    #[test]
    fn a_session_ends_when_it_is_idle_and_when_its_time_is_over() {
        let at = Timestamp::from_millis;
        let session = Session {
            id: SessionId::from_bytes([1; 16]),
            sha256: Digest::of(b""),
            user: UserId::from_bytes([2; 16]),
            created_at: at(0),
            seen_at: at(1_000),
            expires_at: at(5_000),
        };
        for (now, idle_ms, live) in
            [(1_000, 500, true), (1_499, 500, true), (1_500, 500, false), (4_999, 10_000, true), (5_000, 10_000, false)]
        {
            assert_eq!(session.is_live(at(now), idle_ms), live, "at {now}, idle {idle_ms}");
        }
        assert!(!session.is_news(at(60_999)) && session.is_news(at(61_000)));
    }
}
