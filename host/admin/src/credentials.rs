//! What a request proves of who sent it: a token in `Authorization` (`Bearer`), or else the cookie of a session.
//!
//! A browser sends the cookie by itself, so with it a change is taken only from pages of this host. Nothing is remembered of a session:
//! one that ended is out with its next request, and so is a user who was disabled.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method};
use hookbox_model::{Digest, Session, Token, User, UserId};

use crate::cookie::{Presented, presented};
use crate::door::Door;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::who::Who;

/// A page says with this header that nobody did anything for a request: it does not keep the session from ending.
static BACKGROUND: HeaderName = HeaderName::from_static("hookbox-background");

/// Who sent the request.
pub(crate) async fn who(parts: &Parts, door: &Door) -> Result<Who, Refusal> {
    if let Some(token) = parts.headers.get(AUTHORIZATION).and_then(bearer) {
        return with_token(Digest::of(token.as_bytes()), door).await;
    }
    let presented = presented(&parts.headers).ok_or(Refusal::Unauthorized)?;
    let (user, session) = by_session(&presented, door).await?;
    let reads = [Method::GET, Method::HEAD].contains(&parts.method);
    if !reads && Origin::of(&parts.headers, door.config().public_url.as_deref()) != Origin::Same {
        return Err(Refusal::ForeignOrigin);
    }
    if !parts.headers.contains_key(&BACKGROUND) {
        note(&session, door).await;
    }
    Ok(Who::Session { user, session: Arc::new(session) })
}

/// The same somebody as they are now; 401 when what they came with is good no more. To look at that is no use of a session.
pub(crate) async fn again(who: &Who, door: &Door) -> Result<Who, Refusal> {
    match who {
        Who::Session { session, .. } => {
            let Session { id, user, sha256, .. } = **session;
            let (user, session) = by_session(&Presented { user, id, sha256 }, door).await?;
            Ok(Who::Session { user, session: Arc::new(session) })
        }
        Who::Token { token, .. } => with_token(token.sha256, door).await,
    }
}

async fn with_token(sha256: Digest, door: &Door) -> Result<Who, Refusal> {
    let now = door.now();
    let token = door.token(sha256).await?.filter(|token| token.is_live(now)).ok_or(Refusal::Unauthorized)?;
    let user = match token.user {
        Some(id) => Some(active(id, door).await?),
        None => None,
    };
    let token = if token.is_news(now) { noted(token, door).await } else { token };
    Ok(Who::Token { token, user })
}

/// Notes that a token was used. That this cannot be written keeps nobody out.
async fn noted(token: Arc<Token>, door: &Door) -> Arc<Token> {
    let now = door.now();
    if let Err(error) = door.store().tokens().seen(token.sha256, now).await {
        tracing::debug!(token.id = %token.id, %error, "it was not noted that a token was used");
        return token;
    }
    door.now_known(Arc::new(Token { seen_at: Some(now), ..(*token).clone() }))
}

async fn by_session(presented: &Presented, door: &Door) -> Result<(Arc<User>, Session), Refusal> {
    let (now, idle_ms) = (door.now(), door.config().login.idle_ms);
    let Presented { user, id, sha256 } = *presented;
    let session = door.store().sessions().find(user, id).await?;
    // What is compared are digests: how far they are alike says nothing of the secret.
    let session = session.filter(|session| session.sha256 == sha256 && session.is_live(now, idle_ms));
    let session = session.ok_or(Refusal::Unauthorized)?;
    Ok((active(user, door).await?, session))
}

/// Notes that a session was used. That this cannot be written keeps nobody out.
async fn note(session: &Session, door: &Door) {
    let (now, id) = (door.now(), session.id);
    if session.is_news(now)
        && let Err(error) = door.store().sessions().seen(session.user, id, now).await
    {
        tracing::debug!(session.id = %id, %error, "it was not noted that a session was used; it may end early");
    }
}

/// The user, if nobody disabled them.
async fn active(id: UserId, door: &Door) -> Result<Arc<User>, Refusal> {
    door.user(id).await?.filter(|user| user.is_active()).ok_or(Refusal::Unauthorized)
}

/// The token of `Bearer TOKEN`; the scheme's case does not matter. What is of another scheme was meant for a proxy in front of this host,
/// and browsers send it to everything behind that.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
