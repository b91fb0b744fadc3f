//! What a request proves of who sent it: a token in `Authorization`, or the cookie of a session.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use hookbox_model::Digest;

use crate::door::Door;
use crate::refusal::Refusal;
use crate::who::Who;

/// Who sent the request.
pub(crate) async fn who(parts: &Parts, door: &Arc<Door>) -> Result<Who, Refusal> {
    let token = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
    let sha256 = Digest::of(token.ok_or(Refusal::Unauthorized)?.as_bytes());
    let token = door.token(sha256).await?.ok_or(Refusal::Unauthorized)?;
    Ok(Who::Token { token, user: None })
}

/// The token of `Bearer TOKEN`; the scheme's case does not matter.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
