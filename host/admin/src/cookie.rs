//! The cookie of a session: `USER.SESSION.SECRET`. The ids find the record, the secret proves it; only its SHA-256 is stored.
//!
//! `__Host-` makes a browser keep it for this host alone and send it back over TLS (or to this machine) only. No script reads it, and no
//! other site makes a browser send it.

use axum::http::{HeaderMap, HeaderValue, header};
use hookbox_model::{Digest, Id, Session, SessionId, UserId};
use uuid::Uuid;

/// Its name.
pub(crate) const COOKIE: &str = "__Host-hookbox";

/// What keeps it from everybody else.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// A session as a browser presents it, not yet compared with anything.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Presented {
    /// Whose it claims to be.
    pub(crate) user: UserId,
    /// Which it claims to be.
    pub(crate) id: SessionId,
    /// SHA-256 of the secret that came with it.
    pub(crate) sha256: Digest,
}

/// The session that a request presents, if any is.
pub(crate) fn presented(headers: &HeaderMap) -> Option<Presented> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let text = pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)?;
    let [user, id, secret] = text.split('.').collect::<Vec<_>>().try_into().ok()?;
    Some(Presented { user: id_of(user)?, id: id_of(id)?, sha256: Digest::of(secret.as_bytes()) })
}

/// What gives a browser the session, until it ends.
pub(crate) fn given(session: &Session, secret: &str) -> Option<HeaderValue> {
    let seconds = session.expires_at.millis_since(session.created_at) / 1_000;
    let (user, id) = (session.user.uuid().simple(), session.id.uuid().simple());
    HeaderValue::from_str(&format!("{COOKIE}={user}.{id}.{secret}; Max-Age={seconds}; {ATTRIBUTES}")).ok()
}

/// What takes it away again.
pub(crate) fn taken() -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{COOKIE}=; Max-Age=0; {ATTRIBUTES}")).ok()
}

fn id_of<K: hookbox_model::Kind>(hex: &str) -> Option<Id<K>> {
    (hex.len() == 32).then(|| Uuid::try_parse(hex).ok().map(Id::from_uuid)).flatten()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use hookbox_model::{Digest, Session, SessionId, Timestamp, UserId};

    use super::{COOKIE, given, presented};

    #[test]
    fn what_a_browser_is_given_is_what_it_presents() {
        let at = Timestamp::from_millis;
        let session = Session {
            id: SessionId::from_bytes([1; 16]),
            sha256: Digest::of(b"abc"),
            user: UserId::from_bytes([2; 16]),
            created_at: at(5_000),
            seen_at: at(5_000),
            expires_at: at(65_000),
        };
        let given = given(&session, "abc").expect("a header");
        let given = given.to_str().expect("ASCII");
        assert!(given.ends_with("; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Strict"), "{given}");
        let pair = given.split(';').next().expect("a pair");
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_str(&format!("other=1; {pair}")).expect("a header"));
        let found = presented(&headers).expect("it is found");
        assert_eq!((found.user, found.id, found.sha256), (session.user, session.id, session.sha256));
    }

    #[test]
    fn what_is_no_session_is_none() {
        for wrong in ["", "a", "a.b.c", "00.00.00", "é"] {
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, HeaderValue::from_str(&format!("{COOKIE}={wrong}")).expect("a header"));
            assert_eq!(presented(&headers), None, "{wrong}");
        }
    }
}
